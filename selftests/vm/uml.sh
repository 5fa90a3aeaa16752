#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lab kernel: User-Mode Linux built from Debian's kernel source with the
# sanitizers on (lab.config, sanitize.config), and a boot of it on the host's
# files, read-only, for one command. Output and exit status come back as
# stock.sh's do; a report of any sanitizer, or a leak, fails the run.

set -u -o pipefail
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=selftests/vm/apt.sh
. "$(dirname "$0")/apt.sh"

suite=${TCPWATCH_SUITE:-forky}
# With TCPWATCH_LAB=native or native_smp another lab kernel: see their .config.
lab=${TCPWATCH_LAB:-sanitize}
fragments=("$vmdir/lab.config" "$vmdir/$lab.config")

# A report in the kernel log that fails the run.
reports='KASAN|UBSAN|ODEBUG|BUG:|WARNING:|INFO: |Call Trace:'
reports+='|unreferenced object'

# One at a time: suites that run side by side want the same source and build,
# and who wants the source alone does not wait for the build.
exclusively() {
	local lock=$1

	shift
	(
		flock 9
		"$@"
	) 9> "$cache/uml-$lock.lock" || exit
}

# What an outer make passes on is not meant for the kernel's.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL

usage() {
	cat <<-USAGE
	Usage: uml.sh source | build | src | dir
	       uml.sh boot [OPTION]... -- COMMAND [ARG]...

	  source      fetch and extract the kernel source, unless it is there
	  build       build the lab kernel, unless it is there (6 minutes)
	  src, dir    print the directory of the source, of the build
	  boot        run COMMAND in the lab kernel

	  -t          virtual time: the clock jumps when the machine is idle
	  -m MEMORY   memory (1G)
	  -T SECONDS  give up after that long, with status $EX_TIME (600)
	  -L          do not look for leaked memory afterwards (takes 6 seconds)
	  -W          do not fail when the kernel reports a fault

	The status is COMMAND's, or $EX_RUN when there is none to pass on.
	Environment: TCPWATCH_CACHE, TCPWATCH_SUITE (the Debian suite: $suite),
	TCPWATCH_LAB=native (without sanitizers, no virtual time) or native_smp
	(and with two CPUs).
	USAGE
}

# The newest linux-source-N.N of the suite, and its version.
find_source() {
	update_suite
	package=$(separate apt-cache pkgnames linux-source- |
		grep -x -E 'linux-source-[0-9.]+' | sort -V | tail -n 1)
	version=$(separate apt-cache show --no-all-versions "$package" |
		sed -n 's/^Version: //p')
	[ -n "$version" ] || die "Debian's suite $suite has no linux-source"
}

# Fetches and extracts the source once; $linux/$suite then points at it.
get_source() {
	local package version part

	[ ! -e "$linux/$suite/src" ] || return 0
	need lab apt-get dpkg-deb xz
	find_source
	echo "$me: fetching $package $version and extracting it"
	part=$linux/$version/src.part
	rm -rf "$part"
	mkdir -p "$part"
	download "$package"
	dpkg-deb --fsys-tarfile "$run/$package"_*.deb |
		tar -x -O --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -x -J --strip-components=1 -C "$part" ||
		die "cannot extract $package below $linux"
	rm -f "$run/$package"_*.deb
	mv "$part" "$linux/$version/src"
	ln -sfn "$version" "$linux/$suite"
}

# Sets $src and $build. A change to the fragments, the source or the compiler
# makes another build directory.
find_build() {
	local key

	src=$(readlink -e "$linux/$suite")/src
	[ -d "$src" ] || die "no kernel source: run uml.sh source"
	key=$(cat "${fragments[@]}" <(gcc -dumpversion) | sha256sum)
	build=${src%/src}/um-${key:0:16}
}

kernel_make() {
	make -C "$src" ARCH=um O="$build" "$@"
}

# olddefconfig drops what it does not know or cannot have, without a word.
check_config() {
	local line

	while read -r line; do
		case $line in
		'#'* | '')
			;;
		*=n)
			! grep -q "^${line%n}" "$build/.config"
			;;
		*)
			grep -q -x -F "$line" "$build/.config"
			;;
		esac || die "the kernel's configuration did not take $line"
	done < <(cat "${fragments[@]}")
}

configure() {
	kernel_make defconfig &&
		cat "${fragments[@]}" >> "$build/.config" &&
		kernel_make olddefconfig
}

build() {
	local log

	exclusively source get_source
	find_build
	[ ! -e "$build/built" ] || return 0
	need lab gcc make flex bison bc
	mkdir -p "$build"
	log=$build/log
	echo "$me: building the lab kernel (about 6 minutes with 2 CPUs)," \
		"log in $log"
	configure > "$log" 2>&1 || { tail "$log" >&2; die "see $log"; }
	check_config
	kernel_make -j"$(nproc)" linux modules >> "$log" 2>&1 || {
		grep -E 'error|Error' "$log" | tail >&2
		die "the lab kernel does not build: see $log"
	}
	touch "$build/built"
}

parse_options() {
	virtual='' memory=1G limit=600 leaks=1
	while getopts tm:T:LWh option; do
		case $option in
		t) virtual=1 ;;
		m) memory=$OPTARG ;;
		T) limit=$OPTARG ;;
		L) leaks='' ;;
		W) reports='' ;;
		h) usage; exit 0 ;;
		*) usage >&2; exit "$EX_RUN" ;;
		esac
	done
}

write_job() {
	job CWD "$PWD"
	job KEEP "$PWD" "$repo" "$build"
	job COMMAND "$@"
	[ -z "$leaks" ] || job KMEMLEAK 1
}

# Console 0 is the kernel's log, 1 the output, 2 the status: see init.sh.
run_linux() {
	local cpus=

	[ "$lab" != native_smp ] || cpus=ncpus=2
	# shellcheck disable=SC2086 # no word, or one
	run_machine "$limit" "$build/linux" \
		mem="$memory" root=/dev/root rootfstype=hostfs rootflags=/ ro \
		init="$vmdir/init.sh" TCPWATCH_JOB="$run/job" \
		seccomp=on ${virtual:+time-travel=inf-cpu} $cpus \
		uml_dir="$run/" \
		con=null con0=null,fd:1 con1=null,fd:3 con2=null,fd:4
}

boot() {
	parse_options "$@"
	shift $((OPTIND - 1))
	[ $# -gt 0 ] || { usage >&2; exit "$EX_RUN"; }
	need lab busybox
	find_build
	[ -e "$build/built" ] || die "no lab kernel: run uml.sh build"
	write_job "$@"
	run_linux 3> >(exec cat) 4> "$run/status" \
		< /dev/null > "$run/console" 2>&1
	wait
	verdict "$limit" "$reports"
}

main() {
	local what=${1:-}

	[ $# -eq 0 ] || shift
	need_cache
	linux=$cache/linux
	case $what in
	source) make_run_dir; exclusively source get_source ;;
	build) make_run_dir; exclusively build build ;;
	boot) make_run_dir; boot "$@" ;;
	src) find_build; echo "$src" ;;
	dir) find_build; echo "$build" ;;
	-h | --help | help) usage ;;
	*) usage >&2; exit "$EX_RUN" ;;
	esac
}

main "$@"

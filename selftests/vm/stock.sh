#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots a stock Debian kernel in QEMU on top of the host's own file system,
# which stays untouched, and runs one command there as root. What the command
# prints comes out here as it comes, and its exit status is this script's,
# unless the guest's kernel reported a fault.

set -u -o pipefail
# shellcheck source=selftests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# A report in the kernel log that fails the run.
reports='\] RIP: |Call Trace:|BUG:|WARNING:|unreferenced object'

usage() {
	cat <<-USAGE
	Usage: stock.sh [OPTION]... -- COMMAND [ARG]...
	       stock.sh [OPTION]... -i [-- COMMAND [ARG]...]
	       stock.sh [OPTION]... -p

	  -t          virtual time: one CPU, the clock jumps when it is idle
	  -s NUMBER   CPUs (2)
	  -m MEMORY   memory (2G)
	  -T SECONDS  give up after that long, with status $EX_TIME (600)
	  -i          COMMAND, or a shell, on this terminal; no time limit
	  -k VERSION  this kernel (the newest in /boot that has its headers)
	  -r DIR      a kernel from packages extracted below DIR
	  -W          do not fail when the guest's kernel reports a fault
	  -v          say on standard error what is being booted
	  -p          print the kernel version that would boot, and end

	The status is COMMAND's, or $EX_RUN when there is none to pass on.
	USAGE
}

parse_options() {
	virtual='' cpus=2 memory=2G limit='' interactive='' version='' root=''
	verbose='' print=''
	while getopts ts:m:T:ik:r:Wvph option; do
		case $option in
		t) virtual=1 ;;
		s) cpus=$OPTARG ;;
		m) memory=$OPTARG ;;
		T) limit=$OPTARG ;;
		i) interactive=1 ;;
		k) version=$OPTARG ;;
		r) root=$OPTARG ;;
		W) reports='' ;;
		v) verbose=1 ;;
		p) print=1 ;;
		h) usage; exit 0 ;;
		*) usage >&2; exit "$EX_RUN" ;;
		esac
	done
	# A person may take any time: 0 is no limit to timeout(1).
	[ -z "$interactive" ] || [ ! -t 0 ] || : "${limit:=0}"
	: "${limit:=600}"
}

# The newest kernel image below $root that has modules; one that has headers
# too goes first, since it is the one the module can be built for.
newest_version() {
	local dir name headers=() plain=()

	for dir in "$root"/lib/modules/* "$root"/usr/lib/modules/*; do
		name=${dir##*/}
		[ -e "$root/boot/vmlinuz-$name" ] || [ -e "$dir/vmlinuz" ] ||
			continue
		plain+=("$name")
		[ ! -e "$dir/build" ] || headers+=("$name")
	done
	[ ${#plain[@]} -gt 0 ] || return
	printf '%s\n' "${headers[@]:-${plain[@]}}" | sort -V | tail -n 1
}

# Sets $version, $kernel (the image) and $modules (its directory of modules).
find_kernel() {
	[ -z "$root" ] || root=$(cd "$root" && pwd -P) || exit "$EX_RUN"
	: "${version:=$(newest_version)}"
	[ -n "$version" ] || die "no kernel below ${root:-/}boot:" \
		"run selftests/vm/setup.sh vm"

	modules=$root/lib/modules/$version
	[ -d "$modules" ] || modules=$root/usr/lib/modules/$version
	[ -d "$modules" ] || die "no modules of kernel $version below ${root:-/}"
	kernel=$root/boot/vmlinuz-$version
	[ -e "$kernel" ] || kernel=$modules/vmlinuz
	[ -r "$kernel" ] || die "cannot read $kernel"
}

# A kernel that was only extracted has no modules.dep, and without it the guest
# can load nothing: neither drivers nor what the tests need.
resolve_modules() {
	[ ! -e "$modules/modules.dep" ] || return 0
	depmod -b "${base:-/}" "$version" ||
		die "cannot resolve the modules of $version"
}

# Lists the drivers that the root file system and the ports need, in the
# order in which they load.
list_modules() {
	for module in virtio_pci virtio_console 9pnet_virtio 9p overlay; do
		modprobe -C /dev/null -d "${base:-/}" -S "$version" \
			--show-depends "$module" || return
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}

# Copies module $1 to $2 as the plain file that busybox can load.
unpack_module() {
	case $1 in
	*.xz) xz -dc "$1" > "$2" ;;
	*.zst) zstd -q -dc "$1" > "$2" ;;
	*.gz) gzip -dc "$1" > "$2" ;;
	*) cp "$1" "$2" ;;
	esac
}

# Sets $initramfs, made once for each kernel and state of these scripts.
make_initramfs() {
	local base=${modules%/lib/modules/*}
	local key tree number=100 module list

	# Not only where the initramfs is made: it may be older than the
	# kernel's directory, and the guest needs modules.dep each time.
	resolve_modules
	key=$(cat "$0" "$vmdir/initramfs.sh" "$modules/modules.dep" \
		2> /dev/null | sha256sum | cut -c 1-16)
	initramfs=$cache/initramfs-$version-$key
	[ ! -e "$initramfs" ] || return

	tree=$run/initramfs
	mkdir -p "$tree"/{bin,dev,proc,modules,lower,upper,merged}
	cp "$(command -v busybox)" "$tree/bin/busybox"
	cp "$vmdir/initramfs.sh" "$tree/init"
	chmod 755 "$tree/init" "$tree/bin/busybox"
	list=$(list_modules) || die "cannot resolve the modules of $version"
	for module in $list; do
		unpack_module "$module" \
			"$tree/modules/$((number++))-$(basename "${module%.ko*}").ko" ||
			die "cannot unpack $module"
	done
	(cd "$tree" && find . | cpio --quiet -o -H newc | gzip -1) \
		> "$run/initramfs.gz" || die "cannot make the initramfs"
	rm -f "$cache/initramfs-$version-"*
	mv "$run/initramfs.gz" "$initramfs"
}

# Whether this machine's virtualisation really runs this kernel: /dev/kvm may
# exist and still hang a guest. Tried once per boot of the host.
kvm_works() {
	local answer

	grep -q -w -E 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ] || return
	answer=$cache/kvm-$version-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$answer" ]; then
		timeout -k 1 20 qemu-system-x86_64 -nodefaults -display none \
			-no-reboot -accel kvm -cpu host -m 512M \
			-kernel "$kernel" -initrd "$initramfs" \
			-append 'console=ttyS0 quiet panic=-1 TCPWATCH_TRIAL=1' \
			-serial "file:$run/trial" < /dev/null > /dev/null 2>&1
		grep -q -s 'trial boot done' "$run/trial" && echo yes > "$answer" ||
			echo no > "$answer"
	fi
	[ "$(< "$answer")" = yes ]
}

# shellcheck disable=SC2054 # the commas are QEMU's
choose_accelerator() {
	timer=
	if [ -n "$virtual" ]; then
		cpus=1
		accelerator=(-accel tcg,thread=single
			     -icount shift=3,sleep=off)
	elif kvm_works; then
		accelerator=(-accel kvm -cpu host)
	else
		accelerator=(-accel tcg,thread=multi)
		# On a busy host the first ticks may come too late for it.
		timer=no_timer_check
	fi
}

write_job() {
	job CWD "$PWD"
	job KEEP "$PWD" "$repo"
	job COMMAND "$@"
	[ -z "$root" ] || job MODULES "$modules"
	[ -n "$interactive" ] || return 0
	job INTERACTIVE 1
	job LOGLEVEL 5
	job TTY ttyS0
	job TERM "${TERM:-vt100}"
	# shellcheck disable=SC2046 # two words
	job SIZE $(stty size 2> /dev/null || echo 24 80)
}

# The console: a file, or this terminal with a copy in the file (Ctrl-A X
# ends QEMU there). The output is no "stdio" device, which stops when standard
# input is at its end.
# shellcheck disable=SC2054 # the commas are QEMU's
choose_console() {
	local log=$run/console

	if [ -n "$interactive" ]; then
		loglevel=4
		console=(-chardev
			 "stdio,id=term,mux=on,signal=off,logfile=$log"
			 -serial chardev:term -mon chardev=term
			 -chardev null,id=output)
	else
		loglevel=5
		console=(-chardev "file,id=log,path=$log" -serial chardev:log
			 -chardev file,id=output,path=/proc/self/fd/1)
	fi
}

boot() {
	run_machine "$limit" qemu-system-x86_64 \
		-nodefaults -display none -no-reboot \
		"${accelerator[@]}" -smp "$cpus" -m "$memory" \
		-kernel "$kernel" -initrd "$initramfs" \
		-append "console=ttyS0 quiet loglevel=$loglevel panic=-1 $timer \
TCPWATCH_INIT=$vmdir/init.sh TCPWATCH_JOB=$run/job" \
		"${console[@]}" \
		-chardev "file,id=status,path=$run/status" \
		-device virtio-serial-pci \
		-device virtserialport,chardev=output,name=output \
		-device virtserialport,chardev=status,name=status \
		-fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=host,mount_tag=host
}

main() {
	parse_options "$@"
	shift $((OPTIND - 1))
	[ -z "$print" ] || { find_kernel; echo "$version"; exit 0; }
	if [ $# -eq 0 ]; then
		[ -n "$interactive" ] || { usage >&2; exit "$EX_RUN"; }
		set -- /bin/bash
	fi

	need vm qemu-system-x86_64 busybox cpio modprobe
	find_kernel
	make_run_dir
	make_initramfs
	choose_accelerator
	[ -z "$verbose" ] || echo "$me: booting Linux $version in QEMU" \
		"(${accelerator[1]}, $cpus CPUs)" >&2
	write_job "$@"
	choose_console
	if [ -n "$interactive" ]; then
		boot
		reports=
	else
		# QEMU opens its output anew and makes it non-blocking, which
		# only a pipe of our own survives.
		boot < /dev/null > >(exec cat)
		wait
	fi
	verdict "$limit" "$reports"
}

main "$@"

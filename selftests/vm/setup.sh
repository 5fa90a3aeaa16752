#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs the Debian packages that a task needs and that are missing, and
# says why each one is. Silent when nothing is. A kernel installed here is
# only what the VM boots: the running one is left alone.

set -u

packages() {
	# groups (comma-separated), package, why
	cat <<-TABLE
	build,core,lab  gcc                  compiles the module and the tests
	build,core,lab  libc6-dev            the C library's headers
	build,core,lab  make                 runs the build
	build           linux-headers-amd64  what the module is built against
	build,gates,lab perl                 runs the kernel's own scripts
	tools           libjansson-dev       JSON, for the client
	tools           libmicrohttpd-dev    HTTP, for the client
	tools           libmnl-dev           netlink, for the client
	tools           clang                compiles the client, and its fuzzer
	tools           libclang-rt-14-dev   the fuzzer and clang's sanitizers
	tools           mandoc               checks the manual pages
	tools           python3              compares pages and code
	tools           zsh                  checks the completion for it
	tools           gcc                  compiles the client
	tools           make                 runs its build
	tools           pkgconf              finds its libraries
	bench           conntrack            tells events of the kernel's own tracking
	bench           libbpf-tools         tells transitions by eBPF
	bench           python3-matplotlib   draws the report
	bench           prometheus-node-exporter counts sockets, for dashboards
	gates           clang-format         checks the format of the C code
	gates           codespell            finds misspelt words
	gates           pahole               shows the layout of structs
	gates           git                  tells what a change is
	gates           python3              helps checkpatch.pl
	gates,traffic   python3-jsonschema   checks the spec of the netlink family
	gates,traffic   python3-yaml         reads that spec
	gates           shellcheck           checks the shell scripts
	gates           sparse               checks the C code's annotations
	lab,vm          busybox-static       brings the guest up and down
	lab,vm          kmod                 loads modules in the guest
	lab,vm          xz-utils             unpacks compressed sources and modules
	lab,traffic     iproute2             ss and ip, to compare and to set up
	lab,traffic     python3              runs the scripted TCP client
	lab             bc                   part of the kernel's build
	lab             bison                part of the kernel's build
	lab             flex                 part of the kernel's build
	lab             libelf-dev           part of the kernel's build
	lab             libssl-dev           part of the kernel's build
	traffic         curl                 a client of the web server
	traffic         ipvsadm              gives connections to real servers in tests
	traffic         nftables             rejects and drops segments in tests
	traffic         nginx-light          a web server, run in the VM only
	traffic         procps               lists processes, sets sysctls
	traffic         prometheus           scrapes the client's metrics
	traffic         tcpdump              shows the segments themselves
	traffic         wrk                  puts load on the web server
	vm              cpio                 makes the guest's first file system
	vm              linux-image-amd64    the kernel that the VM boots
	vm              qemu-system-x86      the VM
	vm              zstd                 unpacks compressed modules
	TABLE
}

die() {
	echo "setup.sh: $*" >&2
	exit 1
}

# Sets the array missing to the packages of group $1 that are not installed;
# says why.
look_for() {
	local group=$1 groups package why found=

	while read -r groups package why; do
		[[ ,$groups, == *,$group,* ]] || continue
		found=1
		[[ " ${missing[*]} " != *" $package "* ]] || continue
		[[ $installed != *$'\n'"$package installed"$'\n'* ]] || continue
		echo "needs $package: $why"
		missing+=("$package")
	done < <(packages)
	[ -n "$found" ] || die "no group '$group': use build, core, gates," \
		"lab, tools, bench, traffic or vm"
}

# Runs a command as root.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo -- "$@"
	fi
}

# Installs the packages without starting what they bring: a service of the
# same name must not come up on this machine. policy-rc.d is Debian's own
# means for that, and one that is there already is left as it is.
install_quietly() {
	local policy=/usr/sbin/policy-rc.d

	# shellcheck disable=SC2016 # expanded by that shell
	as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		policy=$1
		shift
		if ! [ -e "$policy" ]; then
			trap "rm -f \"$policy\"" EXIT
			trap "exit 130" INT TERM HUP
			printf "#!/bin/sh\nexit 101\n" > "$policy" &&
				chmod 755 "$policy" || exit
		fi
		apt-get -qq update
		apt-get -qq -y -o DPkg::Lock::Timeout=300 \
			-o Dpkg::Use-Pty=0 --no-install-recommends \
			install "$@" || exit
		for service in nginx prometheus; do
			case " $*" in
			*" $service"*)
				update-rc.d "$service" disable > /dev/null ;;
			esac
		done
		exit 0
	' sh "$policy" "$@"
}

main() {
	local group missing=() installed

	[ $# -gt 0 ] || die "usage: setup.sh GROUP..."
	command -v dpkg-query > /dev/null ||
		die "this is no Debian: install by hand what the table in it says"
	installed=$'\n'$(dpkg-query -W \
		-f '${Package} ${db:Status-Status}\n')$'\n'
	for group; do
		look_for "$group"
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	[ "$(id -u)" -eq 0 ] || command -v sudo > /dev/null ||
		die "not root and no sudo: as root, run apt-get install" \
			"${missing[*]}"
	install_quietly "${missing[@]}" < /dev/null ||
		die "apt-get failed (see above): check the network and the" \
			"package sources, then run this again"
}

main "$@"

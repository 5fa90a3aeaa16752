#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# /init of the initramfs that stock.sh builds: loads the drivers beside it,
# mounts the host's file system read-only, lays a tmpfs over it so that nothing
# written survives, and hands over to init.sh (TCPWATCH_INIT, from the kernel
# command line) as PID 1 on that root.
# shellcheck shell=dash

fail() {
	echo "initramfs: $*"
	poweroff -f
}

/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev

for module in /modules/*.ko; do
	insmod "$module" || fail "cannot load $module"
done

# The trial of a hypervisor goes no further.
if [ -n "$TCPWATCH_TRIAL" ]; then
	echo "tcpwatch trial boot done"
	poweroff -f
fi

mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro \
	host /lower || fail "cannot mount the host's file system"
mount -t tmpfs -o size=90% upper /upper
mkdir /upper/data /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/data,workdir=/upper/work \
	root /merged || fail "cannot mount the overlay"

umount /proc
mount --move /dev /merged/dev
exec switch_root /merged /bin/bash "$TCPWATCH_INIT"

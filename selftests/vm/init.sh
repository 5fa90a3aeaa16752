#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# PID 1 of the guest, the same under stock.sh and uml.sh: makes an ordinary
# Linux environment, runs the job's command with its output on a port of its
# own, sends the exit status over another, and powers off. The job is a file
# of assignments written by lib.sh; its path is in TCPWATCH_JOB.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8
umask 022

# shellcheck source=/dev/null
. "$TCPWATCH_JOB"
unset TCPWATCH_JOB TCPWATCH_INIT

power_off() {
	# reboot(2) at once: nothing here needs a clean shutdown.
	exec busybox poweroff -f
}

# The directories that the command needs stay visible although /tmp is made
# empty: they may lie below it.
mount_tmp() {
	local dir i=0

	mkdir -p /run/keep
	for dir in "${JOB_KEEP[@]}"; do
		[[ $dir == /tmp/* ]] || continue
		mkdir "/run/keep/$((++i))"
		mount --bind "$dir" "/run/keep/$i"
	done
	mount -t tmpfs -o mode=1777 tmp /tmp
	i=0
	for dir in "${JOB_KEEP[@]}"; do
		[[ $dir == /tmp/* ]] || continue
		mkdir -p "$dir"
		mount --move "/run/keep/$((++i))" "$dir"
	done
}

# A kernel that was not installed brings its modules from where it lies.
mount_modules() {
	local into

	[ -n "${JOB_MODULES:-}" ] || return
	into=/lib/modules/$(uname -r)
	mkdir -p "$into"
	mount --bind "$JOB_MODULES" "$into"
}

mount_all() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mountpoint -q /dev || mount -t devtmpfs dev /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 shm /dev/shm
	mount -t tmpfs -o mode=755 run /run
	mkdir -p /run/lock /run/netns
	ln -sfn /proc/self/fd /dev/fd
	ln -sfn fd/0 /dev/stdin
	ln -sfn fd/1 /dev/stdout
	ln -sfn fd/2 /dev/stderr
	mount_modules
	mount_tmp
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	mount -t debugfs debug /sys/kernel/debug
	mount -t tracefs tracing /sys/kernel/tracing
	mount -t bpf bpf /sys/fs/bpf
} 2> /dev/null

set_up() {
	mount_all
	echo tcpwatch-vm > /proc/sys/kernel/hostname
	echo "${JOB_LOGLEVEL:-7}" > /proc/sys/kernel/printk
	echo 1048576 > /proc/sys/fs/nr_open
	ulimit -n 1048576
	busybox ip link set lo up
}

# The device file of the virtio port or console called $1.
port() {
	local name

	for name in /sys/class/virtio-ports/*/name; do
		[ -e "$name" ] || break
		if [ "$(< "$name")" = "$1" ]; then
			name=${name%/name}
			echo "/dev/${name##*/}"
			return
		fi
	done
	case $1 in
	output) echo /dev/tty1 ;;
	status) echo /dev/tty2 ;;
	esac
}

# Daemons that the command left behind hold the output open: end them.
kill_others() {
	local pid

	for pid in /proc/[0-9]*; do
		[ -e "$pid/exe" ] || continue	# a kernel thread
		pid=${pid##*/}
		[ "$pid" = 1 ] || [ "$pid" = "$1" ] || kill -9 "$pid"
	done
} 2> /dev/null

# A leak is reported by the second scan that finds it, and only when it is
# older than five seconds.
leaks() {
	local file=/sys/kernel/debug/kmemleak

	[ -n "${JOB_KMEMLEAK:-}" ] || return
	if ! [ -e "$file" ]; then
		echo "init.sh: this kernel has no kmemleak to ask"
		return
	fi
	case $1 in
	clear)
		echo clear > "$file"
		;;
	scan)
		echo scan > "$file"
		sleep 6
		echo scan > "$file"
		cat "$file"
		;;
	esac
}

run_job() {
	local copier status found

	exec 3> "$(port output)"
	[ -t 3 ] && stty raw -echo <&3
	# A pipe, so that the command may open /dev/stdout as often as it likes.
	exec 4> >(exec cat >&3)
	copier=$!

	leaks clear
	cd "$JOB_CWD" &&
		"${JOB_COMMAND[@]}" < /dev/null >&4 2>&1 3>&- 4>&-
	status=$?
	kill_others "$copier"
	found=$(leaks scan)
	if [ -n "$found" ]; then
		printf 'kmemleak found:\n%s\n' "$found" >&4
		[ "$status" -ne 0 ] || status=1
	fi

	exec 4>&-
	wait "$copier"
	echo "$status" > "$(port status)"
}

# A shell, or the command, on the terminal that the console is.
run_on_console() {
	export TERM=$JOB_TERM
	stty rows "${JOB_SIZE[0]}" cols "${JOB_SIZE[1]}" < /dev/console
	cd "$JOB_CWD" || cd /
	setsid --ctty --wait "${JOB_COMMAND[@]}" \
		< "/dev/$JOB_TTY" > "/dev/$JOB_TTY" 2>&1
	echo "$?" > "$(port status)"
}

set_up
if [ -n "${JOB_INTERACTIVE:-}" ]; then
	run_on_console
else
	run_job
fi
power_off

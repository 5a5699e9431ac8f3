#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# /init of a Linux that runs every program of /user, for scripts/check-oracle: what each says stands between
# two lines, the second with its exit status. /user.args has the arguments of those that take some.
busybox=/bin/busybox
$busybox mkdir -p /proc /sys /dev /tmp
$busybox mount -t proc proc /proc
$busybox mount -t devtmpfs dev /dev
$busybox mount -t tmpfs tmp /tmp
# A fault that a program handles, or dies of, is no news.
echo 1 >/proc/sys/kernel/printk
# The names of programs are their files'.
cd /user || exit 1
for program in *; do
	[ -x "$program" ] || continue
	arguments=$($busybox sed -n "s/^$program //p" /user.args)
	echo "oracle: begin $program"
	# shellcheck disable=SC2086 # the arguments are words
	(PATH=. exec -a "$program" "./$program" $arguments) </dev/null 2>&1
	echo "oracle: end $program $?"
done
echo 'oracle: all'
$busybox poweroff -f

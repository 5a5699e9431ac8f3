#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# /init of a Linux that Granule has started (scripts/mk-loaders packs it): says what it finds, calls
# wrong what a hand-over gets wrong, and ends with a verdict. With "vmcore" as a word on the command
# line it is a crash kernel, and the memory of the one that crashed has to be there.
busybox=/bin/busybox
$busybox mkdir -p /proc /sys /dev
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
$busybox mount -t devtmpfs dev /dev
verdict=pass
log=/kernel-log
$busybox dmesg >$log
chosen=/proc/device-tree/chosen

wrong()
{
	echo "linux-init: $*"
	verdict=fail
}

# Is it in the kernel's log?
logged()
{
	$busybox grep -q "$1" $log
}

read -r line </proc/cmdline
read -r _ total _ </proc/meminfo
page=$($busybox sed -n '/^KernelPageSize: */{s///p;q}' /proc/self/smaps)
el=1
logged 'started at EL2' && el=2
machine=devicetree
[ -e /sys/firmware/acpi/tables/FACP ] && machine=ACPI
[ -d /sys/firmware/efi ] && machine="$machine,UEFI"
echo "linux-init: cpus=$($busybox nproc)"
echo "linux-init: pagesize=$page el=$el MemTotal=${total}K machine=$machine cmdline=$line"

# With ACPI, Linux shows no devicetree, though it had one, with nothing in it but /chosen.
case $machine in
devicetree*)
	[ -e $chosen/linux,initrd-start ] && [ -e $chosen/linux,initrd-end ] ||
		wrong 'the devicetree names no initrd'
	[ -e /proc/device-tree/memory* ] || wrong 'the devicetree has no memory'
	;;
esac
# Linux takes the seeds out of the tree it got; what came of them stands in the log.
logged 'crng init done' || wrong 'the random numbers got no seed'
logged 'KASLR disabled due to lack of seed' && wrong 'the image is at no random address'
logged 'x1-x3 nonzero\|Firmware Bug' && {
	wrong 'the kernel found fault with its boot loader:'
	$busybox grep -A 3 'x1-x3 nonzero\|Firmware Bug' $log
}

case " $line " in
*' vmcore '*)
	if [ ! -e /proc/vmcore ]; then
		wrong 'there is no /proc/vmcore'
	else
		magic=$($busybox head -c 4 /proc/vmcore | $busybox hexdump -e '4/1 "%02x"')
		[ "$magic" = 7f454c46 ] || wrong "vmcore begins with '$magic', which is no ELF file"
		notes=$($busybox head -c 65536 /proc/vmcore | $busybox strings)
		for name in CORE VMCOREINFO PAGESIZE=; do
			case "$notes" in
			*$name*) ;;
			*) wrong "the notes of vmcore have no $name" ;;
			esac
		done
		# Headers and notes take less: what comes after is the other kernel's memory.
		$busybox head -c 4194304 /proc/vmcore >/dev/null || wrong 'vmcore can not be read'
		size=$($busybox stat -c %s /proc/vmcore)
		[ ${#size} -le 15 ] || wrong 'vmcore is larger than 48 bits of address reach'
		echo "linux-init: vmcore of $size bytes"
	fi
	;;
esac

echo "verdict: $verdict"
# Even "Power down" is not to be printed after that.
echo 0 >/proc/sys/kernel/printk
$busybox poweroff -f

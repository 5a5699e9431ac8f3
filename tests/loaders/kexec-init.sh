#!/bin/busybox sh
# SPDX-License-Identifier: BSD-2-Clause
# /init of the Linux that kexecs Granule (scripts/mk-loaders packs it). What stands after " -- " on
# Linux's command line is handed on as it is; with "dtb" as a word before that, so is the devicetree
# that Linux itself was given, instead of the one that kexec makes of /proc/device-tree.
busybox=/bin/busybox
$busybox mount -t proc proc /proc
$busybox mount -t sysfs sysfs /sys
read -r line </proc/cmdline
ours=
case $line in
*' -- '*) ours=${line#* -- } ;;
esac
set --
case " ${line%% -- *} " in
*' dtb '*) set -- --dtb=/sys/firmware/fdt ;;
esac
echo "kexec-init: $($busybox uname -sr), loading Granule with '$ours'"
/bin/kexec -l /Image --command-line="$ours" "$@" && /bin/kexec -e
echo "kexec-init: kexec failed"
$busybox poweroff -f

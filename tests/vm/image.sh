# shellcheck shell=bash
# The machine of tests/vm/boot (sourced, after kernel.sh): a root file system of Debian's packages,
# hedate in it, a disk for /var, an initial RAM disk. Needs $BUILD, $work, $UNITS, $VERSION and
# $NEXT_VERSION.
# shellcheck disable=SC2154

# What the system of the machine is made of; the programs' libraries among them.
IMAGE_PACKAGES=systemd,systemd-sysv,udev,dbus,kmod,ifupdown,iproute2,nftables,procps,tzdata,rsyslog
IMAGE_PACKAGES+=,libnftnl11,libmnl0,libconfig9,libsodium23,libseccomp2,libnettle8,libzstd1,libpcap0.8

# The packages, unpacked and configured, as an archive that is kept; whole or not at all.
fetch_system()
{
	local archive=$BUILD/vm/system.tar
	if [ -s "$archive" ] && [ "$(cat "$archive.packages")" = "$IMAGE_PACKAGES" ]; then
		return 0
	fi
	mmdebstrap --quiet --variant=minbase --include="$IMAGE_PACKAGES" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$work/system.tar" \
		>"$work/said" 2>&1 </dev/null || return 1
	mv "$work/system.tar" "$archive" && echo "$IMAGE_PACKAGES" >"$archive.packages"
}

# The packages of now, and those that come after: the same sources under the next version.
build_packages()
{
	# shellcheck disable=SC2153 # of who sources it
	DEB_BUILD_OPTIONS="parallel=$(nproc) noautodbgsym" conf/package/deb "$VERSION" "$BUILD/vm/now" \
		>"$work/said" 2>&1 &&
		DEB_BUILD_OPTIONS="parallel=$(nproc) noautodbgsym" conf/package/deb "$NEXT_VERSION" \
			"$BUILD/vm/next" >"$work/said" 2>&1
}

# Into the system in a directory, which does not run: install_packages DIRECTORY
install_packages()
{
	local root=$1 which
	for which in now next; do
		install -D -m 644 -t "$root/opt/$which" "$BUILD/vm/$which"/*.deb || return 1
	done
	chroot "$root" sh -c 'dpkg -i /opt/now/*.deb' >"$work/said" 2>&1
}

# What a person does after that.
enable_hedate()
{
	systemctl --root="$1" --quiet enable "${UNITS[@]}"
}

build_root()
{
	local root=$work/root
	mkdir "$root" && tar -C "$root" -xf "$BUILD/vm/system.tar" || return 1
	cp -a "$BUILD/vm/lib/modules" "$root/lib/" || return 1
	depmod -b "$root" "$(ls "$BUILD/vm/lib/modules")" || return 1
	install_packages "$root" || return 1
	cp -r tests/vm/guest/. "$root/" && chmod -R go-w "$root/etc" "$root/opt" || return 1
	rm -f "$root/etc/hostname" && echo gateway >"$root/etc/hostname"
	systemctl --root="$root" --quiet enable agent networking systemd-networkd &&
		enable_hedate "$root" || return 1
	systemctl --root="$root" --quiet mask apt-daily.timer apt-daily-upgrade.timer \
		dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
}

# disk FILE MEGABYTES DIRECTORY
disk()
{
	truncate -s "$2M" "$1" && mke2fs -q -t ext4 -d "$3" "$1"
}

# Finds the disk, and leaves the rest to it.
write_initrd()
{
	local root=$work/initrd.d version module
	version=$(ls "$BUILD/vm/lib/modules")
	mkdir -p "$root"/{bin,dev,proc,sys,new,lib/modules/"$version"}
	cp "$(command -v busybox)" "$root/bin/busybox"
	ln -s busybox "$root/bin/sh"
	for module in virtio_pci virtio_blk ext4 crc32c_generic; do
		modprobe -d "$work/root" -S "$version" --show-depends "$module" | awk '/^insmod/ { print $2 }'
	done | awk '!seen[$0]++' | while read -r module; do
		cp "$module" "$root/lib/modules/" && echo "insmod /lib/modules/${module##*/}"
	done >"$root/modules"
	cat >"$root/init" <<'INIT'
#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
. /modules
while ! [ -b /dev/vda ]; do sleep 0.1; done
mount -t ext4 -o ro /dev/vda /new
umount /proc
mount --move /dev /new/dev
exec switch_root /new /lib/systemd/systemd
INIT
	chmod +x "$root/init"
	(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$work/initrd"
}

# root.img, var.img and initrd in $work.
build_image()
{
	build_packages && build_root && write_initrd || return 1
	mkdir "$work/var" && cp -a "$work/root/var/." "$work/var/" &&
		find "$work/root/var" -mindepth 1 -delete || return 1
	disk "$work/var.img" 96 "$work/var" && disk "$work/root.img" 600 "$work/root" || return 1
	rm -rf "${work:?}/root" "${work:?}/var"
}

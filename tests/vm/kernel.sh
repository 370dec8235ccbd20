# shellcheck shell=bash
# The kernel of Debian 12 for tests in QEMU (sourced): of package linux-image-cloud-amd64,
# downloaded and unpacked in $BUILD/vm, not installed. Needs $BUILD and $work.
# shellcheck disable=SC2154

download_kernel()
{
	local package
	package=$(apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/^ *Depends: \(linux-image-[0-9].*\)/\1/p')
	[ -n "$package" ] && (cd "$work" && apt-get -q -o Acquire::Retries=1 download "$package")
}

# The kernel: kept in the build directory once it was downloaded, whole or not at all. What was said
# when it could not be is in $work/said.
fetch_kernel()
{
	if compgen -G "$BUILD/vm/boot/vmlinuz-*" >/dev/null; then
		return 0
	fi
	# The lists of packages may be there already, and fresh enough.
	download_kernel >"$work/said" 2>&1 ||
		{ apt-get -q update && download_kernel; } >"$work/said" 2>&1 ||
		return 1
	rm -rf "$BUILD/vm.new"
	mkdir -p "$BUILD/vm" && dpkg -x "$work"/linux-image-*.deb "$BUILD/vm.new" &&
		rm -rf "$BUILD/vm/lib" "$BUILD/vm/boot" && mv "$BUILD/vm.new/lib" "$BUILD/vm/lib" &&
		mv "$BUILD/vm.new/boot" "$BUILD/vm/boot" && rm -rf "$BUILD/vm.new"
}

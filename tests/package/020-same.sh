#!/bin/bash
# asked
# The packages and the tarball once more, out of the tarball itself, in another directory, by another
# mask, at another time and in another time zone: the same bytes.
set -u
cd "$(dirname "$0")/../.." || exit 1
BUILD=${BUILD:-build}
first=$(cd "$BUILD/package/current" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-same.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
failed=0 compared=0
version=$(sed -n 's/^VERSION := //p' Makefile)

mkdir "$work/some where" && tar -C "$work/some where" -xf "$first/hedate_$version.orig.tar.xz" || exit 1
(
	umask 077
	cd "$work/some where/hedate-$version" &&
		TZ=Asia/Tokyo LANG=C.UTF-8 DEB_BUILD_OPTIONS=parallel=1 conf/package/deb "$version" "$work/second"
) >"$work/said" 2>&1 || {
	tail -n 20 "$work/said"
	exit 1
}
for file in "$first"/*.deb "$first"/*.dsc "$first"/*.tar.xz; do
	compared=$((compared + 1))
	cmp "$file" "$work/second/${file##*/}" || failed=$((failed + 1))
done
echo "$compared files compared, $failed differ"
[ "$compared" -ge 6 ] && [ "$failed" = 0 ]

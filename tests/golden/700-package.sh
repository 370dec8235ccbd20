#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What can be said of the Debian packages without building them: each file of "make install" is in
# exactly one of them, versions, packages to build with and scripts agree, the tarball is the same bytes
# each time, and the README's first hour is five commands, in both languages.
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/package/readme.sh
. tests/package/readme.sh
debian=conf/package/debian

check()
{
	cases=$((cases + 1))
	"$@" || fail "not so: $*"
}

# Lists: package hedate has what the others do not name; what they name is there.
make --no-print-directory BUILD="${BUILD:-build}" ${SANITIZE:+SANITIZE=1} DESTDIR="$work/root" install \
	>"$work/said" 2>&1 || fail "make install: $(tail -n 3 "$work/said")"
named=0
while read -r name; do
	check test -e "$work/root/$name"
	named=$((named + 1))
	[ "$(grep -hcxF "$name" "$debian"/hedate-common.install "$debian"/not-installed |
		awk '{ sum += $1 } END { print sum }')" = 1 ] || fail "$name is named twice"
	# As dh_install -X takes it: no other name has it in it.
	others=$(cd "$work/root" && find . -path "*$name*" ! -path "./$name" ! -path "./$name/*")
	[ -z "$others" ] || fail "$name is also in: $others"
done < <(cat "$debian"/hedate-common.install "$debian"/not-installed)
[ "$named" -gt 5 ] || fail "only $named files are named"
tops=$(cd "$work/root" && find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort | tr '\n' ' ')
check test "$tops" = "$(tr '\n' ' ' <"$debian/hedate.install")"

# Each unit of package hedate is stopped and disabled when it is removed, by this pattern.
for unit in "$work"/root/lib/systemd/system/*; do
	case ${unit##*/} in
	hedate*.service | hedate-*.timer | hedate-*.path) cases=$((cases + 1)) ;;
	*) fail "${unit##*/} stays when the package is removed" ;;
	esac
done

# Nothing but words of people takes away what is evidence, turns forwarding on, or removes a rule.
for script in "$debian"/*.p*inst "$debian"/*.p*rm; do
	check sh -n "$script"
	grep -v '^	*echo' "$script" |
		grep -nE 'nft|flush|sysctl +-|ip_forward *=? *1|rm -[rf]+ .*(log|lib|etc)|userdel|deluser' &&
		fail "$script does what it must not"
	check grep -q '^#DEBHELPER#$' "$script"
done
# What is kept, and told of: each directory that is made, but the index, which can be made anew.
sed -n "/^KEPT='/,/'\$/p" "$debian/hedate.postrm" | tr -d "'" | sed 's/^KEPT=//' | tr ' ' '\n' >"$work/kept"
# shellcheck disable=SC2013 # names, not lines
for directory in $(sed -n 's,^d \(/etc/[^/ ]*\|/var/l[a-z]*/[^/ ]*\).*,\1,p' systemd/hedate.tmpfiles | sort -u); do
	check grep -qxF "$directory" "$work/kept"
done
check cmp -s "$work/root/usr/share/hedate/hedate-closed.sysctl" systemd/hedate-closed.sysctl

# Versions and packages.
version=$(sed -n 's/^VERSION := //p' Makefile)
check test "hedate ($version-1)" = "$(sed -n '1s/ unstable.*//p' "$debian/changelog")"
# shellcheck disable=SC2013 # names, not lines
for package in $(sed -n '/^PACKAGES_BUILD/,/[^\\]$/p' tests/packages.mk | sed 's/.*:=//' | sed 's,.\\$,,'); do
	case $package in gcc | libc6-dev | make) continue ;; esac # build-essential
	check grep -qx " $package," "$debian/control"
done

# The tarball: whatever the time, the mask and who packs.
check conf/package/dist hedate-x "$work/one.tar.xz"
(
	umask 077
	TZ=Asia/Tokyo conf/package/dist hedate-x "$work/two.tar.xz"
)
check cmp -s "$work/one.tar.xz" "$work/two.tar.xz"
tar -tf "$work/one.tar.xz" >"$work/list" || fail "tar"
for name in Makefile README lib/diag.c daemon/hedated.c conf/package/debian/rules; do
	check grep -qx "hedate-x/$name" "$work/list"
done
grep -E '/\.git/|^hedate-x/build/|\.o$' "$work/list" && fail "what is built is in the tarball"

# The first hour.
first_hour README 'The first hour' >"$work/english"
first_hour README.ja.md 最初の一時間 >"$work/japanese"
check cmp -s "$work/english" "$work/japanese"
lines=$(wc -l <"$work/english")
case $lines in [2-5]) ;; *) fail "the first hour has $lines commands" ;; esac
check grep -q '^systemctl enable --now' "$work/english"
one_line_each <"$debian/hedate.postinst" | sed -n "s/^  \(hedate\|systemctl\) /\1 /p" | while read -r line; do
	grep -qxF "$line" "$work/english" || echo "$line"
done >"$work/other"
check test ! -s "$work/other"
enough_cases 40

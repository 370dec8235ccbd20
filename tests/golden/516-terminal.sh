#!/bin/bash
# At a terminal: lines that fit, colours, the pager and what it may not do, status --watch.
# waits
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
# Where others than root come to as well.
work=$(mktemp -d /tmp/hedate-terminal.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
install -m 755 "$build/hedate" "$work/hedate"
mkdir -m 1777 "$work/open"
sed '/^ *\(profile\|model\) *=/d' conf/aobano.conf >"$work/good.conf"
sed 's/kind = "lgwan"/kind = "lgwna"/' "$work/good.conf" >"$work/bad.conf"
chmod 644 "$work"/*.conf
"$work/hedate" check "$work/good.conf" >"$work/whole" 2>&1 || { cat "$work/whole" && exit 1; }
LOCALES=$build/locale python3 tests/golden/terminal.py "$work/hedate" "$work"

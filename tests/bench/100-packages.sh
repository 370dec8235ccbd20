#!/bin/bash
# How the measurements run programs of packages that are not installed (packages.py): fetched by an
# apt-get of the test's own, unpacked, run in their places; nothing of it on the machine.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-packages.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 143' TERM
bad=0

expect() # what, wanted, got
{
	if [ "$2" != "$3" ]; then
		printf '%s:\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
		bad=1
	fi
}

# Two packages with a program, a file that it reads by its full name, and one below /lib.
make_package()
{
	local root=$work/$1
	mkdir -p "$root/DEBIAN" "$root/usr/sbin" "$root/usr/share/$1" "$root/lib/$1"
	printf 'Package: %s\nVersion: 1\nArchitecture: all\nMaintainer: none <none@example.org>\n%s\n' \
		"$1" "Description: of a test" >"$root/DEBIAN/control"
	printf '#!/bin/sh\ncat /usr/share/%s/text /usr/lib/%s/text && pwd\n' "$1" "$1" \
		>"$root/usr/sbin/$1"
	chmod 755 "$root/usr/sbin/$1"
	echo one >"$root/usr/share/$1/text"
	echo two >"$root/lib/$1/text"
	dpkg-deb --root-owner-group --build "$root" "$work/$1_1_all.deb" >/dev/null || exit 1
}

# An apt-get that gives what lies in $work, or says why it does not.
make_apt()
{
	mkdir -p "$work/bin"
	cat >"$work/bin/apt-get" <<'APT'
#!/bin/bash
echo "$*" >>"$WORK/asked"
[ ! -e "$WORK/refuse" ] || { echo "E: no network" >&2; exit 100; }
for word in "$@"; do
	case $word in Dir::Cache::archives=*) cp "$WORK"/*.deb "${word#*=}/" ;; esac
done
APT
	chmod 755 "$work/bin/apt-get"
}

# Runs Python with packages.py, two peers of the test's own, and P, the packages in $work/tree.
python()
{
	WORK=$work PATH=$work/bin:$PATH python3 -B -c "
import os, subprocess, sys
sys.path.insert(0, 'tests/bench')
import packages
packages.PEERS = {name: ((name,), ((name,),)) for name in ('hedate-thing', 'hedate-other')}
WORK = os.environ['WORK']
P = packages.Packages(WORK + '/tree', lambda text: None, '$1' == 'overlay')
def said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.split()
$2"
}

make_package hedate-thing
make_apt
mounts=$(cat /proc/self/mounts)

touch "$work/refuse"
expect "no network" "cannot be fetched: no network, cannot be fetched: no network" \
	"$(python overlay "print(P.missing('hedate-thing') + ', ' + P.missing('hedate-other'))")"
expect "asked once, again with fresh lists" "install --download-only
update" "$(grep -o 'install --download-only\|update' "$work/asked")"
expect "nothing is left of it" "" "$(ls -d "$work"/tree* 2>/dev/null)"
rm "$work/refuse"

expect "only what is there runs" "None does not run: hedate-other: not found" \
	"$(python overlay "print(P.missing('hedate-thing'), P.missing('hedate-other'))" |
		sed 's/run: .*exec: /run: /')"
expect "nothing but the files is kept" "bin etc lib sbin usr" \
	"$(cd "$work/tree" && mkdir -p etc && echo *)"
: >"$work/asked"
expect "the next time they are there" "None" "$(python overlay "print(P.missing('hedate-thing'))")"
expect "nothing is asked for" "" "$(cat "$work/asked")"

# Over the machine's /usr, where the kernel does that here.
mkdir "$work/empty"
export over="mount -t overlay -o ro,lowerdir=$work/empty:/usr none /usr"
if unshare --mount sh -c "$over" 2>/dev/null; then
	expect "in its place" "unshare one two $PWD" \
		"$(python overlay "print(P.command()[0], *said(*P.command('hedate-thing')))")"
else
	echo "no overlay here: that part is not tried"
fi
# On as many overlays as the kernel stacks: found by variables.
export -f python
export work
# The inner shell expands it.
# shellcheck disable=SC2016
expect "over too many" "env $work/tree/usr/share/hedate-thing/text 0" "$(unshare --mount bash -c '
	while $over 2>/dev/null; do :; done
	python overlay "print(P.command()[0], P.path(\"/usr/share/hedate-thing/text\"),
		subprocess.call(P.command(\"true\")))"')"
expect "by variables" "env $work/tree/usr/sbin/hedate-thing" \
	"$(python none "print(P.command()[0], *said(*P.command('which', 'hedate-thing')))")"
expect "what is not among them keeps its name" "/usr/bin/python3 word" \
	"$(python none "print(P.path('/usr/bin/python3'), P.path('word'))")"

expect "the machine's mounts" "$mounts" "$(cat /proc/self/mounts)"
expect "the machine's programs" "" "$(command -v hedate-thing)"
exit "$bad"

#!/bin/bash
# "make demo" itself: passes with the city's configuration, fails when a path is missing or one too
# many is there, and leaves nothing behind when it ends, is interrupted or was kept.
# shellcheck source=tests/netns/demotest.sh
. "$(dirname "$0")/demotest.sh"

# Namespaces, processes, files of the demo with this process id.
left_of()
{
	ls -d /run/netns/hdt-demo"$1"-* /run/hdt-demo"$1"-* 2>/dev/null
	grep -lz "hdt-demo$1-" /proc/[0-9]*/cmdline 2>/dev/null
	# What it started is in its session; what has ended may still have to be reaped by init.
	# shellcheck disable=SC2009
	ps -o stat=,pid=,args= -s "$1" | grep -v '^Z'
}

# All of it goes, soon.
nothing_left()
{
	local tries=100
	while [ -n "$(left_of "$1")" ] && [ $((tries--)) -gt 0 ]; do
		sleep 0.1
	done
	[ -z "$(left_of "$1")" ] || fail "$2: left behind: $(left_of "$1")"
}

demo COPY_LOG="$work/log"
[ $status = 0 ] || fail "exit status $status: $(tail -n 40 "$work/out")"
tail -n 2 "$work/out"
tried=$(grep -cE '^(F|N|H)[0-9]' "$work/out")
[ "$tried" -ge 70 ] || fail "only $tried flows in the table"
grep -q BAD "$work/out" && fail "exit status 0, but: $(grep BAD "$work/out")"

# Every line of its log is as hedate-log(5) says.
/usr/bin/python3 tests/netns/conforms.py conf/hedate-log.schema.json "$work/log" >"$work/conforms" ||
	fail "the log: $(cat "$work/conforms")"
tail -n 1 "$work/conforms"

# One permitted path is gone, and one more is there, which neither profile nor assertion stops.
sed '/name = "F10"/,/reason/d' conf/aobano.conf >"$work/less.conf"
demo CONFIG="$work/less.conf"
[ $status = 1 ] || fail "without F10: exit status $status"
[ "$(grep -c 'BAD' "$work/out")" = 2 ] || fail "without F10: $(grep BAD "$work/out")"
grep -qE '^F10 .*BAD' "$work/out" || fail "without F10 it is not F10 that is wrong"
sed -e 's/{ name = "F10"/{ name = "X"; from = "internet.terminals"; to = "file-pull"; service = "smb"; reason = "-"; }, &/' \
	-e '/name = "N03"; must = "block"/d' -e '/^  profile = /d; /^  model = /d' \
	conf/aobano.conf >"$work/more.conf"
demo CONFIG="$work/more.conf"
[ $status = 1 ] || fail "with a path too many: exit status $status"
[ "$(grep -c 'BAD' "$work/out")" = 1 ] || fail "with a path too many: $(grep BAD "$work/out")"
grep -qE '^N03 .*BAD' "$work/out" || fail "with a path too many: N03 is not wrong"

# Interrupted: Ctrl-C goes to everything that runs at the terminal, other signals to the script.
for try in 'INT -' 'TERM ' 'KILL '; do
	read -r signal group <<<"$try"
	setsid env --default-signal=INT tests/netns/demo >"$work/out" 2>&1 &
	pid=$!
	sleep 1.$((RANDOM % 10))
	kill -"$signal" -- "$group$pid"
	wait "$pid" 2>/dev/null && fail "SIG$signal: exit status 0"
	nothing_left "$pid" "SIG$signal"
done

# Kept, looked at, ended.
KEEP=1 tests/netns/demo >"$work/out" 2>&1 || fail "KEEP=1: exit status $?: $(tail -n 5 "$work/out")"
name=$(sed -n 's/.*city.sh down \(hdt-demo[0-9]*-\)$/\1/p' "$work/out")
if [ -z "$name" ]; then
	fail "KEEP=1: does not say how to end it"
else
	"$BUILD/hedate" -r "/run/${name}files/run" status >"$work/status" ||
		fail "KEEP=1: hedate status: $(cat "$work/status")"
	ip netns exec "${name}gw" nft list table inet hedate >"$work/rules" || fail "KEEP=1: nft"
	number=${name#hdt-demo} && number=${number%-}
	tests/netns/city.sh down "$name"
	nothing_left "$number" "KEEP=1, ended"
fi
exit $failed

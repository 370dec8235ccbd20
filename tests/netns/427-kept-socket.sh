#!/bin/bash
# The socket that owns the table, in the service manager's keeping: given once, taken back by each start,
# the same one as long as it is of use, and let go of before another is given. A manager of systemd's
# manners, which keeps one (FileDescriptorStoreMax= of hedated.service), says that it never was full.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# Ask the manager; its answer is in $answer.
manager()
{
	echo "$*" >&"${MANAGER[1]}"
	read -r -u "${MANAGER[0]}" answer || die "the manager has ended: $(cat "$WORK/hedated.out")"
}

start()
{
	manager start "$PROGRAMS/hedated" -c "$WORK/lab.conf" -r "$RUN" -s "$STATE" \
		--profiles "$POLICIES" "$@"
}

# told WHAT WORD...: what is told of descriptors at a start, and no more.
told()
{
	local what=$1 of=() word
	shift
	for word in $answer; do
		[[ $word != *:table ]] || of+=("${word%:table}")
	done
	[ "${of[*]}" = "$*" ] || fail "$what: told \"${of[*]}\", not \"$*\""
	[[ $answer == *READY=1 ]] || fail "$what: not ready: $answer"
	say "$what: ${of[*]:-nothing}"
}

topology_up || die "the lab could not be built"
lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
programs_up
room=$(sed -n 's/^FileDescriptorStoreMax=//p' "$SOURCE_DIR/systemd/hedated.service")
coproc MANAGER { in_ns gw /usr/bin/python3 "$NETNS_DIR/manager.py" "$room" 2>>"$WORK/hedated.out"; }

start
told "the first start" stored
manager port table
first=$answer
for turn in 1 2 3; do
	manager kill
	start
	told "started again, $turn" # nothing: it is kept already
	manager port table
	[ "$answer" = "$first" ] || fail "another socket: $answer, not $first"
done
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "what is permitted does not pass"

# What is handed over is not what it should be.
manager kill
manager put table
start
told "of no use" removed stored
manager kill
manager put table
start --unowned
told "not wanted" removed
manager kill
[ "$FAILED" = 0 ] || cat "$WORK/hedated.out"
[ "$FAILED" = 0 ]

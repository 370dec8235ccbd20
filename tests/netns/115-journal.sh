#!/bin/bash
# What the daemons say reaches the system's journal with its priority: a real systemd-journald of
# this test's own takes it, journalctl finds what failed.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

JOURNALD=/lib/systemd/systemd-journald
[ -x "$JOURNALD" ] || skip "needs systemd-journald"

# Nothing of the machine's own: its files are in /run, which is ours.
mkdir -p /run/systemd/journal /run/log/journal "$WORK/systemd"
printf '[Journal]\nStorage=volatile\nForwardToSyslog=no\nReadKMsg=no\nAudit=no\n' >"$WORK/systemd/journald.conf"
mount --bind "$WORK/systemd" /etc/systemd || skip "no /etc/systemd"
"$JOURNALD" >"$WORK/journald.out" 2>&1 &
wait_until 200 test -S /run/systemd/journal/stdout || skip "systemd-journald does not run here: $(cat "$WORK/journald.out")"

# in_journal PROGRAM ARGUMENT...: as the service manager starts it
cat >"$WORK/in_journal" <<'END'
#!/bin/sh
exec systemd-cat --level-prefix=true sh -c \
	'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"' sh "$@"
END
chmod 755 "$WORK/in_journal"

# priority_of TEXT: of the messages with this text, as "priority text"
priority_of()
{
	journalctl -D /run/log/journal -o json --no-pager 2>/dev/null |
		jq -r --arg text "$1" 'select(.MESSAGE | tostring | contains($text)) | "\(.PRIORITY) \(.MESSAGE)"'
}

# expect PRIORITY TEXT: there is such a message, and it is of that priority
expect()
{
	wait_until 300 eval "[ -n \"\$(priority_of '$2')\" ]" || {
		fail "not in the journal: $2"
		return
	}
	[ "$(priority_of "$2" | cut -d ' ' -f 1 | sort -u)" = "$1" ] || fail "not $1: $(priority_of "$2")"
}

EPOCH=1 lab_config "$(lab_path P1 my lg https)" >"$WORK/lab.conf"
topology_up || die "the lab could not be built"
programs_up
mv "$PROGRAMS/hedated" "$PROGRAMS/hedated.bin"
printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$WORK/in_journal" "$PROGRAMS/hedated.bin" >"$PROGRAMS/hedated"
chmod 755 "$PROGRAMS/hedated"
start_hedated "$WORK/lab.conf"
[ ! -s "$WORK/hedated.out" ] || fail "not in the journal: $(cat "$WORK/hedated.out")"

# Of both daemons; each line of a message of several lines.
expect 6 'hedated: lab: revision'
expect 4 'the log is sealed from here on'
expect 4 "$(cat "$LOGS/hedate.vkey")"
expect 4 'warning: gateway.input permits no ssh'
expect 4 "add to gateway.input a path"
recorder_stop TERM
expect 3 'the recorder has ended'
recorder_start

# What is refused, of one that has nothing to do with the first.
mkdir "$WORK/second"
{
	cat "$WORK/lab.conf"
	echo 'unheard_of = 1;'
} >"$WORK/second/bad.conf"
nsenter --net="/run/netns/${TOPOLOGY}gw" "$WORK/in_journal" "$PROGRAMS/hedated.bin" --profiles "$POLICIES" \
	-c "$WORK/second/bad.conf" -r "$WORK/other" -l "$WORK/other" -s "$WORK/other"
expect 3 'unheard_of'
"$WORK/in_journal" "$PROGRAMS/hedate-logd" -d "$WORK/no/such" -r "$RUN"
expect 3 "hedate-logd: $WORK/no/such"

# The pipe that a terminal or a script has gets nothing more than before.
"$PROGRAMS/hedate-logd" -d "$WORK/no/such" -r "$RUN" 2>&1 | grep -q '^hedate-logd: ' || fail "a prefix elsewhere"
JOURNAL_STREAM=1:2 "$PROGRAMS/hedate-logd" -d "$WORK/no/such" -r "$RUN" 2>&1 |
	grep -q '^hedate-logd: ' || fail "a prefix for another's stream"
finish

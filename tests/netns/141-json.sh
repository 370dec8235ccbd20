#!/bin/bash
# What every command writes with --json, beside a running gateway: it is JSON, one object (or one a
# line, of what goes on), and its first member is its version, the same everywhere. A command that is
# not tried here fails the test.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

lab_up "$(lab_paths "$(lab_path P1 my lg https)")"
plan no-path:internet:mynumber blocked tcp 10.3.0.10 10.1.0.10 443
plan_check
flush || fail "flush"
tried=()

# versioned ARGUMENT...: each line that it writes; its exit code does not matter here, but for usage
versioned()
{
	local code lines
	in_ns gw "$BUILD/hedate" -r "$RUN" --profiles "$POLICIES" --json "$@" >"$WORK/out" 2>"$WORK/err" </dev/null
	code=$?
	[ $code != 2 ] || fail "hedate --json $*: exit code 2: $(cat "$WORK/err")"
	lines=$(jq -c . "$WORK/out" | wc -l)
	[ "$lines" -ge 1 ] || fail "hedate --json $*: nothing (exit code $code): $(cat "$WORK/err")"
	jq -es 'all(.[]; type == "object" and .json_version == 1)' "$WORK/out" >/dev/null ||
		fail "hedate --json $*: not an object with its version: $(head -c 300 "$WORK/out")"
	[ "$(grep -c '^{"json_version":1[,}]' "$WORK/out")" = "$lines" ] ||
		fail "hedate --json $*: the version does not come first: $(head -c 300 "$WORK/out")"
}

# json COMMAND ARGUMENT...
json()
{
	tried+=("$1")
	versioned "$@"
}

# Of "hedate exception" and "hedate log": word COMMAND WORD ARGUMENT...
word()
{
	tried+=("$1 $2")
	versioned "$@"
}

conf=$WORK/lab.conf
printf '%s\n' 'site = lab' 'interface mg0 = management' >"$WORK/answers"
json init -a "$WORK/answers" -o "$WORK/new.conf"
json check "$conf"
json check --against "$conf" "$conf"
json explain -c "$conf" 10.3.0.10 10.1.0.10 tcp/443
json lint "$conf"
json compile "$conf"
json apply -n "$conf"
json apply --confirm 600 "$conf"
json confirm
json rollback
json history
json status
json status --check
json zones
json paths
json digest
json flush
json metrics -d "$LOGS"
hedate prove --save "$WORK/snapshot" -c "$conf" >/dev/null 2>&1
json prove -s "$WORK/snapshot" -c "$conf"
json diff "$conf" "$WORK/snapshot"

json proposals
json open --reason test --site lab
digest=$(hedate proposals --json | jq -r '.proposals[-1].digest')
json proposals
json proposal show "$digest"
json approve -y "$digest"
json refuse --reason test "$digest"
json close --reason test

word exception request --from my --to lg --service tcp/22 --clause 1.1 --reason test --for 1h
word exception list
word exception export
number=$(hedate exception list --json | jq -r ".exceptions[-1].exception")
word exception approve "$number"
word exception refuse --reason test "$number"
word exception revoke --reason test "$number"
word exception report --report test "$number"
word exception show "$number"
json isolate --reason test -c "$conf" in0
json isolated -c "$conf"
json release --reason test -c "$conf" in0
json quarantine --reason test -c "$conf" 00:00:5e:00:53:99
json release --reason test -c "$conf" --all

mkdir "$WORK/index" "$WORK/copy"
word log export -d "$LOGS" "$WORK/copy"
word log hold -d "$LOGS"
word log hold -d "$LOGS" --reason test
word log index -d "$LOGS" --index "$WORK/index"
word log review --note test
word log show -d "$LOGS" 1
word log verify -d "$LOGS"
json log -d "$LOGS" --count
json log -d "$LOGS" --top src
json incident draft -d "$LOGS" -c "$conf"
{
	cat "$conf"
	echo 'alerts = ( { name = "blocked"; action = "flow-blocked"; count = 1; command = "/bin/true"; } );'
} >"$WORK/alerts.conf"
json alert -c "$WORK/alerts.conf" --list
json alert -c "$WORK/alerts.conf" -d "$LOGS" --dry-run
json report -c "$conf" -d "$LOGS" --exceptions ''
mkdir "$WORK/inspect"
json inspect -c "$conf" -d "$LOGS" --exceptions '' --results "$WORK/inspect"
word inspect list -d "$LOGS" --results "$WORK/inspect"
word inspect show -d "$LOGS" --results "$WORK/inspect" 1
word inspect note --results "$WORK/inspect" -i test 1
word inspect sign --results "$WORK/inspect" 1
json evidence -c "$conf" -d "$LOGS" --key "$WORK/key" --state-directory "$STATE" "$WORK/evidence"
{
	cat "$conf"
	printf 'ha = { peer = "gw2"; command = [ "%s", "-r", "%s", "digest", "--json" ]; };\n' \
		"$BUILD/hedate" "$RUN"
} >"$WORK/ha.conf"
json ha -c "$WORK/ha.conf"
mkdir "$WORK/captures"
python3 "$SOURCE_DIR/tests/golden/capture.py" "$WORK/captures" || fail "no captures"
json replay -c "$conf" "$WORK/captures/city.pcap"

# The records of the log are as they stand in it, and so without. The other three are no JSON at all.
hedate log -d "$LOGS" --json >"$WORK/out" || fail "log --json: $(cat "$WORK/out")"
[ "$(jq -r '."event.action"' "$WORK/out" | sort -u)" = flow-blocked ] || fail "log --json: $(cat "$WORK/out")"
! grep -hvxF -f <(cat "$LOGS"/*.jsonl) "$WORK/out" || fail "log --json: not the lines of the log"
tried+=(help 'log pcap' 'log prove')

# Is every command there?
{
	hedate --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' | grep -vx exception
	hedate exception --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/exception \1/p'
	hedate inspect --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/inspect \1/p'
	hedate log --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/log \1/p'
} | sort -u >"$WORK/commands"
printf '%s\n' "${tried[@]}" | sort -u >"$WORK/tried"
[ "$(wc -l <"$WORK/commands")" -gt 40 ] || fail "only few commands: $(cat "$WORK/commands")"
diff "$WORK/commands" "$WORK/tried" >"$WORK/differs" ||
	fail "not the commands that there are (<: not tried, >: there is none): $(cat "$WORK/differs")"
finish

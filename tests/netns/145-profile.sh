#!/bin/bash
# A profile and a model under the running daemon: shown in the status, carried by the records of the
# flows that were blocked under them, read again with the configuration, and refusing with the clause.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# profile_file KIND NAME CHECK: a document of one clause, 第9条.
profile_file()
{
	mkdir -p "$POLICIES/$1"
	cat >"$POLICIES/$1/$2.conf" <<-END
		profile = { name = "$2"; document = "試験の方針"; };
		clauses = ( { number = "第9条"; title = "試験"; text = "試験のために求めること。";
		  checks = ( $3 );
		  permits = [ "lgwan_inside", "internet_inside", "exchange", "mail_text", "screen_transfer",
		    "file_sanitize", "egress", "gateway", "management", "local_breakout" ]; } );
	END
	chmod 644 "$POLICIES/$1/$2.conf"
}
nothing='{ kind = "none"; severity = "not-applicable"; }'
both='{ kind = "sanitize"; severity = "refuse"; direction = "both"; }'

# config NAMES: the lab's, which names these; a path from lgwan to internet without a method.
config()
{
	lab_config "$(lab_paths "$(lab_path P1 lg in https)" "$(lab_path P2 my lg https)")" |
		sed "s/^site = {/site = { $1/"
}

# blocked SOURCE: one blocked flow from there.
blocked()
{
	local words
	plan_words send raw "$1" 10.3.0.10 1433 sport=1111 protocol=tcp flags=S
	words=("${WORDS[@]:1}" sport=1111)
	"$PROBE" send "${words[@]}" >/dev/null || fail "send from $1"
}

programs_up
profile_file profiles town "$nothing"
profile_file profiles other "$nothing"
profile_file models m "$nothing"
topology_up || die "the lab could not be built"
export EPOCH=3600
config 'profile = "town"; model = "m";' >"$WORK/lab.conf"
start_hedated "$WORK/lab.conf"

[ "$(status_field profile) $(status_field model)" = "town m" ] ||
	fail "status: profile $(status_field profile), model $(status_field model)"
first=$(status_field revision)

# Another byte in the profile, and it is another policy.
echo '# 改訂' >>"$POLICIES/profiles/town.conf"
hedate apply >"$WORK/out" 2>&1 || fail "apply with a changed profile: $(cat "$WORK/out")"
second=$(status_field revision)
[ "$first" != "$second" ] || fail "the revision does not change with the profile: $first"

# What a clause refuses is refused with it, and nothing changes.
rules >"$WORK/before"
profile_file profiles town "$both"
hedate apply >"$WORK/out" 2>&1
[ $? = 4 ] || fail "apply against a clause: not status 4"
grep -q '第9条 (試験の方針): 試験のために求めること。' "$WORK/out" || fail "no clause in: $(cat "$WORK/out")"
grep -qE 'lab.conf:[0-9]+:[0-9]+: error: path "P1" leads data' "$WORK/out" ||
	fail "no place in: $(cat "$WORK/out")"
config 'profile = "nowhere";' >"$WORK/bad.conf"
hedate apply --profiles "$POLICIES" "$WORK/bad.conf" >"$WORK/out" 2>&1
[ $? = 4 ] || fail "apply without the profile's file: not status 4"
grep -q 'there is no profile "nowhere"' "$WORK/out" || fail "no name in: $(cat "$WORK/out")"
rules >"$WORK/after"
cmp -s "$WORK/before" "$WORK/after" || fail "the kernel's rule set changed"
[ "$(status_field revision)" = "$second" ] || fail "another revision is in force"

# A flow is on record under the profile that it was blocked under.
blocked 10.1.0.10
sleep 0.3
config 'profile = "other";' >"$WORK/lab.conf"
hedate apply >"$WORK/out" 2>&1 || fail "apply with another profile: $(cat "$WORK/out")"
third=$(status_field revision)
[ "$(status_field profile)/$(status_field model)" = "other/" ] || fail "status after that: $(hedate status)"
blocked 10.1.0.11
sleep 0.3
config '' >"$WORK/lab.conf"
hedate apply >"$WORK/out" 2>&1 || fail "apply without a profile: $(cat "$WORK/out")"
blocked 10.1.1.10
sleep 0.3
flush || fail "flush"
fourth=$(status_field revision)

# expect SOURCE REVISION PROFILE MODEL
expect()
{
	local found
	found=$(records "select(.\"source.ip\" == \"$1\") | [.\"rule.ruleset\", .\"hedate.profile\", .\"hedate.model\"]")
	[ "$found" = "[\"$2\",$3,$4]" ] || fail "record of $1: $found"
}
expect 10.1.0.10 "$second" '"town"' '"m"'
expect 10.1.0.11 "$third" '"other"' null
expect 10.1.1.10 "$fourth" null null
applies=$(records 'select(."event.action" == "apply" and ."event.outcome" == "success")
	| ."hedate.profile"' | sort | uniq -c | tr -s ' \n' ' ')
say "applies under:$applies"
[[ $applies == *town* && $applies == *other* ]] || fail "events of applies: $applies"
finish

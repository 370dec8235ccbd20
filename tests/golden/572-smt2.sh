#!/bin/bash
# hedate prove --smt2: what it decides and what z3, which shares nothing with it, answers to the
# same question are the same in every cell: on rule sets as they are compiled, and on some that let
# pass more. SMT2_CITY=1: also the whole city, which takes z3 minutes.
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"

# agree NAME VERDICTS OPTION ...: z3 answers as was decided; and all of VERDICTS are among it.
agree()
{
	local name=$1 verdicts=$2
	shift 2
	cases=$((cases + 1))
	rm -f "$work/question"
	"$hedate" --profiles conf prove --exceptions '' --json --smt2 "$work/question" "$@" \
		>"$work/proof" 2>"$work/problems"
	[ -s "$work/proof" ] || fail "$name: $(cat "$work/problems")"
	z3 "$work/question" >"$work/answers" || fail "$name: z3: $(head -3 "$work/answers")"
	python3 - "$work/proof" "$work/answers" "$verdicts" <<-'EOF' || fail "$name"
		import json, sys
		cells = json.load(open(sys.argv[1]))["cells"]
		lines = open(sys.argv[2]).read().splitlines()
		answers = {tuple(lines[i].split()[1:]): lines[i + 1] for i in range(0, len(lines), 2)}
		bad = 3 * len(cells) != len(answers)
		seen = set()
		for cell in cells:
		    for phase in "new", "established", "stray":
		        verdict = cell[phase]["verdict"]
		        key = cell["from"], cell["to"], cell["family"], phase
		        expected = {"more": ["sat"], "undecided": ["sat", "unsat"]}.get(verdict, ["unsat"])
		        seen.add(verdict)
		        if verdict == "budget" or answers.get(key) not in expected:
		            print(*key, verdict, answers.get(key))
		            bad = True
		missing = set(sys.argv[3].split()) - seen
		if missing:
		    print("never seen:", *missing)
		sys.exit(bad or bool(missing))
	EOF
}

# saved NAME CONFIG RULES: a snapshot of what is compiled, with those rules beside it.
saved()
{
	"$hedate" --profiles conf compile "$2" >"$work/ruleset" 2>"$work/problems" || fail "$2: $(cat "$work/problems")"
	printf '%s\n' "$3" >"$work/leak"
	unshare -n sh -c "nft -f '$work/ruleset' && nft -f '$work/leak' &&
		'$hedate' --profiles conf prove --exceptions '' -c '$2' --save '$work/$1' --pair gateway,other" \
		>"$work/out" 2>&1
	[ -s "$work/$1" ] || fail "no snapshot: $(cat "$work/out")"
}

data=tests/golden/prove
agree town 'separate exact' -s "$data/town.snapshot" -c "$data/town.conf"
agree 'more is permitted' 'separate exact less' -s "$data/town.snapshot" -c "$data/more.conf"
agree 'other is permitted' 'separate more' -s "$data/town.snapshot" -c "$data/other.conf"
agree 'one pair' exact -s "$data/town.snapshot" -c "$data/town.conf" --pair lgwan,internet
[ "$(grep -c '^cell' "$work/answers")" = 6 ] || fail "one pair is not one"

saved leak.snapshot "$data/town.conf" 'add chain inet hedate passage
add rule inet hedate passage meta mark 9 udp dport { 100-200, 300 } accept
insert rule inet hedate input meta mark set 9 jump passage
insert rule inet hedate forward tcp dport 7777 accept'
agree 'a town that leaks' 'separate more' -s "$work/leak.snapshot" -c "$data/town.conf"
grep -q '^; Nothing was left free' "$work/question" || fail "something is left free"

# What is not translated stands in the head, and z3 says of it what is said here: undecided.
saved limit.snapshot "$data/town.conf" 'insert rule inet hedate forward limit rate 3/second accept'
agree 'a limit' 'undecided exact' -s "$work/limit.snapshot" -c "$data/town.conf"
grep -qE '^;   hedate forward, handle [0-9]+: limit$' "$work/question" ||
	fail "the limit is not named: $(head -30 "$work/question")"

# What others load (tests/judge/foreign.sh): what cannot be told is not told here either.
for name in docker ferm firewalld iptables; do
	agree "$name" more -s "tests/unit/foreign/$name.json" -c "$data/town.conf"
done

# refused REASON FILE: nothing is written, and it is said why.
refused()
{
	"$hedate" --profiles conf prove --exceptions '' -s "$data/town.snapshot" -c "$data/town.conf" \
		--smt2 "$2" >"$work/out" 2>&1
	[ $? = 1 ] || fail "$2: not refused"
	grep -qF "hedate: $2: $1" "$work/out" || fail "$2: $(cat "$work/out")"
	cases=$((cases + 1))
}

echo kept >"$work/there"
refused 'File exists' "$work/there"
[ "$(cat "$work/there")" = kept ] || fail "a file was overwritten"
refused 'No such file or directory' "$work/nowhere/question"
(
	trap '' XFSZ # 8 KiB are all that may be written
	ulimit -f 8
	refused 'File too large' "$work/long"
	exit "$failed"
) || failed=$((failed + 1))
[ ! -e "$work/long" ] || fail "a part of the question is left"

if [ "${SMT2_CITY:-}" ]; then
	agree ufw more -s tests/unit/foreign/ufw.json -c "$data/town.conf"
	saved city.snapshot conf/aobano.conf ''
	agree city 'separate exact' -s "$work/city.snapshot" -c conf/aobano.conf
	saved city-leak.snapshot conf/aobano.conf 'insert rule inet hedate forward udp dport 9 accept'
	agree 'a city that leaks' 'separate more' -s "$work/city-leak.snapshot" -c conf/aobano.conf
fi
enough_cases 12

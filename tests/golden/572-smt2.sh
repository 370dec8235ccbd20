#!/bin/bash
# hedate prove --smt2: what it decides and what z3, which shares nothing with it, answers to the
# same question are the same in every cell: on rule sets as they are compiled, and on some that let
# pass more.
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
		        expected = "sat" if verdict in ("more", "undecided") else "unsat"
		        seen.add(verdict)
		        if verdict == "budget" or answers.get(key) != expected:
		            print(*key, verdict, answers.get(key))
		            bad = True
		missing = set(sys.argv[3].split()) - seen
		if missing:
		    print("never seen:", *missing)
		sys.exit(bad or bool(missing))
	EOF
}

data=tests/golden/prove
agree town 'separate exact' -s "$data/town.snapshot" -c "$data/town.conf"
agree 'more is permitted' 'separate exact less' -s "$data/town.snapshot" -c "$data/more.conf"
agree 'other is permitted' 'separate more' -s "$data/town.snapshot" -c "$data/other.conf"

# saved NAME CONFIG RULES: a snapshot of what is compiled, with those rules beside it.
saved()
{
	"$hedate" --profiles conf compile "$2" >"$work/ruleset" || fail "compile $2"
	printf '%s\n' "$3" >"$work/leak"
	rm -f "$work/$1"
	unshare -n sh -c "nft -f '$work/ruleset' && nft -f '$work/leak' &&
		'$hedate' --profiles conf prove --exceptions '' -c '$2' --save '$work/$1' --pair gateway,other" \
		>"$work/out" 2>&1
	[ -s "$work/$1" ] || fail "no snapshot: $(cat "$work/out")"
}

saved leak.snapshot "$data/town.conf" 'add chain inet hedate passage
add rule inet hedate passage meta mark 9 udp dport { 100-200, 300 } accept
insert rule inet hedate input meta mark set 9 jump passage
insert rule inet hedate forward tcp dport 7777 meta mark 0 accept'
agree 'a town that leaks' 'separate more' -s "$work/leak.snapshot" -c "$data/town.conf"

# The city, as far as z3 does it in a few seconds: each of its zones with another.
saved city.snapshot conf/aobano.conf ''
for pair in mynumber,lgwan lgwan,internet internet,gateway; do
	agree "the city, $pair" '' -s "$work/city.snapshot" -c conf/aobano.conf --pair "$pair"
done
echo 'insert rule inet hedate lgwan-to-internet udp dport 9 accept' >"$work/leak"
saved city-leak.snapshot conf/aobano.conf "$(cat "$work/leak")"
agree 'a city that leaks' more -s "$work/city-leak.snapshot" -c conf/aobano.conf --pair lgwan,internet
enough_cases 8

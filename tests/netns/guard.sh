# shellcheck shell=bash
# What the tests of the guard share (sourced after lab.sh).

# A boot: no rules, nothing of hedate runs.
boot()
{
	if [ -n "${HEDATED:-}" ] && kill -0 "$HEDATED" 2>/dev/null; then
		stop_hedated
	fi
	recorder_gone
	nft_gw flush ruleset
	[ -z "$(nft_gw list ruleset)" ] || die "the tables of before are still there"
}

# The guard, its status in GUARD and what it said in $WORK/guard.out; before it may come a command
# that runs it: guard [prlimit ... --]
guard()
{
	in_ns gw "$@" "$PROGRAMS/hedated" --guard -c "$WORK/lab.conf" -r "$RUN" \
		--profiles "$POLICIES" >"$WORK/guard.out" 2>&1
	GUARD=$?
}

is_closed()
{
	nft_gw list table inet hedate-guard >/dev/null 2>&1
}

# Nothing at all is forwarded, IPv4 or IPv6, permitted or not, of open connections neither; the
# gateway itself can be reached.
expect_closed()
{
	local when=$1 word=$2
	grep -q -- "$word" "$WORK/guard.out" ||
		fail "$when: does not say \"$word\": $(cat "$WORK/guard.out")"
	grep -q 'what to do: ' "$WORK/guard.out" || fail "$when: does not say what to do"
	[ "$GUARD" = 0 ] || fail "$when: status $GUARD"
	tries "$when, closed" 'blocked tcp 10.1.0.10 10.2.0.10 443 wait=300' \
		'blocked tcp fd00:1::10 fd00:2::10 443 wait=300' \
		'blocked tcp 10.3.0.10 10.1.0.11 443 wait=300' \
		'blocked udp fd00:3::10 fd00:1::11 53 wait=300' \
		'blocked echo 10.1.0.10 10.2.0.10 - wait=300' \
		'blocked raw 10.1.0.10 10.2.0.10 - protocol=47 wait=300' \
		'blocked raw 10.1.0.10 10.2.0.10 443 protocol=tcp flags=A wait=300' \
		'passed tcp 10.9.0.10 10.9.0.1 22'
	nft_gw list table inet hedate-guard | grep -q comment || fail "$when: the table does not say why"
}

# The policy holds.
expect_guarded()
{
	[ "$GUARD" = 0 ] || fail "$1: status $GUARD"
	! is_closed || fail "$1: closed: $(cat "$WORK/guard.out")"
	tries "$1, guarded" 'passed tcp 10.1.0.10 10.2.0.10 443' 'passed tcp fd00:1::10 fd00:2::10 443' \
		'blocked tcp 10.3.0.10 10.1.0.11 443 wait=400' \
		'blocked udp fd00:3::10 fd00:1::11 53 wait=400'
}

# The number of what is confirmed, and the files of the store as they are now.
confirmed()
{
	sed -n 's/^confirmed \([0-9]*\)$/\1/p' "$WORK/confirmed/current"
}

store_keep()
{
	rm -rf "$WORK/kept"
	cp -a "$WORK/confirmed" "$WORK/kept" || die "the store cannot be copied"
}

store_back()
{
	rm -rf "$WORK/confirmed"
	cp -a "$WORK/kept" "$WORK/confirmed" || die "the store cannot be put back"
}

# Another text is what was confirmed last, as an older or newer hedate would have left it.
store_text()
{
	local number
	number=$(confirmed)
	python3 - "$WORK/confirmed/$(printf '%06d' "$number")" "$1" <<'END'
import hashlib, re, sys
name, text = sys.argv[1], open(sys.argv[2], "rb").read()
digest = hashlib.blake2b(text, digest_size=32).hexdigest()
line = open(name + ".json").read()
revision = re.search(r'"revision":"([0-9a-f]*)"', line).group(1)
line = re.sub(r'"digest":"[0-9a-f]*"', '"digest":"%s"' % digest, line)
line = line.replace(revision, digest[:len(revision)], 1)
open(name + ".json", "w").write(line)
open(name + ".conf", "wb").write(text)
END
}

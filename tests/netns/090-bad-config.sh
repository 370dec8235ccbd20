#!/bin/bash
# A configuration that cannot be: exit status 4, an error that says where, and the kernel's rule set
# byte for byte as it was.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

path=$(lab_path P1 my lg https)
EPOCH=3600 lab_up "$path"
# The one that the gateway does not know: no multicast reports from there, nothing else is blocked.
in_ns unknown ip link set eth0 down
# What was blocked until now is on record, so that no epoch ends from here on.
flush || fail "flush"
nft_gw list ruleset >"$WORK/before"

# refused NAME WHAT: the configuration in $WORK/bad.conf, by check, compile and apply; the message
# must name WHAT.
refused()
{
	local command status
	for command in check compile apply; do
		hedate $command "$WORK/bad.conf" >"$WORK/out" 2>&1
		status=$?
		[ $status = 4 ] || fail "$1: hedate $command: exit status $status"
		grep -qE -- "$2" "$WORK/out" || fail "$1: hedate $command says: $(head -n 5 "$WORK/out")"
	done
	tries=$((tries + 1))
}
tries=0

good()
{
	lab_config "$path"
}

# A change of the good configuration, by sed.
changed()
{
	good | sed -e "$2" >"$WORK/bad.conf"
	cmp -s "$WORK/bad.conf" "$WORK/lab.conf" && fail "$1: the change changed nothing"
	refused "$1" "$3"
}

changed "unknown key" 's/^site = { name/site = { nome/' 'bad.conf:1:.*nome'
changed "unknown zone kind" 's/kind = "lgwan"/kind = "lg-wan"/' 'bad.conf:[0-9]+:.*lg-wan'
changed "overlap" 's,"10.2.0.0/24","10.1.0.0/16",' 'bad.conf:[0-9]+:.*10\.1\.'
changed "interface twice" 's/"in0"/"lg0"/' 'bad.conf:[0-9]+:.*lg0'
changed "interface name too long" 's/"in0"/"interface-name-too-long"/' 'bad.conf:[0-9]+:.*interface'
changed "no such host" 's/to = "lg"/to = "lgg"/' 'bad.conf:[0-9]+:.*lgg'
changed "path to itself" 's/to = "lg"/to = "my"/' 'bad.conf:[0-9]+:.*P1'
changed "port out of range" 's/tcp = "443"/tcp = "70000"/' 'bad.conf:[0-9]+:.*70000'
changed "name too long" 's/"P1"/"P1234567890123456789012345678901234567890"/' 'bad.conf:[0-9]+:'
changed "no reason" 's/reason = "試験"/reason = ""/' 'bad.conf:[0-9]+:.*reason'
changed "management forwards" 's/from = "my"/from = "mg"/' 'bad.conf:[0-9]+:'
changed "no address" 's/"10.1.0.10"/"10.1.0.1000"/' 'bad.conf:[0-9]+:.*1000'
changed "two errors" 's/to = "lg"/to = "lgg"/; s/kind = "lgwan"/kind = "x"/' 'kind'
grep -q lgg "$WORK/out" || fail "not all errors in one run"
good | head -c 900 >"$WORK/bad.conf" && refused "cut off" 'bad.conf:[0-9]+:'
: >"$WORK/bad.conf" && refused "empty" 'bad.conf'
{ good && printf '# \xff\xfe\n'; } >"$WORK/bad.conf" && refused "not UTF-8" 'UTF-8'
{ good && printf '# \0\n'; } >"$WORK/bad.conf" && refused "binary" 'bad.conf'
head -c 4096 "$BUILD/hedate" >"$WORK/bad.conf" && refused "a program" 'bad.conf'
good >"$WORK/bad.conf" && truncate -s 100M "$WORK/bad.conf" && refused "100 MB" 'bad.conf'
rm "$WORK/bad.conf" && refused "missing" 'bad.conf'
mkdir "$WORK/bad.conf" && refused "a directory" 'bad.conf'
rmdir "$WORK/bad.conf" && mkfifo "$WORK/bad.conf" && refused "a pipe" 'bad.conf'
rm "$WORK/bad.conf" && good >"$WORK/bad.conf" && chmod 666 "$WORK/bad.conf" &&
	refused "writable by others" 'writ'
rm "$WORK/bad.conf"

nft_gw list ruleset >"$WORK/after"
# Should an epoch have ended meanwhile, its generation and its counters are others.
for when in before after; do
	sed -e 's/-[ab]\>/-generation/g' -e '/^[[:space:]]*packets [0-9]* bytes [0-9]*$/d' \
		-e 's/packets [0-9]* bytes [0-9]*//' "$WORK/$when" | sort >"$WORK/$when.sorted"
done
if ! cmp -s "$WORK/before" "$WORK/after" && ! cmp -s "$WORK/before.sorted" "$WORK/after.sorted"; then
	diff "$WORK/before" "$WORK/after" | head
	fail "the kernel's rule set changed"
fi
say "$tries configurations refused"

# And at the start of the daemon, where nothing was confirmed before: nothing is put in place,
# nothing of what is there is removed.
kill -TERM "$HEDATED"
wait "$HEDATED" || fail "hedated, ended by SIGTERM: exit status $?"
nft_gw list ruleset >"$WORK/stopped"
mkdir "$WORK/first"
echo 'site = 1;' >"$WORK/first/bad.conf"
in_ns gw "$PROGRAMS/hedated" -c "$WORK/first/bad.conf" -r "$RUN" -s "$STATE" >"$WORK/out" 2>&1
status=$?
[ $status = 4 ] || fail "hedated with a bad configuration: exit status $status: $(cat "$WORK/out")"
nft_gw list ruleset >"$WORK/after"
cmp "$WORK/stopped" "$WORK/after" || fail "a start with a bad configuration changed the rule set"
[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, without a daemon"
[ "$(try tcp 10.1.0.10 10.2.0.10 444 wait=600)" = blocked ] || fail "forbidden, without a daemon"
start_hedated "$WORK/lab.conf"
finish

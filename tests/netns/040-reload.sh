#!/bin/bash
# Changing the policy again and again under traffic: no permitted connection is lost, old or new,
# no forbidden packet passes. APPLIES=1000: as many changes, in as much time as they take.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
APPLIES=${APPLIES:-0}
SECONDS_OF_TRAFFIC=8

always="$(lab_path P1 my lg https), $(lab_path P2 bound in https), $(lab_path P3 in lg https)"
lab_up "$always"
# The other policies: a path more, another order, another name and reason of the same paths.
lab_config "$(lab_path P9 lg in all-tcp), $always" >"$WORK/more.conf"
lab_config "$(lab_paths "$(lab_path Q3 in lg https)" "$(lab_path Q2 bound in https)" \
	"$(lab_path Q1 my lg https)")" >"$WORK/other.conf"

# One after the other, until there were so many, or until then.
applied=0
apply_all()
{
	local many=$1 until=$2 config
	while [ "$applied" -lt "$many" ] || [ "$SECONDS" -lt "$until" ]; do
		for config in more other lab; do
			hedate apply "$WORK/$config.conf" >"$WORK/apply" 2>&1 ||
				fail "apply $config: $(cat "$WORK/apply")"
			applied=$((applied + 1))
		done
		[ "$SECONDS" -lt "$((started + SECONDS_OF_TRAFFIC - 1))" ] || break
	done
}

# How long so many take, with traffic beside them, is guessed from a few without.
if [ "$APPLIES" != 0 ]; then
	started=$SECONDS begin=${EPOCHREALTIME/./}
	apply_all 30 0
	SECONDS_OF_TRAFFIC=$(((${EPOCHREALTIME/./} - begin) * APPLIES * 3 / 30 / 1000000 + 10))
	applied=0
fi

stream_open old4 $SECONDS_OF_TRAFFIC 10.1.0.10 10.2.0.10 443
stream_open old6 $SECONDS_OF_TRAFFIC fd00:1::10 fd00:2::10 443
stream_open bound $SECONDS_OF_TRAFFIC 10.1.0.60 10.3.0.10 443
PLAN_SPORT=10000
# A packet that is being judged in the very moment of a commit may be dropped: nf_tables then looks
# up the old rules' sets as they are afterwards. TCP sends it again, after 1 s, 2 s, 4 s for a SYN.
try_background new4 tcp 10.3.0.10 10.2.0.10 443 wait=10000 seconds=$SECONDS_OF_TRAFFIC
PLAN_SPORT=20000
try_background new6 tcp fd00:3::10 fd00:2::10 443 wait=10000 seconds=$SECONDS_OF_TRAFFIC
# Forbidden: no path; a bare ACK; a forged source; the permitted connection's ends the other way.
rate="rate=1000 seconds=$SECONDS_OF_TRAFFIC count=100000000"
# shellcheck disable=SC2086
{
	flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=50 $rate
	flood ack 10.3.0.10 10.1.0.11 443 protocol=tcp flags=A distinct=50 $rate
	flood syn 10.2.0.10 10.1.0.11 443 protocol=tcp flags=S distinct=50 $rate
	flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=50 $rate
}

started=$SECONDS
if [ "$APPLIES" = 0 ]; then
	apply_all 0 $((SECONDS + SECONDS_OF_TRAFFIC - 1))
else
	apply_all "$APPLIES" 0
fi
say "applied $applied times in $((SECONDS - started)) s"
[ "$applied" -ge $((APPLIES > 6 ? APPLIES : 6)) ] || fail "applied only $applied times"
for id in old4 old6 bound; do
	stream_lived $id
done
for id in new4 new6; do
	background_end $id
	say "$RESULT"
	[[ $RESULT == *" passed "* ]] || fail "new connections: $RESULT"
done
for id in udp ack syn syn6; do
	flood_blocked $id
done
flush
say "packets of permitted connections dropped in passing:" \
	"$(records 'select(."source.ip" | IN("10.1.0.10", "10.1.0.60", "fd00:1::10"))' | wc -l)"
finish

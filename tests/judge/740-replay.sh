#!/bin/bash
# waits
# Our rules changed at random: the packets that the proof shows then do what it says of them.
#
# JUDGE_PACKETS (make test-judge): many changes; JUDGE_SEED.
set -u
cd "$(dirname "$0")/../.." || exit 1
judge=${BUILD:-build}/tests/judge/judge
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }

small=8 big=3
[ -z "${JUDGE_PACKETS:-}" ] || { small=200 big=100; }
"$judge" -r "$small" -s "${JUDGE_SEED:-1}" tests/judge/ways.conf &&
	"$judge" -r "$big" -s "${JUDGE_SEED:-2}" conf/aobano.conf

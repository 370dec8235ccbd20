#!/bin/bash
# waits
# What is said of sets of packets, against the kernel: each rule set in a router, packets at the
# bounds of what was decided, and what came through.
#
# JUDGE_PACKETS: for each rule set, IPv4 and IPv6 alike; JUDGE_SEED.
set -u
cd "$(dirname "$0")/../.." || exit 1
judge=${BUILD:-build}/tests/judge/judge
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }

"$judge" -n "${JUDGE_PACKETS:-1200}" -s "${JUDGE_SEED:-1}" tests/judge/shapes/*.nft conf/aobano.conf

#!/bin/bash
# waits
# Random rule sets, against the kernel: as 700-kernel.sh.
#
# JUDGE_SETS: so many, from JUDGE_SEED on; JUDGE_PACKETS: for each, IPv4 and IPv6 alike, and a fifth
# of that where they are many.
set -u
cd "$(dirname "$0")/../.." || exit 1
judge=${BUILD:-build}/tests/judge/judge
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }

# In the long run many small ones find more than few big ones: 200 sets, in six worlds each. The
# fixed shapes of 700-kernel.sh have all the packets that are asked for.
packets=${JUDGE_PACKETS:-2000}
sets=${JUDGE_SETS:-$((packets > 10000 ? 200 : 6))}
[ "$packets" -le 10000 ] || packets=$((packets / 5))
first=${JUDGE_SEED:-1}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
files=()
for ((i = first; i < first + sets; i++)); do
	python3 tests/judge/genrules.py "$i" $((3 + i % 30)) >"$work/$i.nft" || exit 1
	files+=("$work/$i.nft")
done
"$judge" -n "$packets" -s "$first" "${files[@]}"

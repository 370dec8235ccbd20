#!/bin/sh
# Each fuzzer has something to begin with: an entry in tests/fuzz/seeds; and each entry is a fuzzer's.
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

for file in tests/fuzz/*.c; do
	basename "$file" .c
done | sort >"$work/fuzzers"
sed -n '/^SEEDS = {/,/^}/p' tests/fuzz/seeds | grep -o '"[a-z]*":' | tr -d '":' | sort >"$work/entries"
diff "$work/fuzzers" "$work/entries" && [ -s "$work/entries" ]

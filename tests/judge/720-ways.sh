#!/bin/bash
# waits
# Ways round our table, built and looked for: what leaks is never proved to be separate.
set -u
cd "$(dirname "$0")/../.." || exit 1
[ "$(id -u)" = 0 ] || { echo "needs root, for network namespaces" && exit 77; }

python3 tests/judge/ways.py "${BUILD:-build}"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Allocations of "hedate check" failed one by one: it refuses and says why, or it comes to the very
# same result; it never crashes, and never reads another policy than the one that is written.
# FAULT_POINTS=number or all (default 200).
set -u
cd "$(dirname "$0")/../.." || exit 1
[ -z "${SANITIZE:-}" ] || { echo "the sanitizer has an allocator of its own"; exit 77; }
exec /usr/bin/python3 tests/faults/check.py "${BUILD:-build}" "${FAULT_POINTS:-200}"

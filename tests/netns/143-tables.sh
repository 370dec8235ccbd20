#!/bin/bash
# What a gateway with much to tell shows in Japanese and English: at a terminal of 60, 80 and 120
# columns no line is wider, and columns stand below their titles. Watched on a small screen, nothing
# scrolls.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"
# shellcheck source=tests/netns/busy.sh
. "$NETNS_DIR/busy.sh"

busy_up
LOCALES=$BUILD/locale in_ns gw python3 "$NETNS_DIR/tables.py" "$BUILD/hedate" "$RUN" "$LOGS" ||
	fail "what is shown"
finish

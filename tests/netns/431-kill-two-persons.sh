#!/bin/bash
# SIGKILL at the system calls of a proposal, its approval and its refusal, under traffic, and of
# opening and closing the gateway: the rule set is the old one, or the approved one; what only one
# person wants is never in force; proposals and the store can be used after a new start, and a gateway
# that was open is shut then.
#
# Of how many calls, KILL_POINTS says (killing.sh).
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
# shellcheck source=tests/netns/twopersons.sh
. "$NETNS_DIR/twopersons.sh"
# shellcheck source=tests/netns/killing.sh
. "$NETNS_DIR/killing.sh"

RUNNING="propose approve refuse open close"
STARTING=
points_up
learn_open
trace_all

# Nobody sends what is forbidden while it is open.
# shellcheck disable=SC2086
choose_points "${KILL_POINTS:-8}" $RUNNING
grep -E '^(open|close) ' "$WORK/chosen" >"$WORK/chosen.open"
sed -i -E '/^(open|close) /d' "$WORK/chosen"
points_traffic
kill_walk
points_floods_end
mv "$WORK/chosen.open" "$WORK/chosen"
kill_walk
points_end

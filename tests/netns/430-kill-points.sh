#!/bin/bash
# SIGKILL at the system calls of start, apply, confirm, rollback, reload, isolate, release and stop,
# under traffic: the kernel has the old rule set or the new one and nothing else, what none of them
# permits does not pass, what both permit goes on, and a new start comes to a store that fits the rule
# set. What was isolated stays so until its release is on disk.
#
# Each operation is traced once; from then on it is killed when it enters one of those calls: of how
# many, KILL_POINTS says (killing.sh).
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
# shellcheck source=tests/netns/killing.sh
. "$NETNS_DIR/killing.sh"

points_up
trace_all
for operation in $STARTING; do
	trace_starting "$operation"
done
# Words.
# shellcheck disable=SC2086
choose_points "${KILL_POINTS:-15}" $RUNNING $STARTING
points_traffic
kill_walk
points_floods_end
points_end

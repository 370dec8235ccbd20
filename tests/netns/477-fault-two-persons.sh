#!/bin/bash
# As 475-fault-points.sh, of what takes two persons: a proposal, its approval and its refusal, opening the
# gateway and closing it. What only one person wants is never in force, whatever fails; and a gateway that
# says that it is closed is closed.
# How many of the sites, and how: faults.sh.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
# shellcheck source=tests/netns/twopersons.sh
. "$NETNS_DIR/twopersons.sh"
FAULT_POINTS=${FAULT_POINTS:-6}
# shellcheck source=tests/netns/faults.sh
. "$NETNS_DIR/faults.sh"
# shellcheck source=tests/netns/faultops.sh
. "$NETNS_DIR/faultops.sh"

# What the kernel has when it went well, and before.
# shellcheck disable=SC2034
declare -A WANTS=([propose]=old [approve]=new [refuse]=old [open]=open [close]=old)
# shellcheck disable=SC2034
declare -A BEGINS=([close]=open)
OPERATIONS=${FAULT_OPERATIONS:-propose approve refuse open close}

fault_operations_up
learn_open
# Words.
# shellcheck disable=SC2086
{
	list_operations $OPERATIONS
	choose_sites $OPERATIONS
}
# Nobody sends what is forbidden while it is open.
grep -E '^(open|close) ' "$WORK/chosen" >"$WORK/chosen.open"
sed -i -E '/^(open|close) /d' "$WORK/chosen"
if [ -s "$WORK/chosen" ]; then
	faults_traffic
	walk fault
	faults_traffic_end
fi
if [ -s "$WORK/chosen.open" ]; then
	mv "$WORK/chosen.open" "$WORK/chosen"
	walk fault
fi
fault_operations_end

#!/bin/bash
# Every allocation and every system call that talks to the kernel, to others or to the disk failed in
# turn, once for each site that it comes from, in hedated's start, its end and all that it is asked to
# do in between, under traffic: no crash, the rule set is the old one or the new one, nothing
# forbidden passes, and what did not go well is said: by an exit status and a text, or on record.
# How many of the sites, and how: faults.sh.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/points.sh
. "$NETNS_DIR/points.sh"
FAULT_POINTS=${FAULT_POINTS:-15}
# shellcheck source=tests/netns/faults.sh
. "$NETNS_DIR/faults.sh"
# shellcheck source=tests/netns/faultops.sh
. "$NETNS_DIR/faultops.sh"

# What the kernel has when it went well, and before, where that is not the old one.
# shellcheck disable=SC2034
declare -A WANTS=([apply]=new [apply_confirm]=new [confirm]=new [undo]=old [rollback]=old
	[reload]=new [event]=old [status]=old [isolate]=old [release]=old [isolate_asked]=old
	[release_asked]=old [quarantine]=old [release_device]=old [stop]=old [start]=old)
# shellcheck disable=SC2034
declare -A BEGINS=([confirm]=new [undo]=new [rollback]=new)
OPERATIONS=${FAULT_OPERATIONS:-apply apply_confirm confirm undo rollback reload event status isolate isolate_asked release release_asked quarantine release_device stop start}

fault_operations_up
# Words.
# shellcheck disable=SC2086
{
	list_operations $OPERATIONS
	choose_sites $OPERATIONS
}
faults_traffic
walk fault
faults_traffic_end
fault_operations_end

# shellcheck shell=bash
# A plan: what is tried, what is expected of it, what was seen and recorded (sourced).
#
#	plan EXPECTED ID KIND SOURCE DESTINATION PORT [key=value...]
#
# EXPECTED is "pass", or "<reason>:<source's zone>:<destination's zone>". KIND, and key=value, are
# probe's; PORT is "-" where there is none. Source ports are given out here, so that each try can be
# told from all others in the log.

PLAN=()	     # lines "expected id kind source sport destination port protocol"
PLAN_TRIES=() # what probe is to do
PLAN_SPORT=40000

plan_protocol()
{
	case $1 in
	tcp | udp) echo "$1" ;;
	echo) case $2 in *:*) echo icmpv6 ;; *) echo icmp ;; esac ;;
	*) echo tcp ;;
	esac
}

# The namespace of an address that may be the gateway's own.
plan_place()
{
	local place
	place=$(topology_place "$1")
	echo "${place:-gw}"
}

plan()
{
	local expected=$1 id=$2 kind=$3 source=$4 destination=$5 port=$6
	local client server protocol words=() word sport
	shift 6
	PLAN_SPORT=$((PLAN_SPORT + 1))
	sport=$PLAN_SPORT
	protocol=$(plan_protocol "$kind" "$destination")
	client=$(plan_place "$source") server=$(plan_place "$destination")
	words=("id=$id" "source=$source" "sport=$sport" "destination=$destination")
	[ "$port" = - ] || words+=("port=$port")
	# A packet socket of the gateway sees what arrives there before it is dropped.
	[ "$server" != gw ] || words+=("sniff=no")
	for word in "$@"; do
		case $word in
		client=*) client=${word#*=} ;;
		server=*) server=${word#*=} ;;
		protocol=*) protocol=${word#*=} ;;
		*) words+=("$word") ;;
		esac
	done
	if [ "$kind" = raw ]; then
		words+=("protocol=$protocol" "interface=eth0"
			"to-mac=$(topology_gateway_mac "${client%-[0-9]*}")")
	fi
	PLAN+=("$expected $id $kind $source $sport $destination $port $protocol")
	PLAN_TRIES+=("$kind client=$TOPOLOGY$client server=$TOPOLOGY$server ${words[*]}")
}

# Try everything, all at once. What was seen goes to $WORK/seen.
plan_run()
{
	printf '%s\n' "${PLAN_TRIES[@]}" | "$PROBE" batch >"$WORK/seen" 2>"$WORK/probe.err"
	[ ! -s "$WORK/probe.err" ] || cat "$WORK/probe.err"
}

# Close the epoch, then put plan, what was seen and the log's records together: a line for each try
#	verdict<TAB>id<TAB>expected<TAB>seen<TAB>record
# where verdict is "ok" or "BAD", and record is "-" or what the log says.
plan_judge()
{
	hedate flush >/dev/null || return 1
	hedate log --json >"$WORK/records" || return 1
	printf '%s\n' "${PLAN[@]}" >"$WORK/plan"
	jq -n -r --rawfile plan "$WORK/plan" --rawfile seen "$WORK/seen" \
		--slurpfile records "$WORK/records" -f "$NETNS_DIR/judge.jq"
}

# For tests: run, judge, and fail for each line that is bad.
plan_check()
{
	local verdict rest count=0
	plan_run
	plan_judge >"$WORK/judged" || fail "no judgement"
	while IFS=$'\t' read -r verdict rest; do
		say "$verdict $rest"
		count=$((count + 1))
		[ "$verdict" = ok ] || fail "$rest"
	done <"$WORK/judged"
	[ "$count" = ${#PLAN[@]} ] || fail "$count of ${#PLAN[@]} tries judged"
	PLAN=() PLAN_TRIES=()
}

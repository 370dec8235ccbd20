# shellcheck shell=bash
# A plan: what is tried, what is expected of it, what was seen and recorded (sourced).
#
#	plan EXPECTED ID KIND SOURCE DESTINATION PORT [key=value...]
#
# recorded=NUMBER: the protocol that the record has, where it is not the packet's (probe's) own.
# EXPECTED is "pass", or "<reason>:<source's zone>:<destination's zone>"; what is "observed" passes
# as well. KIND, and key=value, are
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
	local client server protocol words=() word recorded=
	shift 6
	protocol=$(plan_protocol "$kind" "$destination")
	client=$(plan_place "$source") server=$(plan_place "$destination")
	for word in "$@"; do
		case $word in
		client=*) client=${word#*=} ;;
		server=*) server=${word#*=} ;;
		protocol=*) protocol=${word#*=} ;;
		recorded=*) recorded=${word#*=} ;;
		*) words+=("$word") ;;
		esac
	done
	PLAN_SPORT=$((PLAN_SPORT + 1))
	words+=("id=$id" "source=$source" "sport=$PLAN_SPORT" "destination=$destination")
	[ "$port" = - ] || words+=("port=$port")
	# A packet socket of the gateway sees what arrives there before it is dropped.
	[ "$server" != gw ] || words+=("sniff=no")
	if [ "$kind" = raw ]; then
		words+=("protocol=$protocol" "interface=eth0"
			"to-mac=$(topology_gateway_mac "${client%-[0-9]*}")")
	fi
	PLAN+=("$expected $id $kind $source $PLAN_SPORT $destination $port ${recorded:-$protocol}")
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
	flush || return 1
	hedate log -d "$LOGS" --json >"$WORK/records" || return 1
	printf '%s\n' "${PLAN[@]}" >"$WORK/plan"
	jq -n -r --rawfile plan "$WORK/plan" --rawfile seen "$WORK/seen" \
		--slurpfile records "$WORK/records" -f "$NETNS_DIR/judge.jq"
}

# probe's words for one try that is not part of the plan, in WORDS.
plan_words()
{
	local PLAN=() PLAN_TRIES=()
	plan pass "$@"
	read -ra WORDS <<<"${PLAN_TRIES[0]}"
}

# One try now, its record is not looked for: try KIND SOURCE DESTINATION PORT [key=value...]. Says
# what was seen, "passed" for example; try_detail says more.
try()
{
	try_detail "$@" | cut -d ' ' -f 1
}

try_detail()
{
	# This runs in a shell of its own: no source port twice.
	PLAN_SPORT=$((20000 + RANDOM % 20000))
	plan_words try "$@"
	"$PROBE" "${WORDS[@]}" | cut -d ' ' -f 2-
}

# Some now, all at once, their records are not looked for: tries WHEN FLOW ..., where FLOW is "passed",
# or "blocked" (whatever became of it on its way), and the words of a try.
tries()
{
	local PLAN=() PLAN_TRIES=() when=$1 flow word id seen number=0
	local -A tried_flow=() tried_for=()
	shift
	for flow in "$@"; do
		number=$((number + 1))
		tried_flow[$number]=${flow#* } tried_for[$number]=${flow%% *}
		# shellcheck disable=SC2086
		plan pass $number ${flow#* }
	done
	while read -r id seen word; do
		case ${tried_for[$id]}-$seen in
		passed-passed | blocked-blocked | blocked-half | blocked-rejected) unset "tried_flow[$id]" ;;
		*) fail "$when: ${tried_flow[$id]} is $seen, not ${tried_for[$id]}: $word" && unset "tried_flow[$id]" ;;
		esac
	done < <(printf '%s\n' "${PLAN_TRIES[@]}" | "$PROBE" batch)
	for id in "${!tried_flow[@]}"; do
		fail "$when: nothing was seen of ${tried_flow[$id]}"
	done
}

# A try in the background, its output in $WORK/<id>: try_background ID KIND ...
try_background()
{
	plan_words "$@"
	"$PROBE" "${WORDS[@]}" >"$WORK/$1" 2>&1 &
	BACKGROUND[$1]=$!
}
declare -A BACKGROUND=()

# A connection that stays open, for $2 seconds or until there was no answer for 15 (stall=, in ms):
# stream_open ID SECONDS SOURCE DESTINATION PORT [key=value...]
stream_open()
{
	local id=$1 seconds=$2
	shift 2
	try_background "$id" stream "$@" "seconds=$seconds"
	wait_until 50 grep -q ' open ' "$WORK/$id" || fail "$id was not opened: $(cat "$WORK/$id")"
}

# Wait for what runs in the background; RESULT is how it went.
background_end()
{
	wait "${BACKGROUND[$1]}"
	RESULT=$(tail -n 1 "$WORK/$1")
}

# The stream went on to its end?
stream_lived()
{
	background_end "$1"
	say "$RESULT"
	[[ $RESULT == *" passed "* ]] || fail "connection $1 was lost: $RESULT"
}

# The stream had its last answer within a second after $2 (ms since 1970), and not before it.
stream_cut()
{
	local last
	background_end "$1"
	say "$RESULT, after $2"
	last=$(sed -n 's/.* last \([0-9]*\) .*/\1/p' <<<"$RESULT")
	if [[ $RESULT == *" passed "* ]]; then
		fail "connection $1 was not cut: $RESULT"
	elif [ "${last:-0}" -gt $(($2 + 1000)) ]; then
		fail "connection $1 was cut $((last - $2)) ms after its path was withdrawn"
	fi
}

# Raw packets in the background, and a count of what arrives: flood ID SOURCE DESTINATION PORT
# [key=value...], to be ended by flood_end, or flood_blocked.
flood()
{
	local id=$1 source=$2 destination=$3 port=$4 client server to_mac word
	shift 4
	client=$(plan_place "$source") server=$(plan_place "$destination")
	for word in "$@"; do
		case $word in client=*) client=${word#*=} ;; esac
	done
	to_mac=$(topology_gateway_mac "${client%-[0-9]*}")
	"$PROBE" count "id=$id" "server=$TOPOLOGY$server" "source=$source" \
		"destination=$destination" "port=$port" >"$WORK/$id.count" &
	BACKGROUND[$id.count]=$!
	wait_until 200 grep -q ready "$WORK/$id.count"
	"$PROBE" send "id=$id" "client=$TOPOLOGY$client" "source=$source" \
		"destination=$destination" "port=$port" "to-mac=$to_mac" interface=eth0 "$@" \
		>"$WORK/$id" &
	BACKGROUND[$id]=$!
}

# Wait for its end: how many were SENT, how many have ARRIVED.
flood_end()
{
	background_end "$1"
	SENT=${RESULT##* }
	kill -TERM "${BACKGROUND[$1.count]}"
	background_end "$1.count"
	ARRIVED=${RESULT##* }
	say "$1: sent $SENT, arrived $ARRIVED"
	[ "${SENT:-0}" != 0 ] || fail "$1: nothing was sent"
}

# The same: none of it has arrived.
flood_blocked()
{
	flood_end "$1"
	[ "$ARRIVED" = 0 ] || fail "$1: sent $SENT, arrived: $RESULT"
}

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
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

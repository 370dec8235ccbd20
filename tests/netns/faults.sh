# shellcheck shell=bash
# One call after the other fails (sourced after points.sh): each site from which a program allocates,
# or talks to the kernel, to others or to the disk (tests/faults/failcall.c).
#
#	FAULT_POINTS=number	so many of the sites, evenly over all
#	FAULT_POINTS=all	every one (make test-faults)
#	FAULT_MODE=always	it fails not once, but each time until the operation is over
#	FAULT_OPERATIONS=...	only these
#	FAULT_CALLS=...		only calls that this extended regular expression fits
[ -z "${SANITIZE:-}" ] || skip "the sanitizer has an allocator of its own"
FAULT_MODE=${FAULT_MODE:-once}
# shellcheck disable=SC2034 # of gateway.sh
RECORDER_OUT=$WORK/logd.out
export FAILCALL=$WORK/failcall
# What is spared, and why, stands in failcall.c.
export FAILCALL_NOT=libconfig,libseccomp
PRELOAD=$PROGRAMS/failcall.so
SITES=$SOURCE_DIR/tests/faults/sites.py
declare -A MODES=([off]=0 [list]=1 [once]=2 [always]=3) OUTCOMES=()

faults_up()
{
	programs_up
	install -D -m 755 "$BUILD/tests/faults/failcall.so" "$PRELOAD" || die "failcall.so"
	"$SITES" clear "$FAILCALL"
	chmod 666 "$FAILCALL"
}

# arm MODE [SITE]: what happens from now on. Three numbers: mode, site, what has failed so far.
arm()
{
	local site=${2:-0000000000000000} bytes='' i
	for ((i = 14; i >= 0; i -= 2)); do
		bytes+="\\x${site:i:2}"
	done
	# It is not truncated. The format is what is meant.
	# shellcheck disable=SC2059,SC2094
	printf "\\x${MODES[$1]}\\0\\0\\0\\0\\0\\0\\0$bytes\\0\\0\\0\\0\\0\\0\\0\\0" 1<>"$FAILCALL"
}

has_failed()
{
	[ "$(od -An -tu8 -j16 -N8 "$FAILCALL" | tr -d ' ')" != 0 ]
}

# Wait for the end of a process, but not for ever.
ended()
{
	local try
	for ((try = 0; try < 3000; try++)); do
		lives "$1" || return 0
		sleep 0.01
	done
	return 1
}

# The site of this point, for whoever reads what went wrong.
site_of_point()
{
	[ -z "${SITE:-}" ] || "$SITES" name "$WORK/sites.$OPERATION" "$SITE" "$PROGRAM" 2>/dev/null
}

# wrong WHAT...: at this point
wrong()
{
	fail "$POINT: $*: $(site_of_point)"
}

# Was it the C library that ended the program? Where it finds no memory while it looks somebody up
# (getpwnam()) it fails assertions of its own, or crashes.
libc_gave_up()
{
	site_of_point | grep -q '^allocate.* lib < .*sandbox_find_user' || return 1
	count_outcome "$OPERATION ended by the C library's own assertion"
}

# count_outcome WHAT: for the table at the end
count_outcome()
{
	OUTCOMES[$1]=$((${OUTCOMES[$1]:-0} + 1))
}

print_outcomes()
{
	local outcome
	for outcome in "${!OUTCOMES[@]}"; do
		say "  $outcome: ${OUTCOMES[$outcome]}"
	done | sort
}

# list_sites OPERATION COMMAND...: what sites it comes by, into $WORK/list.<operation>
list_sites()
{
	local OPERATION=$1
	shift
	"$SITES" clear "$FAILCALL"
	arm list
	"$@"
	arm off
	cp "$FAILCALL" "$WORK/sites.$OPERATION"
	"$SITES" list "$FAILCALL" | sed "s/^/$OPERATION /" >"$WORK/list.$OPERATION"
	say "$OPERATION: $(awk '{ n += $4 } END { print n + 0 }' "$WORK/list.$OPERATION") calls from" \
		"$(wc -l <"$WORK/list.$OPERATION") sites"
}

# choose_sites OPERATION...: into $WORK/chosen; of system calls as many as of allocations, for there
# are many more of the latter.
choose_sites()
{
	local kind count step operation
	for operation in "$@"; do
		grep -E " (${FAULT_CALLS:-.*}) " "$WORK/list.$operation"
	done >"$WORK/all"
	if [ "$FAULT_POINTS" = all ]; then
		cp "$WORK/all" "$WORK/chosen"
	else
		for kind in '==' '!='; do
			awk "\$3 $kind \"allocate\"" "$WORK/all" >"$WORK/kind"
			count=$(wc -l <"$WORK/kind")
			step=$(((2 * count + FAULT_POINTS - 1) / FAULT_POINTS))
			# The same each time, for the same programs.
			[ "$count" = 0 ] || awk -v step="$step" 'NR % step == int(step / 2)' "$WORK/kind"
		done >"$WORK/chosen"
	fi
	say "$(awk '{ n += $4 } END { print n }' "$WORK/all") calls from $(wc -l <"$WORK/all") sites," \
		"$(wc -l <"$WORK/chosen") of them fail"
}

# walk_one FUNCTION OPERATION SITE CALL
walk_one()
{
	# shellcheck disable=SC2034
	OPERATION=$2 SITE=$3 POINT="$2, $4 ($3)"
	"$1" "$2" "$4"
}

# A site is not come by each time: where only some are tried, it is the next one of the operation then
# that such a call comes from, and so on.
walk_next()
{
	local operation site call
	[ "$FAULT_POINTS" != all ] || return 1
	while read -r operation site call _; do
		walk_one "$1" "$operation" "$site" "$call" </dev/null && return 0
	done < <(awk -v operation="$2" -v site="$3" -v call="$4" -v most="$WALK_NEXT" '
		$1 == operation && $2 == site { found = 1; next }
		found && $1 == operation && $3 == call && most-- > 0' "$WORK/all")
	return 1
}
WALK_NEXT=10

# walk FUNCTION: FUNCTION OPERATION CALL for each site chosen, which fails when it is come by; it
# answers whether that was so.
walk()
{
	local reached=0 not_reached=0 operation site call
	while read -r operation site call _ <&3; do
		if walk_one "$1" "$operation" "$site" "$call" ||
			walk_next "$1" "$operation" "$site" "$call"; then
			reached=$((reached + 1))
		else
			not_reached=$((not_reached + 1))
		fi
		[ $(((reached + not_reached) % 500)) != 0 ] || say "$((reached + not_reached)) ..."
		[ "$FAILED" -le "${FAULT_FAILURES:-20}" ] || die "too many failures"
	done 3<"$WORK/chosen"
	say "failed at $reached sites, $not_reached were not come by that time"
	print_outcomes
	[ "$reached" -gt "$not_reached" ] || fail "most sites were not come by"
}

# Two floods that nothing permits, until they are ended.
faults_traffic()
{
	local rate="rate=200 seconds=100000 count=2000000000"
	# shellcheck disable=SC2086
	{
		flood udp 10.3.0.10 10.1.0.11 53 protocol=udp distinct=20 $rate
		flood syn6 fd00:2::10 fd00:1::11 443 protocol=tcp flags=S distinct=20 $rate
	}
}

faults_traffic_end()
{
	kill -TERM "${BACKGROUND[udp]}" "${BACKGROUND[syn6]}"
	flood_blocked udp
	flood_blocked syn6
}

# What no program may ever say.
check_said()
{
	if grep -E 'double free|corrupted|Aborted|Segmentation|stack smashing' "$WORK"/*.out; then
		fail "what the programs said"
	fi
}

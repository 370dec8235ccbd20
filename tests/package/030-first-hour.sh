#!/bin/bash
# asked
# waits
# From nothing to a protected pair of zones, by the commands that stand in the README and no others: on
# a fresh Debian 12 that has git and make, as a new user would type them.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/../netns/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/package/machine.sh
. "$SOURCE_DIR/tests/package/machine.sh"
# shellcheck source=tests/package/readme.sh
. "$SOURCE_DIR/tests/package/readme.sh"
HERE=/root/hedate

ROOT=$BUILD/package/first-hour
rm -rf "$ROOT"
machine_root "$ROOT"
"$SOURCE_DIR/conf/package/dist" hedate "$WORK/sources.tar.xz" || die "no sources"
tar -C "$ROOT/root" -xf "$WORK/sources.tar.xz" || die "no sources"
mapfile -t COMMANDS < <(first_hour "$ROOT/root/hedate/README" 'The first hour')
case ${#COMMANDS[@]} in [1-5]) ;; *) die "${#COMMANDS[@]} commands" ;; esac
topology_up || die "the lab could not be built"

# What a person answers to "hedate init" at the console.
answers()
{
	local interface
	printf 'lab\n\n\n\n'
	for interface in $(in_ns gw ip -o link | sed -n 's/^[0-9]*: \([a-z0-9]*\)[@:].*/\1/p'); do
		case $interface in
		my0) printf 'mynumber\n\n' ;;
		lg0) printf 'lgwan\n\n\n' ;;
		mg0) printf 'management\n\n' ;;
		my1 | in0 | un0) printf '\n' ;;
		esac
	done
	printf '10.9.0.10\n'
}

# One command: "make" and what apt fetches with this machine's network, all else on the gateway.
run_command()
{
	local command=$1 begin=$SECONDS
	case $command in
	make*) outside "$ROOT" "cd $HERE && $command" >"$WORK/said" 2>&1 ;;
	*'hedate init'*)
		answers >"$ROOT/root/answers"
		inside "cd $HERE && script -qec '$command' /dev/null </root/answers" >"$WORK/said" 2>&1
		;;
	*) inside "cd $HERE && $command" >"$WORK/said" 2>&1 </dev/null ;;
	esac || die "$command: $(tail -n 30 "$WORK/said")"
	say "$((SECONDS - begin)) s: $command"
}

# For wait_until.
# shellcheck disable=SC2317
machine_ready()
{
	inside 'hedate status --json' | jq -e '.state == "enforcing" and .recorder == "connected"'
}

# shellcheck disable=SC2317
recorded()
{
	inside 'hedate flush >/dev/null; hedate log --reason no-path' | grep -q '10\.1\.0\.10:.* 10\.2\.0\.10:443'
}

outside "$ROOT" 'apt-get -q update' >"$WORK/fetch.out" 2>&1 ||
	skip "packages cannot be fetched: $(tail -n 1 "$WORK/fetch.out")"
for command in "${COMMANDS[@]}"; do
	case $command in
	apt-get*)
		outside "$ROOT" "cd $HERE && ${command/install/install --download-only}" >"$WORK/said" 2>&1 ||
			die "$command: $(tail -n 5 "$WORK/said")"
		;;
	esac
	# The first that is not built with is run on the booted gateway.
	[ -n "$MACHINE" ] || [[ $command == make* ]] || machine_on "$ROOT"
	run_command "$command"
done

wait_until 300 machine_ready || fail "not protected: $(inside 'hedate status; journalctl -n 20' 2>&1)"
[ "$(in_ns gw cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || fail "nothing would be forwarded anyway"
tries 'the first hour' 'blocked tcp 10.1.0.10 10.2.0.10 443 wait=300' \
	'blocked tcp 10.2.0.10 10.1.0.10 443 wait=300' 'blocked udp fd00:2::10 fd00:1::10 53 wait=300' \
	'blocked tcp 10.3.0.10 10.1.0.10 443 wait=300' 'passed tcp 10.9.0.10 10.9.0.1 22'
wait_until 100 recorded || fail "what was blocked is not on record: $(inside 'hedate log' 2>&1 | tail)"
machine_end "$ROOT"

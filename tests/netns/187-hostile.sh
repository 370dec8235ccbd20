#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever comes in a packet, in the name of an interface or from a person, it stays in its member of
# its record: in the log, in each form, and on the terminal. And "hedate log show" names the chain
# that blocked a flow.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

# Names that the kernel takes for interfaces (no blank, slash or colon; 15 bytes).
NAMES=($'"],"a"=1\\' $'e\x1b[2J' $'\xe2\x80\xaetxt' $'\xff\xfe\xc0' '=1+1|x;y' "'--")

EPOCH=3600 lab_up "$(lab_path P1 my lg https)"
sed -i 's/^log = .*/log = { epoch = 3600; payload = 200; };/' "$WORK/lab.conf"
hedate apply "$WORK/lab.conf" >/dev/null 2>&1 || fail "apply"

# For wait_until.
# shellcheck disable=SC2317
is_up()
{
	ip -n "$TOPOLOGY$1" -o link show dev "$2" | grep -q 'state UP'
}

# For wait_until.
# shellcheck disable=SC2317
more_blocked()
{
	[ "$(kernel_total)" -gt "$1" ]
}

# An interface of each name, in no zone, and a packet by it.
for number in "${!NAMES[@]}"; do
	name=${NAMES[number]}
	ip -n "${TOPOLOGY}gw" link add "odd$number" type veth peer name "p$number" netns "${TOPOLOGY}unknown"
	in_ns gw /usr/bin/python3 -c '
import fcntl, os, socket, struct, sys
old, new = (os.fsencode(name) for name in sys.argv[1:])
with socket.socket() as out:
    fcntl.ioctl(out, 0x8923, struct.pack("16s16s", old, new))  # SIOCSIFNAME
' "odd$number" "$name" || fail "no interface can be called so: $(printf %q "$name")"
	in_ns gw ip address add "10.8.10$number.1/24" dev "$name"
	in_ns gw ip link set dev "$name" up
	in_ns unknown ip address add "10.8.10$number.2/24" dev "p$number"
	in_ns unknown ip link set dev "p$number" up
	in_ns unknown ip route add "10.1.0.20$number/32" via "10.8.10$number.1"
	# The kernel takes note of a carrier some time after it is there, and drops what is sent before.
	wait_until 100 is_up unknown "p$number" || fail "p$number does not come up"
	wait_until 100 is_up gw "$name" || fail "the interface does not come up: $(printf %q "$name")"
	before=$(kernel_total)
	in_ns unknown /usr/bin/python3 tests/netns/packets.py send "10.1.0.20$number" $((3000 + number)) \
		$'"}\n{"event.action":"stop"'
	wait_until 100 more_blocked "$before" || fail "no packet came by $(printf %q "$name")"
done
# Packets of every shape that has no place in a flow.
block 10.3.0.10 20 1
in_ns internet.a /usr/bin/python3 - <<'END'
import os, random, socket
random.seed(7)
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as out:
    for protocol in list(range(0, 256, 5)) + [6, 17, 1, 132]:
        payload = random.randbytes(random.randrange(0, 60))
        head = bytes([0x45, 0, 0, 20 + len(payload), 0, 1, 0, 0, 64, protocol, 0, 0,
                      10, 3, 0, 10, 10, 1, 0, 10])
        try:
            out.sendto(head + payload, ("10.1.0.10", 0))
        except OSError:
            pass
END
flush || fail "flush"

# Each name is in a record, as it is: what is not UTF-8 is U+FFFD.
for number in "${!NAMES[@]}"; do
	# The ASCII characters of it are enough to compare.
	wanted=$(/usr/bin/python3 -c 'import os, sys
name = os.fsencode(sys.argv[1])
print("".join(chr(c) if 32 <= c < 127 else "" for c in name))' "${NAMES[number]}")
	records "select(.\"destination.port\" == $((3000 + number))) | .\"observer.ingress.interface.name\"" >"$WORK/name"
	found=$(jq -r . "$WORK/name" | LC_ALL=C tr -cd ' -~')
	[ "$found" = "$wanted" ] || fail "name $number: $(cat "$WORK/name"), not $wanted"
done
[ "$(records 'select(."event.action" == "stop")' | wc -l)" = 0 ] || fail "a packet forged an event"

# In each form as many records as in the log, none with a control character.
count=$(records 'select(."event.action" == "flow-blocked" or ."event.action" == "flow-observed" or
	."event.action" == "detail-lost" or ."event.action" == "records-lost")' | wc -l)
[ "$count" -gt 40 ] || fail "only $count flows"
for form in json ecs ocsf cef rfc5424 csv table; do
	hedate log -d "$LOGS" --format $form >"$WORK/form" || fail "--format $form"
	[ "$(wc -l <"$WORK/form")" = $((count + $([ $form = csv ] || [ $form = table ] && echo 1 || echo 0))) ] ||
		fail "--format $form: $(wc -l <"$WORK/form") lines of $count records"
	iconv -f UTF-8 -t UTF-8 "$WORK/form" >/dev/null || fail "--format $form is not UTF-8"
	LC_ALL=C grep -q $'[\x01-\x09\x0b\x0c\x0e-\x1f\x7f]\|\xe2\x80\xae' "$WORK/form" &&
		fail "--format $form: a control character"
done
[ "$(hedate log -d "$LOGS" --format ecs | jq -r '.event.sequence' | sort -un | wc -l)" = "$count" ] || fail "ecs"

# show: the chain that it names is there, for each reason and pair that was met.
records 'select(."event.action" == "flow-blocked")' |
	jq -rs 'group_by([."event.reason", ."hedate.zone.source", ."hedate.segment.source", ."hedate.zone.destination"])[] |
		.[0]."event.sequence"' >"$WORK/numbers"
[ "$(wc -l <"$WORK/numbers")" -ge 2 ] || fail "few reasons: $(cat "$WORK/numbers")"
while read -r number; do
	hedate log show "$number" -d "$LOGS" >"$WORK/said" || fail "show $number"
	LC_ALL=C grep -q $'\x1b' "$WORK/said" && fail "show $number: an escape sequence"
	chain=$(sed -n 's/^  Rule: chain \([^ ]*\) of.*/\1/p' "$WORK/said")
	nft_gw list chain inet hedate "$chain" >/dev/null 2>&1 || fail "no chain '$chain' of: $(cat "$WORK/said")"
	grep -q '^  Why blocked: .' "$WORK/said" || fail "show $number does not say why"
done <"$WORK/numbers"
for number in 0 x 99999999; do
	hedate log show $number -d "$LOGS" >/dev/null 2>&1 && fail "show $number"
done
finish

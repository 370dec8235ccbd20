#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# "hedate ha" asks the other gateway by ssh, as hedate-ha(7) has it: Debian's sshd, a key that is good
# for the digest alone, a user who is an auditor there, and the two gateways' own rule sets between
# them.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/unpacked.sh
. "$NETNS_DIR/unpacked.sh"
# shellcheck source=tests/netns/ha.sh
. "$NETNS_DIR/ha.sh"
with_packages ssh /usr/sbin/sshd openssh-server openssh-client
role_groups
accounts passwd <<'END'
sshd:x:64908:65534::/run/sshd:/usr/sbin/nologin
asks:x:64907:64806::/:/bin/sh
END
mkdir /run/sshd

P1='{ name = "P1"; from = "my"; to = "lg"; service = "https"; reason = "試験"; }'
P2='{ name = "P2"; from = "my"; to = "lg"; service = "other"; reason = "試験"; }'
HA_COMMAND="\"/usr/bin/ssh\", \"-F\", \"$WORK/a/ssh_config\", \"gwb\""
ha_topology || die "the two gateways could not be built"
programs_up
install -m 755 "$BUILD/hedate" "$PROGRAMS/" || die "hedate could not be copied"
mkdir -p "$WORK/a/run" "$WORK/b/run"
ha_config b "$P1, $P2" >"$WORK/a/hedate.conf"
ha_config a "$P1, $P2" >"$WORK/b/hedate.conf"
ha_start_hedated a
ha_start_hedated b

key()
{
	ssh-keygen -q -t ed25519 -N "" -C "$2" -f "$WORK/$1" || die "no key"
}
key b/host gwb
key b/other-host gwb
key a/key asks@gwa
key a/other-key asks@gwa

cat >"$WORK/b/sshd_config" <<END
ListenAddress 10.9.1.3:22
ListenAddress 10.9.1.3:2222
HostKey $WORK/b/host
PidFile none
PasswordAuthentication no
AuthorizedKeysFile $WORK/b/authorized_keys
END
echo "restrict,command=\"$PROGRAMS/hedate -r $WORK/b/run digest --json\" $(cat "$WORK/a/key.pub")" \
	>"$WORK/b/authorized_keys"
cat >"$WORK/a/ssh_config" <<END
Host gwb
	HostName 10.9.1.3
	User asks
	IdentityFile $WORK/a/key
	IdentitiesOnly yes
	BatchMode yes
	RequestTTY no
	ConnectTimeout 10
	UserKnownHostsFile $WORK/a/known_hosts
	GlobalKnownHostsFile none
	StrictHostKeyChecking yes
END
know()
{
	echo "10.9.1.3 $(cut -d' ' -f1,2 "$WORK/b/$1.pub")" >"$WORK/a/known_hosts"
}
know host
chmod 755 "$WORK" "$WORK/b"
ha_start b sshd /usr/sbin/sshd -D -e -f "$WORK/b/sshd_config"
wait_until 100 grep -q "Server listening" "$WORK/b/sshd.out" || die "sshd: $(cat "$WORK/b/sshd.out")"

# asks STATUS TEXT: what "hedate ha" of a says.
asks()
{
	local status
	in_ns gwa "$BUILD/hedate" -r "$WORK/a/run" --profiles "$POLICIES" ha -c "$WORK/a/hedate.conf" \
		>"$WORK/out" 2>&1
	status=$?
	[ "$status" = "$1" ] || fail "status $status, not $1: $(cat "$WORK/out" "$WORK/b/sshd.out")"
	grep -q -- "$2" "$WORK/out" || fail "it does not say $2: $(cat "$WORK/out")"
	say "$(grep -m 1 -- "$2" "$WORK/out")"
}
# The group of the user on b. The file is another one's mount: it has to stay the same file.
group()
{
	local text
	text=$(sed "s/^asks:x:64907:[0-9]*:/asks:x:64907:$1:/" "$WORK/passwd")
	echo "$text" >"$WORK/passwd"
}

# Does b let one from this namespace connect?
connects()
{
	in_ns "$1" timeout 3 bash -c ": </dev/tcp/10.9.1.3/$2" 2>/dev/null
}

asks 0 "gwb has the same in force"

# Whatever is asked for, the key is good for the digest alone.
said=$(in_ns gwa ssh -F "$WORK/a/ssh_config" gwb id 2>/dev/null)
[[ $said == *'"site":"pair"'* && $said != *uid=* ]] || fail "the key runs other commands: $said"

# b has another policy.
ha_config a "$P1" >"$WORK/b/hedate.conf"
ha_hedate b apply >/dev/null || fail "apply on b"
asks 5 "DIFFERS"
ha_config a "$P1, $P2" >"$WORK/b/hedate.conf"
ha_hedate b apply >/dev/null || fail "apply on b"
asks 0 "gwb has the same in force"

# Somebody else answers at b's address; b does not know the key.
know other-host
asks 1 "gwb: the command that asks it ended with status 255"
know host
sed -i "s,$WORK/a/key,$WORK/a/other-key," "$WORK/a/ssh_config"
asks 1 "gwb: the command that asks it ended with status 255"
sed -i "s,$WORK/a/other-key,$WORK/a/key," "$WORK/a/ssh_config"

# The user there is no auditor.
group 65534
asks 1 "gwb: the command that asks it ended with status"
group 64806
asks 0 "gwb has the same in force"

# Nothing but what the policies permit crosses between the two.
connects gwa 22 || fail "tcp/22 from a to b"
connects gwb 2222 || fail "tcp/2222 from b to itself"
connects gwa 2222 && fail "tcp/2222 from a to b"

for gateway in a b; do
	wait_until 100 ha_hedate $gateway flush || fail "flush of $gateway"
done
said=$(cat "$WORK"/a/log/hedate-*.jsonl |
	jq -r 'select(."event.action" | startswith("ha-")) |
		[."event.action", ."hedate.peer", ."hedate.differs" // "-"] | join(" ")' | paste -sd,)
expected="ha-agrees gwb -,ha-differs gwb digest,ha-agrees gwb -"
expected="$expected,ha-differs gwb no-answer,ha-agrees gwb -"
[ "$said" = "$expected" ] || fail "on record at a: $said"
kill -TERM "${HA_PIDS[b.sshd]}" "${HA_PIDS[a.hedated]}" "${HA_PIDS[b.hedated]}"
wait
LOGS=$WORK/a/log
check_records
[ "$FAILED" = 0 ]

# shellcheck shell=bash
# The real rsyslog at both ends, with the configuration files that are installed; only paths and
# names are put in, as an administrator does (sourced, after common.sh and lab.sh).
# shellcheck source=tests/netns/unpacked.sh
. "$NETNS_DIR/unpacked.sh"

FORWARD=$WORK/forward        # work directory of the sending side
REMOTE=$WORK/remote          # what the collector writes
RSYSLOG=$SOURCE_DIR/conf/rsyslog
# shellcheck disable=SC2034
LAB_SERVICES="$LAB_SERVICES
{ name = \"relp\"; tcp = 2514; }
{ name = \"plain\"; tcp = 514; udp = 514; }"

forward_packages()
{
	with_packages rsyslog /usr/sbin/rsyslogd rsyslog rsyslog-relp rsyslog-openssl rsyslog-pgsql
	mkdir -p "$FORWARD/again" "$WORK/collector" "$WORK/conf" "$WORK/tls"
}

# What the gateway may send to the collector, 10.9.0.10.
forward_output()
{
	echo 'output = ( { name = "H2"; to = "mg"; service = [ "relp", "syslog", "plain" ];
		reason = "記録"; } );'
}

# A certificate: certificate FILE NAME
certificate()
{
	local tls=$WORK/tls
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$2" \
		-keyout "$tls/$1.key" -out "$tls/$1.csr" 2>/dev/null || die "no key for $2"
	openssl x509 -req -in "$tls/$1.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" \
		-CAcreateserial -days 2 -extfile <(echo "subjectAltName=DNS:$2") \
		-out "$tls/$1.pem" 2>/dev/null || die "no certificate for $2"
}

forward_certificates()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
		-subj "/CN=lab" -keyout "$WORK/tls/ca.key" -out "$WORK/tls/ca.pem" 2>/dev/null ||
		die "no certificate authority"
	certificate gateway lab.gateway.example.jp
	certificate collector collector.example.jp
}

# A shipped file with the places of this test in it.
put_in()
{
	sed -e "s,/etc/hedate/tls,$WORK/tls,g" -e "s,/var/log/hedate-remote,$REMOTE,g" \
		-e "s,/var/log/hedate/,$LOGS/,g" -e "s,/var/lib/hedate-forward,$FORWARD,g" \
		-e "s,/usr/share/hedate/rsyslog,$WORK/conf,g" \
		-e "s,/run/collector.sock,$WORK/collector.sock,g" \
		-e 's,target="collector.example.jp",target="10.9.0.10",' \
		-e 's,resumeInterval="5",resumeInterval="1",' "$RSYSLOG/$1" \
		>"$WORK/conf/$1" || die "$1"
}

# As hedate-forward.service does. $1: relp, tls, tcp, udp, unix.
forwarder_start()
{
	put_in log.conf
	put_in "forward-$1.conf"
	"$RSYSLOG/hedate-rewind" "$FORWARD" || fail "hedate-rewind"
	nsenter --net="/run/netns/${TOPOLOGY}gw" rsyslogd -n -iNONE -f "$WORK/conf/forward-$1.conf" \
		>>"$WORK/forwarder.out" 2>&1 &
	# shellcheck disable=SC2034
	FORWARDER=$!
}

# Another configuration file of the collector.
COLLECTOR_MORE=
collector_start()
{
	put_in receive.conf
	# shellcheck disable=SC2086
	{
		echo "global(workDirectory=\"$WORK/collector\")"
		cat "$WORK/conf/receive.conf" $COLLECTOR_MORE
	} >"$WORK/conf/collector.conf"
	nsenter --net="/run/netns/${TOPOLOGY}management.a" rsyslogd -n -iNONE -f "$WORK/conf/collector.conf" \
		>>"$WORK/collector.out" 2>&1 &
	# shellcheck disable=SC2034
	COLLECTOR=$!
}

# The service is ended by SIGKILL, and so may be the collector: the worst that happens.
end()
{
	kill -KILL "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# That many blocked flows from 10.3.0.$1, and all of them on disk.
block()
{
	local words
	plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" count="$2" distinct="$2" "source=10.3.0.$1" >/dev/null ||
		fail "send"
	flush || fail "flush"
}

# The collector's copy, without what came twice.
received_lines()
{
	cat "$REMOTE"/*/hedate-*.jsonl 2>/dev/null | LC_ALL=C sort -u
}

received_checkpoints()
{
	cat "$REMOTE"/*/hedate-*.seal 2>/dev/null | grep '^— ' | LC_ALL=C sort -u
}

all_received()
{
	# As long as there are fewer, they need not be compared.
	[ "$(cat "$REMOTE"/*/hedate-*.jsonl 2>/dev/null | wc -l)" -ge "$(wc -l <"$WORK/lines")" ] || return 1
	# What is written now is newer than what is asked about.
	[ -z "$(LC_ALL=C comm -23 "$WORK/lines" <(received_lines))" ] &&
		[ -z "$(LC_ALL=C comm -23 "$WORK/checkpoints" <(received_checkpoints))" ]
}

# Everything that is in the log now gets to the collector, byte for byte, and nothing else does.
expect_all()
{
	cat "$LOGS"/hedate-*.jsonl | LC_ALL=C sort >"$WORK/lines"
	cat "$LOGS"/hedate-*.seal | grep '^— ' | LC_ALL=C sort >"$WORK/checkpoints"
	wait_until 400 all_received || {
		fail "$1: not received: $(LC_ALL=C comm -23 "$WORK/lines" <(received_lines) | wc -l) of" \
			"$(wc -l <"$WORK/lines") lines, $(LC_ALL=C comm -23 "$WORK/checkpoints" \
			<(received_checkpoints) | wc -l) of $(wc -l <"$WORK/checkpoints") checkpoints"
		tail -n 3 "$WORK"/{forwarder,collector}.out
	}
	say "$1: $(wc -l <"$WORK/lines") lines, $(wc -l <"$WORK/checkpoints") checkpoints"
	[ -z "$(LC_ALL=C comm -13 <(cat "$LOGS"/hedate-*.jsonl | LC_ALL=C sort) <(received_lines))" ] ||
		fail "$1: lines that are not in the log"
}

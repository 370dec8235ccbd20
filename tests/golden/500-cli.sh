#!/bin/bash
# The command line without a daemon: exit codes, --help, mistakes, JSON, output that cannot be
# written. What is said is compared with tests/golden/cli.expected; after a change on purpose:
#	UPDATE=1 tests/golden/500-cli.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 LANGUAGE='' TZ=JST-9 NO_COLOR=''
unset HEDATE_LOCALEDIR TERM
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-cli.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0
seen=$work/seen
: >"$seen"

hedate()
{
	"$build/hedate" "$@"
}

complain()
{
	echo "$*"
	bad=1
}

# try CODE ARGUMENT...: run, compare the exit code, keep what was said
try()
{
	local wanted=$1 code
	shift
	hedate "$@" >"$work/out" 2>"$work/err" </dev/null
	code=$?
	[ "$code" = "$wanted" ] || complain "hedate $*: exit code $code, not $wanted"
	{
		echo "\$ hedate $* -> $code"
		sed 's/^/    /' "$work/out"
		sed 's/^/  ! /' "$work/err"
	} | sed "s,$work,WORK,g; s, *$,," >>"$seen"
}

# code CODE ARGUMENT...: compare the exit code only
code()
{
	local wanted=$1 code
	shift
	hedate "$@" >/dev/null 2>&1 </dev/null
	code=$?
	[ "$code" = "$wanted" ] || complain "hedate $*: exit code $code, not $wanted"
}

# json FILTER ARGUMENT...: is stdout one JSON value of which the filter holds?
json()
{
	local filter=$1
	shift
	hedate "$@" >"$work/out" 2>/dev/null </dev/null
	jq -es "length == 1 and (.[0] | $filter)" <"$work/out" >/dev/null ||
		complain "hedate $*: not the JSON that $filter holds for: $(head -c 400 "$work/out")"
}

cat >"$work/good.conf" <<'END'
site = { name = "test"; };
zones = (
  { name = "mynumber"; kind = "mynumber"; label = "マイナンバー利用事務系";
    segments = ( { name = "servers"; interface = "eth0"; networks = [ "10.10.0.0/24", "fd00:10::/64" ]; } ); },
  { name = "lgwan"; kind = "lgwan"; label = "LGWAN接続系";
    segments = ( { name = "servers"; interface = "eth1"; networks = [ "10.20.0.0/24", "fd00:20::/64" ]; } ); }
);
hosts = ( { name = "wsus"; address = "10.20.0.30"; },
  { name = "updater"; address = "10.10.0.30"; mac = "00:00:5e:00:53:30"; } );
services = ( { name = "wsus"; tcp = "8530-8531"; }, { name = "ssh"; tcp = 22; } );
paths = ( { name = "F06"; from = "updater"; to = "wsus"; service = "wsus"; reason = "更新"; } );
gateway = { input = ( { name = "H1"; from = "lgwan.servers"; service = "ssh"; reason = "保守"; } ); };
END
sed 's/"wsus"; service/"wsuss"; service/' "$work/good.conf" >"$work/bad.conf"
cp "$work/good.conf" "$work/open.conf"
chmod 666 "$work/open.conf"
head -c 4096 /dev/urandom >"$work/binary.conf"
mkdir "$work/log" "$work/empty" "$work/run"

flow()
{
	printf '{"@timestamp":"2026-11-20T%s","event.sequence":%d,"event.kind":"event","event.category":"network","event.type":"denied","event.action":"flow-blocked","event.outcome":"success","event.reason":"%s","rule.ruleset":"0123456789ab","hedate.zone.source":"%s","hedate.zone.destination":"%s","hedate.segment.source":"%s.terminals","observer.ingress.interface.name":"eth%d","source.mac":"00-00-5E-00-53-05","source.ip":"%s","source.port":40000,"destination.ip":"%s","destination.port":443,"network.type":"ipv4","network.transport":"tcp","network.iana_number":"6","hedate.tcp.flags":"S","network.packets":%d,"network.bytes":180,"hedate.detail":"%s"}\n' \
		"$1" "$2" "$3" "$4" "$5" "$4" "$6" "$7" "$8" "$9" "${10}"
}
ledger()
{
	printf '{"@timestamp":"2026-11-20T%s","event.sequence":%d,"event.kind":"metric","event.action":"ledger","hedate.epoch":41,"hedate.ledger.packets":7,"hedate.ledger.recorded":4,"hedate.ledger.lost":3}\n' "$1" "$2"
}
{
	printf '{"@timestamp":"2026-11-20T07:00:00Z","event.sequence":1,"event.kind":"event","event.category":"process","event.action":"start","event.outcome":"success","message":"hedated 0.1.0"}\n'
	flow 08:00:00.5Z 2 no-path internet mynumber 2 10.30.17.5 10.10.0.10 1234567 full
	flow 08:00:01Z 3 spoof internet unknown 2 10.20.16.9 10.20.0.1 1 full
	flow 08:00:02Z 4 no-path lgwan internet 1 fd00:20::5 2001:db8::80 2 counted
	printf '{"@timestamp":"2026-11-20T08:00:09Z","event.sequence":5,"event.kind":"event","event.category":"process","event.action":"records-lost","event.outcome":"failure","message":"detail of 7 packets was lost","hedate.lost.packets":7}\n'
	ledger 08:00:10Z 6
} >"$work/log/hedate-20261120.jsonl"
{
	flow 15:30:00Z 7 device mynumber lgwan 0 10.10.0.60 10.20.0.2 3 overflow
	ledger 15:30:10Z 8
	# Not yet whole: must not be shown.
	flow 15:31:00Z 9 no-path mynumber lgwan 0 10.10.0.61 10.20.0.2 3 full
} | sed 's/2026-11-20/2026-11-21/' >"$work/log/hedate-20261121.jsonl"
LOG=(log -d "$work/log" -r "$work/run")

# The whole, and each command's help.
try 0 --version
try 0 -V
try 2
try 0 --help
for command in init check explain lint replay compile apply status zones paths exception log alert incident inspect evidence metrics flush isolate quarantine release isolated; do
	try 0 $command --help
	code 0 --help $command
	code 0 $command --version
	code 0 $command -h
	code 2 $command --no-such-option
	code 2 $command -Q
done
for step in request approve refuse revoke report list show export; do
	try 0 exception $step --help
	code 2 exception $step --no-such-option
	[ $step = request ] || code 2 exception $step X-2026-0001 X-2026-0002
done
try 2 exception
try 2 exception aprove
try 2 exception request X-2026-0001
try 2 exception request --for 1h --until 17:00
try 2 exception request --for -1h
try 2 exception request --for soon
try 2 exception request --until never
try 2 exception request --start 25:00 --for 1h
try 2 exception approve
try 2 exception refuse X-2026-0001
try 2 exception report X-2026-0001
try 2 chekc
try 2 frobnicate
try 2 check --no-such-option
try 2 log -Q
try 2 --jsno status
try 2 --color=sometimes status
try 2 -r
try 2 status extra
try 2 status --json=yes

# Configurations.
try 2 init extra
try 2 init -o "$work/init.conf"
try 1 init -a "$work/none" -o "$work/init.conf"
try 1 init -y -o "$work/good.conf"
try 2 check
try 2 check "$work/good.conf" "$work/bad.conf"
try 0 check "$work/good.conf"
try 0 --color=never check -- "$work/good.conf"
try 0 --color=always check "$work/good.conf"
NO_COLOR=1 try 0 --color=always check "$work/good.conf"
try 4 check "$work/bad.conf"
try 4 check "$work/open.conf"
try 4 check "$work/none.conf"
try 4 check "$work"
try 4 check /dev/null
hedate check "$work/binary.conf" >"$work/out" 2>&1
[ $? = 4 ] || complain "a binary file is not refused with 4"
json '.valid and .revision != null and (.paths | length) == 2 and .diagnostics == []' \
	check "$work/good.conf" --json
json '(.valid | not) and .revision == null and .paths == [] and (.diagnostics | length) > 0 and
	.diagnostics[0].severity == "error"' check --json "$work/bad.conf"
json '(.valid | not)' --json check "$work/none.conf"
try 2 compile
try 4 compile "$work/bad.conf"
hedate compile "$work/good.conf" >"$work/out" 2>"$work/err" || complain "compile fails"
grep -q '^table inet hedate {' "$work/out" || complain "compile does not print a table"
[ ! -s "$work/err" ] || complain "compile complains"
json '.table == "hedate" and (.chains | length) > 5' compile --json "$work/good.conf"

# What is isolated: mistakes that come before everything else.
try 2 isolate mynumber
try 2 isolate --reason x
try 2 isolate --reason x mynumber lgwan
try 2 quarantine 10.1.0.5
try 2 release --reason x
try 2 release --reason x --all mynumber
try 2 isolated mynumber
code 2 isolate --all --reason x

# Without a daemon.
for command in status zones paths flush apply; do
	try 3 -r "$work/run" $command
	try 3 $command -r "$work/run"
done
try 3 -r "$work/run" exception list
try 3 -r "$work/run" exception request --for 1h
try 3 -r "$work/run" exception approve X-2026-0001
code 3 -r "$work/run" exception approve X-2026-0001 --json
try 4 -r "$work/run" apply "$work/none.conf"
try 3 -r "$work/run" apply "$work/good.conf"
json '.applied == false' -r "$work/run" apply --json "$work/none.conf"
hedate -r "$work/run" metrics -d "$work/log" 2>"$work/err" | sed 's/\(_bytes\|_seconds\) [0-9]*$/\1 N/' >"$work/out"
diff "$work/out" - <<'END' || complain "hedate metrics without a daemon: < is what it says"
# HELP hedate_up 1: hedated answers.
# TYPE hedate_up gauge
hedate_up 0
# HELP hedate_log_readable 1: the log could be looked at by whoever asked for this.
# TYPE hedate_log_readable gauge
hedate_log_readable 1
# HELP hedate_log_files Files of records.
# TYPE hedate_log_files gauge
hedate_log_files 2
# HELP hedate_log_bytes Bytes that they take on disk.
# TYPE hedate_log_bytes gauge
hedate_log_bytes N
# HELP hedate_log_filesystem_bytes Size of the file system that the log is on.
# TYPE hedate_log_filesystem_bytes gauge
hedate_log_filesystem_bytes N
# HELP hedate_log_filesystem_free_bytes Bytes of it that the recorder may still fill.
# TYPE hedate_log_filesystem_free_bytes gauge
hedate_log_filesystem_free_bytes N
# HELP hedate_log_written_timestamp_seconds When a record was last written.
# TYPE hedate_log_written_timestamp_seconds gauge
hedate_log_written_timestamp_seconds N
END
code 3 -r "$work/run" metrics
{
	cat "$work/good.conf"
	cat <<'END'
alerts = ( { name = "scans"; action = "scan"; command = "/bin/true"; },
  { name = "forged"; reason = "spoof"; from = "lgwan"; packets = 3; every = 60; command = [ "/bin/false", "x" ]; } );
END
} >"$work/alerts.conf"
try 0 alert -c "$work/alerts.conf" --list
json '.alerts[0].every == 300 and .alerts[1].packets == 3 and .alerts[1].command == ["/bin/false", "x"]' \
	alert -c "$work/alerts.conf" --list --json
try 0 alert -c "$work/alerts.conf" --test scans
try 1 alert -c "$work/alerts.conf" --test forged
try 1 alert -c "$work/alerts.conf" --test other
try 2 alert -c "$work/alerts.conf" --list --dry-run
try 2 alert extra
try 2 alert --since never
try 4 alert -c "$work/bad.conf" --list
try 1 alert -c "$work/alerts.conf" -d "$work/none"
try 1 alert -c "$work/alerts.conf" -d "$work/empty" --state "$work/none"

# A report, but for the time at which it is drafted.
draft()
{
	echo "\$ hedate incident draft $*" | sed "s,$work,WORK,g"
	hedate -r "$work/run" incident draft -d "$work/log" --since 2026-11-20 --until 2026-11-23 \
		-c "$work/good.conf" "$@" 2>&1 | sed "/^- drafted:/d; /^- 作成日時:/d; s,$work,WORK,g; s/^./    &/"
}
{
	draft
	draft --for prefecture --zone mynumber
	draft --source 203.0.113.1 -c "$work/none.conf"
} >>"$seen"
json '.records == 4 and .packets == 1234573 and .lost_packets == 7 and (.events | length) == 2 and
	.first_sequence == 2 and .last_sequence == 7' \
	-r "$work/run" incident draft --json -d "$work/log" --since 2026-11-20
try 2 incident
try 2 incident drafts
try 2 incident draft draft
try 2 incident draft --for mayor
try 2 incident draft --last 3
try 2 incident draft --since never
try 1 incident draft -d "$work/none"
try 2 inspect lst
try 2 inspect --since never
try 2 inspect --lang fr
try 2 inspect show
try 2 inspect show 0
try 2 inspect show 1 2
try 2 inspect list 1
try 2 inspect note 1
try 2 inspect note -i "$(printf '%0500d' 0)" 1
try 2 inspect sign
mkdir "$work/inspect"
try 0 inspect list --results "$work/inspect" -d "$work/log"
try 1 inspect show --results "$work/inspect" 1
try 1 inspect sign --results "$work/inspect" 1
echo '{}' >"$work/inspect/000001.json"
try 1 inspect show --results "$work/inspect" 1
try 2 evidence
try 2 evidence "$work/new" other
try 2 evidence --since never "$work/new"
try 2 evidence --since 2026-11-21 --until 2026-11-20 "$work/new"
try 1 evidence --key "$work/no/key" "$work/new"
code 2 metrics extra
json '.metrics[0].name == "hedate_up" and .metrics[0].samples == [{labels: {}, value: 0}]' \
	-r "$work/run" metrics --json -d "$work/none"
long=$(printf '%0200d' 0)
try 3 -r "$work/$long" status

# The log.
try 0 "${LOG[@]}"
try 0 "${LOG[@]}" --events
try 0 "${LOG[@]}" -n 2
try 0 "${LOG[@]}" -n 0
try 0 "${LOG[@]}" --zone mynumber
try 0 "${LOG[@]}" --zone internet.terminals
try 0 "${LOG[@]}" --pair internet,mynumber
try 0 "${LOG[@]}" --pair mynumber,internet
try 0 "${LOG[@]}" --address 10.10.0.0/24
try 0 "${LOG[@]}" --source fd00:20::/64
try 0 "${LOG[@]}" --destination 10.20.0.1
try 0 "${LOG[@]}" --port 443 --protocol tcp --reason spoof
try 0 "${LOG[@]}" --protocol udp
try 0 "${LOG[@]}" --interface eth2 --mac 00:00:5e:00:53:05 --revision 0123
try 0 "${LOG[@]}" --since 2026-11-21 --until 2026-11-21
try 0 "${LOG[@]}" --since '2026-11-20 17:00:01' --until 2026-11-20T08:00:02Z
try 0 "${LOG[@]}" --until 2026-11-19
try 0 "${LOG[@]}" --action ledger
try 0 "${LOG[@]}" --zone nowhere
try 0 log -d "$work/empty"
try 1 log -d "$work/none"
try 2 "${LOG[@]}" --since tomorrow
try 2 "${LOG[@]}" --since today --until yesterday
try 2 "${LOG[@]}" --zone 'Not a zone'
try 2 "${LOG[@]}" --pair mynumber
try 2 "${LOG[@]}" --address 10.0.0.256
try 2 "${LOG[@]}" --port 65536
try 2 "${LOG[@]}" --port http
try 2 "${LOG[@]}" --protocol tpc
try 2 "${LOG[@]}" --protocol frobnicate
try 2 "${LOG[@]}" --reason no-pth
try 2 "${LOG[@]}" --reason frobnicate
try 2 "${LOG[@]}" --mac 00:00
try 2 "${LOG[@]}" -n many
try 3 "${LOG[@]}" --path F03
try 2 "${LOG[@]}" extra
try 2 "${LOG[@]}" --format jsno
try 2 "${LOG[@]}" --format frobnicate
try 2 "${LOG[@]}" --format csv --count
try 0 "${LOG[@]}" --format cef -n 1
for word in pcap show; do
	try 0 log $word --help
	code 2 log $word --no-such-option
	try 2 log $word extra
done
for number in 2 3 5 7; do
	try 0 log show -d "$work/log" $number
done
try 1 log show -d "$work/log" 99
try 1 log show -d "$work/none" 1
try 2 log show -d "$work/log"
try 2 log show 1 2
json '.record."event.sequence" == 7 and .explanation.chain == "deny-device-mynumber.terminals-lgwan"' log show -d "$work/log" --json 7
try 2 log pcap -f -o "$work/out.pcap"
try 1 log pcap -d "$work/log" -o "$work/good.conf"
try 1 log pcap -d "$work/none" -o "$work/out.pcap"
[ ! -e "$work/out.pcap" ] || complain "a pcap file of nothing was left"
try 0 log pcap -d "$work/log" -r "$work/run" -o "$work/out.pcap"
try 0 "${LOG[@]}" --count
try 0 "${LOG[@]}" --count --reason spoof
try 0 "${LOG[@]}" --count --json
for what in src dst port pair reason; do
	try 0 "${LOG[@]}" --top "$what"
	try 0 "${LOG[@]}" --top "$what" --json
done
try 0 "${LOG[@]}" --top src -n 1
try 0 "${LOG[@]}" --top src -n 0
try 0 "${LOG[@]}" --top src --events
try 0 "${LOG[@]}" --top reason --until 2026-11-19
try 2 "${LOG[@]}" --top address
try 2 "${LOG[@]}" --top src --count
try 2 "${LOG[@]}" --top src -f
try 2 "${LOG[@]}" --count -n 3

# Its index: the same answers.
mkdir "$work/index"
try 0 log index --help
try 0 log index -d "$work/log" --index "$work/index"
try 0 log index -d "$work/log" --index "$work/index" --json
try 0 log index -d "$work/log" --index "$work/index" --anew
try 1 log index -d "$work/log" --index "$work/none"
try 1 log index -d "$work/none" --index "$work/index"
try 2 log index extra

# Holds, copies and reviews of the log.
for word in hold export review; do
	try 0 log $word --help
	code 2 log $word --no-such-option
done
mkdir "$work/kept"
try 0 log hold -d "$work/kept"
cat >"$work/kept/hedate.keep" <<'END'
{"hold":2,"since":"2026-11-20T00:00:00.000000000Z","time":"2026-11-21T01:02:03.000000000Z","by":"taro","text":"照会 第3号"}
{"hold":5,"since":"1970-01-01T00:00:00.000000000Z","time":"2026-11-21T01:02:04.000000000Z","by":"","text":"x"}
{"holds":5}
END
try 0 log hold -d "$work/kept"
try 0 log hold -d "$work/kept" --json
echo '{"hold":2' >"$work/kept/hedate.keep"
try 1 log hold -d "$work/kept"
try 1 log hold -d "$work/none"
try 2 log hold --since yesterday
try 2 log hold --reason ''
try 2 log hold --reason x --since soon
try 2 log hold --reason x --release 0
try 2 log hold --reason x --release 1 --since today
try 2 log hold extra
try 3 log hold --reason x -r "$work/run"
try 2 log review
try 2 log review --note x --to 0
try 3 log review --note x -r "$work/run"
try 2 log export
try 2 log export one another
try 1 log export -d "$work/log" "$work/kept"
try 1 log export -d "$work/log" "$work/none"
for question in "" "--events" "-n 2" "--top src" "--count --json" "--zone internet.terminals" "--address 10.10.0.0/24" "--zone nowhere"; do
	# shellcheck disable=SC2086 # options
	hedate "${LOG[@]}" $question >"$work/scanned" 2>&1
	# shellcheck disable=SC2086
	hedate "${LOG[@]}" --index "$work/index" $question >"$work/out" 2>&1
	cmp -s "$work/scanned" "$work/out" || complain "hedate log $question: another answer with an index"
done

# The lines as they stand.
hedate "${LOG[@]}" --json --action flow-blocked >"$work/out" || complain "log --json fails"
cat "$work"/log/*.jsonl | grep flow-blocked | head -n 4 | cmp -s - "$work/out" ||
	complain "log --json does not print the lines as they stand"
hedate "${LOG[@]}" --json -n 1 | grep -q '"event.sequence":7,' || complain "log -n 1: another line"

# Lines that are no records are a failure, but the others are shown.
mkdir "$work/damaged"
{
	echo 'not a record'
	flow 08:00:00Z 2 no-path internet mynumber 2 10.30.17.5 10.10.0.10 3 full
	printf '{"@timestamp":"2026-11-20T08:00:00Z",\n'
	ledger 08:00:10Z 6
} >"$work/damaged/hedate-20261120.jsonl"
try 1 log -d "$work/damaged"
try 1 log -d "$work/damaged" --count
[ "$(hedate log -d "$work/damaged" --json 2>/dev/null | wc -l)" = 1 ] ||
	complain "a damaged log: the good line is not shown"

# A terminal must not obey what is in a log.
printf '{"@timestamp":"2026-11-20T08:00:00Z","event.action":"start","message":"a\\u001b[31mb\\u009bc"}\n' \
	>"$work/empty/hedate-20261120.jsonl"
hedate log -d "$work/empty" --events | grep -q "$(printf '\033')" && complain "an escape came through"

# Following: over the end of an epoch and of a day.
follow=$work/follow
mkdir "$follow"
flow 23:59:50Z 1 no-path internet mynumber 2 10.30.17.5 10.10.0.10 1 full >"$follow/hedate-20261120.jsonl"
# Not the function: the shell that ran it would be killed, and not the program.
"$build/hedate" log -d "$follow" -f --json >"$work/followed" &
pid=$!
# wait_for LINES: until so many were seen
wait_for()
{
	local i
	for ((i = 0; i < 100; i++)); do
		[ "$(wc -l <"$work/followed")" -ge "$1" ] && return
		sleep 0.05
	done
	complain "log -f: $(wc -l <"$work/followed") lines, not $1"
}
sleep 0.3
[ -s "$work/followed" ] && complain "log -f shows an epoch that is not whole"
ledger 23:59:59Z 2 >>"$follow/hedate-20261120.jsonl"
wait_for 1
flow 00:00:05Z 3 spoof internet mynumber 2 10.30.17.6 10.10.0.10 1 full >"$follow/hedate-20261121.jsonl"
ledger 00:00:10Z 4 >>"$follow/hedate-20261121.jsonl"
wait_for 2
kill "$pid" && kill -0 "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
[ "$(jq -r '."event.reason"' "$work/followed" | tr '\n' ' ')" = "no-path spoof " ] ||
	complain "log -f: other records: $(cat "$work/followed")"
# Its reader goes away: it ends.
timeout 10 "$build/hedate" log -d "$follow" -f | head -n 1 >"$work/out"
[ "${PIPESTATUS[0]}" = 1 ] || complain "log -f does not end when its reader does"

# Output that cannot be written.
hedate check "$work/good.conf" >/dev/full 2>"$work/err"
[ $? = 1 ] || complain "a full disk is not noticed"
grep -q 'No space left' "$work/err" || complain "a full disk is not named"
hedate --help >/dev/full 2>/dev/null
[ $? = 1 ] || complain "--help: a full disk is not noticed"
hedate compile "$work/good.conf" | true
status=${PIPESTATUS[0]} # 0: it was done before the pipe was closed
[ "$status" -le 1 ] || complain "a closed pipe kills compile: exit status $status"
hedate log -d "$work/log" >&- 2>"$work/err"
[ $? = 1 ] || complain "a closed stdout is not noticed"

if [ "${UPDATE:-}" ]; then
	cp "$seen" tests/golden/cli.expected
fi
diff -u tests/golden/cli.expected "$seen" || complain "the command line says something else"
[ "$bad" = 0 ]

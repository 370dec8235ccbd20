#!/bin/bash
# shellcheck disable=SC2016
# The report of a running gateway: what the kernel lets pass and how often it was used, what was blocked,
# and that all of it is on record; what listens on the gateway; the same, held against a policy that is
# not in force, is found not to conform. The page and the JSON say so in one run.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

report()
{
	in_ns gw "$BUILD/hedate" -r "$RUN" --profiles "$POLICIES" report -d "$LOGS" --index "$WORK/none" \
		--exceptions "$STATE/exceptions.jsonl" "$@" >"$WORK/out" 2>"$WORK/err"
}
# holds WHAT FILTER: of the last report
holds()
{
	jq -e "$2" "$WORK/report.json" >/dev/null || fail "$1: $(jq -c "$3" "$WORK/report.json")"
}

lab_up "$(lab_paths "$(lab_path P1 my lg https)")"
plan pass P1 tcp 10.1.0.10 10.2.0.10 443
plan no-path:internet:mynumber B1 tcp 10.3.0.10 10.1.0.10 443
plan no-path:internet:lgwan B2 udp 10.3.0.10 10.2.0.10 53
plan_check || fail "what was to pass, and to be blocked"
flush || fail "flush"

# Something that nobody has declared; it ends when this script does.
cat >"$WORK/listen.py" <<'END'
import socket, sys
server = socket.create_server(("10.9.0.1", 8099))
print("listens", flush=True)
sys.stdin.read()
END
coproc LISTEN { in_ns gw /usr/bin/python3 "$WORK/listen.py"; }
read -r -u "${LISTEN[0]}" _ || fail "nothing listens"

report -c "$WORK/lab.conf" --data "$WORK/report.json" --html "$WORK/report.html" \
	--until "$(date -u -d "+1 hour" +%Y-%m-%dT%H:%M:%SZ)"
[ -s "$WORK/report.json" ] || die "no report: $(cat "$WORK/err")"
holds "the matrix was read" '.matrix.source.state == "read" and .matrix.connection_findings == 0' .matrix.source
holds "the path is exact, and was used" '.matrix as $m | ($m.places | map(.name)) as $places |
	[$m.cells[] | select($places[.from] == "mynumber" and $places[.to] == "lgwan")] |
	length == 1 and .[0].verdict == "exact" and .[0].path_count >= 1 and .[0].hits >= 1' '.matrix.paths'
holds "the others are separate" '.matrix as $m | ($m.places | map(.name)) as $places |
	[$m.cells[] | select($places[.from] == "internet" and $places[.to] == "mynumber")] |
	length == 1 and .[0].verdict == "separate" and .[0].blocked >= 1' .matrix.cells
holds "what was blocked" '.flows.source.state == "read" and .flows.records >= 2 and
	.flows.packets == ([.flows.buckets[].packets] | add) and
	any(.flows.reasons.rows[]; .name == "no-path") and
	any(.flows.pairs.rows[]; .name == "internet" and .second == "lgwan") and
	any(.flows.sources.rows[]; .name == "10.3.0.10")' .flows
holds "all of it is on record" '.equation.source.state == "read" and .equation.holds and
	.equation.kernel == .equation.recorded + .equation.lost + .equation.waiting' .equation
holds "what listens" 'any(.listeners.items[];
	.protocol == "tcp" and .address == "10.9.0.1" and .port == 8099 and (.declared | not)) and
	any(.points[]; .section == "listeners" and .result == "confirm")' .listeners
holds "the log is what was sealed" '.log.verified and .log.finding_total == 0' .log
holds "segments are up" 'any(.site.segments[]; .interface == "my0" and .link == "up")' .site.segments
holds "evidence is named" '([.evidence[].name] | index("snapshot") and index("configuration")) and
	all(.evidence[]; .digest | test("^[0-9a-f]{64}$"))' .evidence
/usr/bin/python3 - "$SOURCE_DIR" "$WORK" <<'END' || fail "not as the schema says, or no page"
import json, sys
import fastjsonschema
sys.path.insert(0, sys.argv[1] + "/tests/browser")
import markup
with open(sys.argv[1] + "/conf/hedate-report.schema.json", encoding="utf-8") as schema:
    validate = fastjsonschema.compile(json.load(schema))
with open(sys.argv[2] + "/report.json", encoding="utf-8") as report:
    validate(json.load(report))
wrong = markup.complaints(sys.argv[2] + "/report.html")
print("\n".join(wrong))
sys.exit(bool(wrong))
END

# A policy that permits something else than the kernel does: it is said at once, and what differs.
lab_config "$(lab_path P1 my lg ssh)" >"$WORK/other.conf"
cp "$WORK/report.json" "$WORK/before.json"
rm "$WORK/report.json"
report -c "$WORK/other.conf" --data "$WORK/report.json" --previous "$WORK/before.json" -l en
holds "it fails" '.result == "fails" and any(.points[]; .section == "matrix" and .result == "fails")' .points
holds "what passes too much" 'any(.matrix.deviations[]; .verdict == "more" and (.witness | test("tcp")))' .matrix.deviations
holds "the difference" 'any(.difference.items[]; .section == "matrix" and .before == "exact" and .worse)' .difference
finish

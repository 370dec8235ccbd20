# Plan, what was seen, records → one line a try (see plan.sh).

def lines: split("\n") | map(select(length > 0));

def number: {"tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"}[.] // .;

# The record's flow is this one? What a record does not know is not held against it.
def of($source; $sport; $destination; $port; $protocol):
	."source.ip" == $source and ."destination.ip" == $destination
	and ."network.iana_number" == ($protocol | number)
	and (."source.port" == null or ."source.port" == $sport)
	and (."destination.port" == null or $port == "-" or ."destination.port" == ($port | tonumber));

def zones: "\(."hedate.zone.source" // "?"):\(."hedate.zone.destination" // "?")";
def outcome: "\(."event.reason"):\(zones)";

($seen | lines | map(split(" ") | {key: .[0], value: {word: .[1], detail: (.[2:] | join(" "))}})
	| from_entries) as $seen_by_id
| [$records[] | select(."event.action" == "flow-blocked" or ."event.action" == "flow-observed")]
	as $blocked
| $plan | lines[] | split(" ")
| {expected: .[0], id: .[1], kind: .[2], source: .[3], sport: (.[4] | tonumber),
	destination: .[5], port: .[6], protocol: .[7]} as $flow
| [$blocked[] | select(of($flow.source; $flow.sport; $flow.destination; $flow.port; $flow.protocol))
	| outcome] as $there
| [$blocked[] | select($flow.port != "-" and ."source.ip" == $flow.destination
	and ."destination.ip" == $flow.source and ."destination.port" == $flow.sport)
	| outcome] as $back
| ($seen_by_id[$flow.id] // {word: "nothing", detail: ""}) as $what
| ($there + $back | unique | join(" ")) as $record
| (if $flow.expected == "pass" then $what.word == "passed" and $record == ""
	elif ($flow.expected | startswith("observed:"))
	then $what.word == "passed" and $record == $flow.expected
	else ($what.word == "blocked") and $record == $flow.expected end) as $good
| [(if $good then "ok" else "BAD" end), $flow.id, $flow.expected,
	($what.word + if $good then "" else " (\($what.detail))" end),
	(if $record == "" then "-" else $record end)]
| join("\t")

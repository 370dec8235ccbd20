#!/bin/bash
# hedate(1) tells of every command, option, reason and JSON key that there is, hedate-log(5) of every
# member of a record, in both languages, and both are correct mdoc.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
export LC_ALL=C.UTF-8 LANGUAGE=''
bad=0
words=0

complain()
{
	echo "$*"
	bad=1
}

# told PAGE WORD WHAT
told()
{
	words=$((words + 1))
	grep -qE -- "(^|[ (])$2([ ,)]|$)" "$1" || complain "$1 does not tell of $3 $2"
}

keys()
{
	jq -r '[.. | objects | keys[]] | unique[]'
}

for page in man/hedate.1 man/ja/hedate.1; do
	mandoc -T lint -W warning "$page" || complain "$page is not clean"
	commands=$("$build/hedate" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
	for command in $commands; do
		told "$page" "$command" command
		for option in $("$build/hedate" "$command" --help | grep -oE '^ .*--[a-z0-9-]+' | grep -oE '[a-z0-9-]+$'); do
			told "$page" "-${option#--}" "option of $command"
		done
	done
	for reason in $("$build/hedate" log --reason x 2>&1 | sed -n 's/^Reasons: //p'); do
		told "$page" "$reason" reason
	done
	for key in $("$build/hedate" --profiles conf check --json conf/aobano.conf | keys) \
		$("$build/hedate" --profiles conf compile --json conf/aobano.conf | keys) \
		$(sed -n 's/^\t{ "\([a-z_]*\)", \(N_(\|NULL\).*FORM_.*/\1/p' daemon/cmd_status.c) \
		$(sed -n 's/.*json_key(&*json, "\([a-z_]*\)").*/\1/p' daemon/cmd_*.c); do
		told "$page" "$key" key
	done
done

# What can be in a line of the log: the schema knows all that the sources write, and hedate-log(5)
# all that is in the schema.
schema=conf/hedate-log.schema.json
actions=$(jq -r '.definitions.event.properties."event.action".enum[]' "$schema")
members=$(jq -r '[.definitions | .flow, .event, .ledger | .properties | keys[]] | unique[]' "$schema")
written=$(cat daemon/*.c | tr -s '\n\t ' ' ' |
	grep -oE '(\.action = |#define ACTION |reclink_event\([^",]*, |record\(exceptions, )"[a-z]+(-[a-z]+)*",? |"exception-[a-z-]+", "' |
	grep -oE '"[a-z-]+"' | tr -d '"' | sort -u)
for action in $written; do
	words=$((words + 1))
	grep -qx "$action" <<<"$actions" || complain "$schema does not know action $action"
done
# shellcheck disable=SC2013 # keys hold no blanks
for key in $(sed -n 's/^\tX([a-z_]*, "\([^"]*\)").*/\1/p' lib/logrecord.h); do
	grep -qxF "$key" <<<"$members" || complain "$schema does not know member $key"
done
# Members become nested objects (--format=ecs): none may be the beginning of another. Syslog takes no
# longer names.
for key in $members; do
	grep -qF "$key." <<<"$members" && complain "$key cannot be a member and the beginning of others"
	[ ${#key} -le 32 ] || complain "$key is longer than 32 characters"
done
for page in man/hedate-log.5 man/ja/hedate-log.5; do
	mandoc -T lint -W warning "$page" || complain "$page is not clean"
	for action in $actions; do
		told "$page" "$action" action
	done
	for key in $members; do
		told "$page" "$key" member
	done
done
echo "$words words looked for"
[ "$words" -gt 200 ] || complain "only few words were looked for"
[ "$bad" = 0 ]

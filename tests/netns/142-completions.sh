#!/bin/bash
# What shells complete of what is: bash, fish and zsh ask a running hedated for zones, pairs, paths,
# changes, proposals, exceptions, what is isolated; and this host for the rest. Without it they offer
# nothing of that, and say nothing.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
# shellcheck source=tests/netns/people.sh
. "$NETNS_DIR/people.sh"
# shellcheck source=tests/netns/busy.sh
. "$NETNS_DIR/busy.sh"

busy_up
shells=$WORK/shells
install -D -m 755 "$BUILD/hedate" "$shells/hedate"
for shell in bash fish zsh; do
	"$BUILD/hedate" completion $shell >"$shells/hedate.$shell"
done
install -D "$shells/hedate.zsh" "$shells/functions/_hedate"

# The value of a JSON answer as words: words FILTER ARGUMENT...
words()
{
	local filter=$1
	shift
	hedate "$@" --json | jq -r "$filter" | tr '\n' ' '
}
# What is offered is what the commands themselves tell: offer "LINE UP TO THE CURSOR" VALUE...
offer()
{
	echo "hedate -r $RUN $1 => ${*:2}" >>"$WORK/cases"
	[ -n "${2:-}" ] || fail "there is nothing to offer for: $1"
}
zones=$(words '.zones[].name' zones)
# shellcheck disable=SC2016 # jq's
segments=$(words '.zones[] | .name as $zone | .segments[] | "\($zone).\(.name)"' zones)
interfaces=$(words '.zones[].segments[].interface' zones)
exceptions=$(words '.exceptions[].exception' exception list)
proposal=$(words '.proposals[].digest' proposals)
changes=$(words '.changes[].number' history)
revisions=$(words '.changes[].revision' history)
offer 'log --zone _' "$zones $segments"
offer 'log --zone=mynumber.' --zone=mynumber.a --zone=mynumber.b
offer 'log --zone lgwan.' lgwan.a
offer 'log --pair internet,mynum' internet,mynumber
offer 'log --path path-' path-with-a-long-name
offer 'log --revision _' "$revisions"
offer 'isolate _' "$zones $interfaces"
offer 'isolate mana' management
offer 'release _' internet in0
offer 'release inter' internet
offer 'rollback _' "$changes"
offer 'approve _' "$proposal"
offer 'proposal show _' "$proposal"
offer 'exception show _' "$exceptions"
offer 'exception show X-' "$exceptions"
offer 'explain -i my' my0 my1
# By the configuration.
offer 'alert --test pag' pager
offer 'exception request --from man' management management.a
offer 'exception request --to l' lg lgwan lgwan.a
offer 'exception request --service ht' https
offer 'explain --ack my l' lg
cat "$WORK/cases"
in_ns gw python3 "$SOURCE_DIR/tests/golden/shells.py" "$shells" "$WORK/cases" || fail "with hedated running"

# One that is not there, and one that does not answer.
stop_hedated
printf 'hedate -r %s %s =>\n' "$RUN" 'log --zone _' "$RUN" 'approve _' "$RUN" 'log --path P' >"$WORK/none"
in_ns gw python3 "$SOURCE_DIR/tests/golden/shells.py" "$shells" "$WORK/none" || fail "with hedated stopped"
start_hedated /etc/hedate/hedate.conf
finish

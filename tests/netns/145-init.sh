#!/bin/bash
# hedate init: from the interfaces and routes of a gateway to a configuration that is accepted, that
# forwards nothing until paths are written, and that keeps ssh from where it was run.
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"
export HEDATE_LOCALEDIR=$BUILD/locale LANGUAGE=

topology_up || die "the lab could not be built"
cd "$WORK" || die "$WORK"

# init CODE ARGUMENT...: on the gateway; what was said is in $WORK/said
init()
{
	local wanted=$1 code
	shift
	in_ns gw env SSH_CONNECTION="${SSH_FROM-10.9.0.10 50000 10.9.0.1 22}" "$BUILD/hedate" \
		--profiles "$SOURCE_DIR/conf" init "$@" >"$WORK/said" 2>&1 </dev/null
	code=$?
	[ "$code" = "$wanted" ] ||
		fail "hedate init $*: exit code $code, not $wanted: $(cat "$WORK/said")"
}

says()
{
	grep -qF -- "$1" "$WORK/said" || fail "not said: $1, but: $(cat "$WORK/said")"
}

holds()
{
	grep -qF -- "$2" "$1" || fail "$1 has no $2: $(cat "$1")"
}

# Nothing is asked: all is blocked but the way of ssh.
init 0 --yes
says 'hedate.conf is written. No path is in it yet'
says 'Interfaces that stay blocked: '
[ "$(stat -c %a hedate.conf)" = 640 ] || fail "mode $(stat -c %a hedate.conf)"
holds hedate.conf 'interface = "mg0";'
holds hedate.conf '#   my0             10.1.0.0/24          no zone was named'
holds hedate.conf '#   un0             10.8.0.0/24'
hedate check hedate.conf >said 2>&1 || fail "check: $(cat said)"
grep -q warning said && fail "check warns: $(cat said)"
[ "$(hedate check --json hedate.conf | jq -c '[.paths[].name, .assertions[].result]')" = \
	'["H1","holds"]' ] || fail "more than ssh: $(hedate check --json hedate.conf)"

# A file that is there stays.
cp hedate.conf first.conf
init 1 --yes
says 'hedate.conf is there already; --force keeps it as hedate.conf~'
init 0 --yes --force --json
jq -e '.file == "hedate.conf" and (.blocked | index("my0") != null)' <said >/dev/null ||
	fail "--json: $(cat said)"
cmp first.conf hedate.conf~ || fail "the file was not kept"
cmp first.conf hedate.conf || fail "the same facts, another file"
init 0 --yes --output -
cmp first.conf said || fail "shown is not what is written"
init 1 --yes --output no/such/directory.conf
says 'cannot be written: No such file or directory'
[ -z "$(find . -maxdepth 1 -name 'hedate.conf.*')" ] || fail "left: $(ls)"

# Also where sudo or su has taken the environment away, and by another port.
# shellcheck disable=SC2016 # for that bash to expand
in_ns gw env SSH_CONNECTION='10.9.0.10 50000 10.9.0.1 2222' bash -c \
	'env -i "$0" init --yes --output sudo.conf; exit $?' "$BUILD/hedate" >said 2>&1 || fail "sudo: $(cat said)"
holds sudo.conf '{ name = "ssh"; tcp = 2222; }'
diff <(sed 's/2222/22/' sudo.conf) first.conf || fail "sudo: another configuration"

# What it cannot be done with.
init 2 --output x.conf
says 'there is no terminal to ask on: give --answers FILE, or --yes'
init 2 surplus
SSH_FROM='' init 1 --yes --output x.conf
says 'no interface is in a zone'
init 1 --answers nowhere --output x.conf
says 'cannot open nowhere'
echo 'interface my0 = mynumbr' >answers
init 4 --answers answers --output x.conf
says 'answers:1:17: error: "interface" cannot be "mynumbr"'
printf 'interface my0 = mynumber\ninterface mg0 = none\n' >answers
init 1 --answers answers --output x.conf
says 'ssh from 10.9.0.10 would be locked out'
printf 'interface my0 = mynumber\nprofile = nowhere\n' >answers
init 4 --answers answers --output x.conf
says 'nothing was written'
[ ! -e x.conf ] || fail "something was written"

# Answers: every kind of zone, routes, a municipality's own policy.
cat >answers <<'END'
site = lab
label = 試験場
profile = miyazaki
model = alpha
interface my0 = mynumber
interface my1 = mynumber
label my1 = 第二
interface lg0 = lgwan
owner lg0 = 地方公共団体情報システム機構
permission lg0 = 第12号
survey lg0 = 調査3
line lg0 = lgwan
interface in0 = internet
END
init 0 --answers answers --output lab.conf
holds lab.conf 'remote = [ "10.200.0.0/16", "fd00:200::/32" ];'
holds lab.conf 'owner = "地方公共団体情報システム機構"'
holds lab.conf '# remote = [ "0.0.0.0/0", "::/0" ];'
holds lab.conf '#   un0'
sed -i '/^profile/d; /^model/d' answers
init 0 --answers answers --output lab.conf --force
holds lab.conf '        remote = [ "0.0.0.0/0", "::/0" ];'

# The same by conversation, in Japanese, with a mistake; un0 stays blocked by Return.
interfaces=$(in_ns gw ip -o link | sed -n 's/^[0-9]*: \([a-z0-9]*\)[@:].*/\1/p' | grep -v '^lo$')
printf 'Bad Name\nlab\n試験場\n\n\n' >words
for interface in $interfaces; do
	case $interface in
	my0) printf 'mynumber\n\n' ;;
	my1) printf 'mynumber\n第二\n' ;;
	lg0) printf 'lgwan\n\n地方公共団体情報システム機構\n第12号\n調査3\nlgwan\n\n' ;;
	in0) printf 'internet\n\n\n' ;;
	mg0) printf '\n\n' ;; # management, since ssh comes by it
	*) [ -z "$(in_ns gw ip -o addr show "$interface" scope global)" ] || printf '\n' ;;
	esac
done >>words
printf '10.8.0.10\n10.9.0.10\n' >>words
converse()
{
	in_ns gw env SSH_CONNECTION='10.9.0.10 50000 10.9.0.1 22' LANGUAGE="$1" script -qec \
		"$BUILD/hedate --profiles $SOURCE_DIR/conf init --output $2" /dev/null <words
}
converse '' talked.conf >said || fail "conversation: $(cat said)"
says '10.8.0.10 is behind no interface in a zone'
says 'Security policies that are known:'
says ' miyazaki'
cmp lab.conf talked.conf || diff lab.conf talked.conf
converse ja japanese.conf >said || fail "conversation: $(cat said)"
says '遮断されたまま'
holds japanese.conf 'hedate init'
grep -q '^# .*遮断' japanese.conf || fail "no Japanese comments: $(cat japanese.conf)"
diff <(grep -v '^ *#' lab.conf) <(grep -v '^ *#' japanese.conf) || fail "not the same in Japanese"
head -n 3 words >words.short && mv words.short words
converse '' x.conf >said && fail "ended in the middle: exit code 0"
says 'nothing was written'
[ ! -e x.conf ] || fail "something was written"

# In force: nothing is forwarded, ssh from the named host goes on, from others it does not.
start_hedated "$WORK/lab.conf"
plan pass ssh tcp 10.9.0.10 10.9.0.1 22
plan input:management:gateway other-port tcp 10.9.0.10 10.9.0.1 443
plan input:lgwan:gateway ssh-lgwan tcp 10.2.0.10 10.2.0.1 22
plan no-path:mynumber:lgwan a tcp 10.1.0.10 10.2.0.10 443
plan no-path:lgwan:internet b tcp fd00:2::10 fd00:3::10 443
plan no-path:internet:mynumber c udp 198.51.100.9 10.1.0.10 53
plan no-path:mynumber:mynumber e tcp 10.1.0.10 10.1.1.10 443
plan interface:unknown:unknown f tcp 10.8.0.10 10.2.0.10 443
plan_check

# And a path that is written is forwarded; one that cuts ssh off is refused.
sed 's/^paths = (/&{ name = "F1"; from = "10.2.0.10"; to = "10.3.0.10"; service = "ssh"; reason = "r"; }/' \
	lab.conf >more.conf
hedate apply "$WORK/more.conf" >said 2>&1 || fail "apply: $(cat said)"
plan pass path tcp 10.2.0.10 10.3.0.10 22
plan pass ssh-still tcp 10.9.0.10 10.9.0.1 22
plan_check
sed 's/from = "administrator"; service/from = "10.9.0.12"; service/' lab.conf >cut.conf
hedate apply "$WORK/cut.conf" >said 2>&1
[ $? = 4 ] || fail "ssh was cut off: $(cat said)"
finish

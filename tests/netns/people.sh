# shellcheck shell=bash
# People with roles, and what tests of exceptions ask of them (sourced after lab.sh).

accounts passwd <<'END'
sato:x:64901:64901::/nonexistent:/usr/sbin/nologin
suzuki:x:64902:64902::/nonexistent:/usr/sbin/nologin
tanaka:x:64903:64903::/nonexistent:/usr/sbin/nologin
watanabe:x:64904:64904::/nonexistent:/usr/sbin/nologin
END
role_groups

# hedate, asked by somebody: as NAME ARGUMENT... ("both" is sato as operator and approver)
as()
{
	local uid groups
	case $1 in
	sato) uid=64901 groups=64803 ;;
	suzuki) uid=64902 groups=64804 ;;
	tanaka) uid=64903 groups=64805 ;;
	watanabe) uid=64904 groups=64806 ;;
	both) uid=64901 groups=64803,64804 ;;
	esac
	setpriv --reuid $uid --regid 65534 --groups $groups "$BUILD/hedate" -r "$RUN" "${@:2}"
}

# The id of the n-th exception of the register.
number()
{
	hedate exception list --json | jq -r ".exceptions[$(($1 - 1))].exception"
}

# A member of an exception, its state if none is named: state_of ID [MEMBER]
state_of()
{
	hedate exception show "$1" --json | jq -r ".${2:-state}"
}

# A step is not taken, for this reason, and not put into the register: expect_refusal WORD COMMAND...
expect_refusal()
{
	local word=$1 have lines
	shift
	lines=$(wc -l <"$STATE/exceptions.jsonl")
	have=$("$@" --json 2>/dev/null |
		jq -r '[.refused, .diagnostics[]?.message, .message] | map(select(. != null)) | join("; ")')
	[[ $have == *"$word"* ]] || fail "$*: \"$have\", not \"$word\""
	[ "$(wc -l <"$STATE/exceptions.jsonl")" = "$lines" ] || fail "$*: it is in the register"
}

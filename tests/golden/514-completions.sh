#!/bin/bash
# What shells complete of hedate's command line: the scripts are of the table of commands as --help
# shows it, the manual page has the same options in both languages, and bash, fish and zsh offer by
# them what is to be offered.
set -u
cd "$(dirname "$0")/../.." || exit 1
export LC_ALL=C.UTF-8 LANGUAGE=''
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-completions.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

mkdir "$work/functions" "$work/conf"
touch "$work/conf/aobano.conf"
# A program that is where PATH has it, with its translations.
printf '#!/bin/sh\nHEDATE_LOCALEDIR=%s exec %s "$@"\n' "$build/locale" "$build/hedate" >"$work/hedate"
chmod +x "$work/hedate"
export HOME="$work" # fish and zsh keep things there
for shell in bash fish zsh; do
	"$build/hedate" completion $shell >"$work/hedate.$shell" || complain "completion $shell fails"
done
cp "$work/hedate.zsh" "$work/functions/_hedate"
bash -n "$work/hedate.bash" || complain "bash cannot read its script"
fish --no-config -n "$work/hedate.fish" || complain "fish cannot read its script"
zsh -f -n "$work/hedate.zsh" || complain "zsh cannot read its script"
python3 tests/golden/options.py "$build/hedate" "$work" || bad=1
python3 tests/golden/shells.py "$work" tests/golden/completions || bad=1

# Every argument is of a kind that is known, and each kind of value is one.
grep -n 'unknown:' "$work/hedate.bash" && complain "daemon/completion.c does not know what this stands for"
# shellcheck disable=SC2013 # kinds hold no blanks
for kind in $(grep -oh 'values:[a-z][a-z]*' "$work/hedate.bash" | sort -u); do
	"$build/hedate" -r "$work" completion values "${kind#values:}" >/dev/null 2>"$work/err" ||
		complain "completion values ${kind#values:}: $(cat "$work/err")"
	[ ! -s "$work/err" ] || complain "completion values ${kind#values:} says: $(cat "$work/err")"
done
"$build/hedate" completion values nonsense 2>/dev/null
[ $? = 2 ] || complain "completion values nonsense is not refused"
"$build/hedate" completion csh 2>/dev/null
[ $? = 2 ] || complain "completion csh is not refused"

# What is installed is in English, and asks again where people read Japanese.
for shell in fish zsh; do
	LANGUAGE=ja HEDATE_LOCALEDIR=$build/locale "$build/hedate" completion $shell >"$work/ja.$shell"
	grep -q '[^ -~[:space:]]' "$work/ja.$shell" || complain "$shell: no Japanese descriptions"
	cmp -s "$work/hedate.$shell" "$build/completions/hedate.$shell" &&
		complain "$shell: what is installed does not ask again"
	diff "$work/hedate.$shell" "$build/completions/hedate.$shell" | grep '^<' && complain "$shell: other lines"
done
cmp "$work/hedate.bash" "$build/completions/hedate.bash" || complain "bash: what is installed differs"
# A locale that this machine need not have: the program is told in another way.
sed -i 's/^HEDATE/LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE/' "$work/hedate"
PATH="$work:$PATH" LC_ALL='' LANG=ja_JP.UTF-8 fish --no-config -c \
	"source $build/completions/hedate.fish; complete -C 'hedate stat'" >"$work/out" 2>&1
grep -q '^status.*[^ -~[:space:]]' "$work/out" || complain "fish in Japanese: $(cat "$work/out")"
PATH="$work:$PATH" LC_ALL='' LANG=ja_JP.UTF-8 zsh -f -c "autoload -U compinit && compinit -D -u &&
	. $build/completions/hedate.zsh && functions _hedate_commands" >"$work/out" 2>&1
grep -q 'status:.*[^ -~[:space:]]' "$work/out" || complain "zsh in Japanese: $(cat "$work/out")"
[ "$bad" = 0 ]

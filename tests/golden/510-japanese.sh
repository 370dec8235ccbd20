#!/bin/bash
# The Japanese messages are complete: every text marked in the sources has a translation, no
# translation is left over, all of them fit their formats. And the programs use them; what programs
# read stays the same. To renew conf/ja.po after texts have changed: UPDATE=1 tests/golden/510-japanese.sh,
# then translate what is empty in it.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-ja.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

complain()
{
	echo "$*"
	bad=1
}

xgettext --from-code=UTF-8 --language=C -k -k_ -kN_ --add-location=file --sort-by-file --no-wrap \
	-o "$work/hedate.pot" lib/*.c daemon/*.c daemon/*.h || complain "xgettext fails"
sed -i 's/charset=CHARSET/charset=UTF-8/' "$work/hedate.pot"
if [ "${UPDATE:-}" ]; then
	msgmerge --quiet --no-fuzzy-matching --no-wrap --sort-by-file --add-location=file \
		-o "$work/ja.po" conf/ja.po "$work/hedate.pot" &&
		msgattrib --no-obsolete --no-wrap -o conf/ja.po "$work/ja.po"
fi

msgfmt --check --statistics -o "$work/ja.mo" conf/ja.po 2>"$work/statistics" ||
	complain "conf/ja.po is not valid"
cat "$work/statistics"
grep -qE 'untranslated|fuzzy' "$work/statistics" && complain "conf/ja.po is not complete"
msgcmp conf/ja.po "$work/hedate.pot" 2>"$work/missing" || complain "texts without translation: $(cat "$work/missing")"
# Each text of conf/ja.po is still in the sources.
msgids()
{
	msgcat --no-wrap --no-location "$1" | msgattrib --no-obsolete --no-wrap - |
		sed -n '/^msgid/,/^msgstr/{/^msgstr/!p}'
}
msgids "$work/hedate.pot" | sort >"$work/sources"
msgids conf/ja.po | sort >"$work/translated"
comm -13 "$work/sources" "$work/translated" >"$work/left"
[ ! -s "$work/left" ] || complain "translations of texts that are no more: $(cat "$work/left")"
[ "$(msgids conf/ja.po | grep -c '^msgid')" -gt 300 ] || complain "only few texts were found"

# The same command in English and in Japanese.
english()
{
	LC_ALL=C.UTF-8 LANGUAGE='' HEDATE_LOCALEDIR="$build/locale" "$build/hedate" --profiles conf "$@" 2>&1
}
japanese()
{
	LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR="$build/locale" "$build/hedate" --profiles conf "$@" 2>&1
}
expect()
{
	local wanted=$1
	shift
	japanese "$@" >"$work/out"
	grep -qF -- "$wanted" "$work/out" || complain "hedate $*: no \"$wanted\" in $(cat "$work/out")"
}

sed 's/kind = "lgwan"/kind = "lgwna"/' conf/aobano.conf >"$work/bad.conf"
expect '使い方: hedate' --help
expect '一度も使われていないものだけ' paths --help
expect 'オプション --jsno はありません' check --jsno
expect 'エラー' check "$work/bad.conf"
expect '"lgwan" ではありませんか' check "$work/bad.conf"
expect 'hedated に接続できません' -r "$work" status
expect '有効: 領域 4' check conf/aobano.conf
expect '使い方: ' log --help
# A report holds no sentence in English, whatever was on record.
mkdir "$work/log"
japanese -r "$work" incident draft -d "$work/log" -c conf/aobano.conf >"$work/out"
grep -q '^## 7. この記録から分からないこと$' "$work/out" || complain "the report: $(cat "$work/out")"
grep -E '[a-z]+ [a-z]+ [a-z]+' "$work/out" | grep -v 'hedate log verify' &&
	complain "the report is not all Japanese"
[ "$(japanese --help | grep -c '[^ -~]')" -gt 10 ] || complain "--help is hardly Japanese"
# Titles and labels are two cells a character, as they are two bytes in CP932: the second column
# begins at the same cell in every line.
japanese check conf/aobano.conf | iconv -f UTF-8 -t CP932 | head -n 10 | cut -b 9-11 >"$work/cells"
LC_ALL=C grep -qvE '^  [^ ]$' "$work/cells" && complain "columns do not line up"
[ "$(wc -l <"$work/cells")" = 10 ] || complain "there is no table"

for command in "check --json $work/bad.conf" "check --json conf/aobano.conf" \
	"compile conf/aobano.conf" "compile --json conf/aobano.conf" "--version"; do
	# shellcheck disable=SC2086 # words
	[ "$(english $command)" = "$(japanese $command)" ] ||
		complain "hedate $command: not the same in both languages"
done
[ "$bad" = 0 ]

#!/bin/bash
# Every text that a person reads is marked for translation: with a translation in which every letter is
# a full-width one, --help of every command, tables and errors hold no others but names that are the
# same in every language.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-pseudo.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
bad=0

xgettext --from-code=UTF-8 --language=C -k -k_ -kN_ --no-wrap -o "$work/hedate.pot" \
	lib/*.c daemon/*.c daemon/*.h || exit 1
sed -i 's/charset=CHARSET/charset=UTF-8/' "$work/hedate.pot"
python3 tests/golden/pseudo.py po "$work/hedate.pot" "$work/pseudo.po" || exit 1
mkdir -p "$work/locale/ja/LC_MESSAGES" "$work/log" "$work/run"
msgfmt --check-format -o "$work/locale/ja/LC_MESSAGES/hedate.mo" "$work/pseudo.po" || exit 1
export LC_ALL=C.UTF-8 LANGUAGE=ja HEDATE_LOCALEDIR=$work/locale TZ=UTC

sed 's/kind = "lgwan"/kind = "lgwna"/; s/from = "admin"/from = "admni"/' conf/aobano.conf >"$work/bad.conf"
sed 's/tcp = 443/tcp = 99999/' conf/aobano.conf >"$work/worse.conf"
# Names: of commands, options and their words; of what is in the configurations; of this place.
{
	"$build/hedate" completion bash | grep -oE '[A-Za-z]+'
	cat conf/aobano.conf conf/profiles/*.conf conf/models/*.conf "$work"/*.conf | grep -oE '[A-Za-z]+'
	grep -oE '[A-Za-z]+' <<<"$work"
	# What is asked for below; nft's words, in which explain shows rules; a draft's placeholders.
	printf '%s\n' hedate UTC such no color status extra chekc verfy never csh bad worse none control sock \
		goto vmap iifname oifname pairs inet accept drop meta nfproto ct mark set ip saddr daddr \
		proto th dport map permitted frag off ether hits prerouting ingress forward unknown \
		NEW new host
} | sort -u >"$work/words"

# said ARGUMENT...: what it says, whatever its exit code
said()
{
	"$build/hedate" -r "$work/run" --profiles conf "$@" </dev/null 2>&1 | sed "s|^|$*: |" >>"$work/said"
}
said --help
for command in $("$build/hedate" completion bash | sed -n "s/^\t'\([a-z][a-z ]*\)') options=.*/\1/p" | tr ' ' :); do
	IFS=: read -ra words <<<"$command"
	said "${words[@]}" --help
	said "${words[@]}" --no-such
	said "${words[@]}" --color=no
done
said check conf/aobano.conf
said check "$work/bad.conf"
said check "$work/worse.conf"
said check "$work/none.conf"
said check --against "$work/bad.conf" conf/aobano.conf
said lint conf/aobano.conf
said explain -c conf/aobano.conf 10.20.17.9 10.10.0.10 tcp/443
said explain -c conf/aobano.conf 10.10.0.60 10.20.240.2 tcp/443
said status
said status extra
said log -d "$work/log"
said log -d "$work/none"
said log verfy
said log -d "$work/log" --since never
said chekc
said completion csh
sed -i 's/^[^:]*: //' "$work/said"
[ "$(wc -l <"$work/said")" -gt 900 ] || { echo "only few lines were said" && bad=1; }
python3 tests/golden/pseudo.py check "$work/words" "$work/said" | sort -u >"$work/found"
[ ! -s "$work/found" ] || { cat "$work/found" && bad=1; }
[ "$bad" = 0 ]

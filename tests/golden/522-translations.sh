#!/bin/bash
# The manual pages and the README have the same parts in Japanese as in English, and the Japanese was
# looked at when the English changed last. When you have changed both:
# UPDATE=1 tests/golden/522-translations.sh
set -u
cd "$(dirname "$0")/../.." || exit 1
python3 tests/golden/translations.py ${UPDATE:+update} || exit 1

# It finds what it is for, in copies.
work=$(mktemp -d "${TMPDIR:-/tmp}/hedate-translations.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cp -r man README README.ja.md "$work" || exit 1
bad=0
# found EDIT FILE TEXT: the text is said of the files after the edit (one of sed's)
found()
{
	cp "$2" "$work/$2" && sed -i "$1" "$work/$2"
	cmp -s "$2" "$work/$2" && echo "$1 changes nothing in $2" && bad=1
	(cd "$work" && python3 "$OLDPWD/tests/golden/translations.py") >"$work/said" && echo "not found: $1 in $2" && bad=1
	grep -qF "$3" "$work/said" || { echo "$1 in $2: $(cat "$work/said")" && bad=1; }
	cp "$2" "$work/$2"
}
found '0,/^\.Nd /s/^\.Nd .*/&, and more/' man/hedate.1 'man/hedate.1 has changed since'
found '0,/^hedate keeps/s/^hedate keeps/hedate now keeps/' README 'README has changed since'
found '0,/^\.It Fl /{/^\.It Fl /d}' man/ja/hedate.1 'man/ja/hedate.1:'
found '0,/^\.Ss /{/^\.Ss /d}' man/ja/hedated.8 'man/ja/hedated.8:'
found '0,/^\.Dd /s/^\.Dd .*/.Dd May 1, 2020/' man/ja/hedate.conf.5 'May 1, 2020'
found '0,/^    make demo/{/^    make demo/d}' README.ja.md 'README.ja.md:'
found '/^\.Sh ファイル/i .It Fl Fl new' man/ja/hedate-ha.7 '".It Fl Fl new"'
found 's/^\.\\" English: .*//' man/ja/hedate-ha.7 'keep the digest'
# Where lines break, and the day, are no text.
sed -i 's/^\.Dd .*/.Dd May 1, 2020/' "$work/man/hedate-ha.7" "$work/man/ja/hedate-ha.7"
sed -i '0,/^Both have the same/s/^Both have/Both\nhave/' "$work/man/hedate-ha.7"
cmp -s man/hedate-ha.7 "$work/man/hedate-ha.7" && echo "nothing was changed" && bad=1
(cd "$work" && python3 "$OLDPWD/tests/golden/translations.py") || { echo "no text was changed" && bad=1; }
[ "$bad" = 0 ]

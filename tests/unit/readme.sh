#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module maps of README and README.ja.md name every source file, and none that is not there.
set -eu
cd "$(dirname "$0")/../.."

# The names in the lists below the paragraph that begins with the directory's name.
named()
{
	# shellcheck disable=SC2016 # backquotes of Markdown
	awk -v directory="$2/" '
		index($0, directory) == 1 { inside = 1; next }
		/^(lib|daemon)\/ |^`conf\/`|^## / { inside = 0 }
		inside && /^- / { sub(/:.*/, ""); print }' "$1" | grep -o '`[^`]*`' | tr -d '`'
}

# A name without ending stands for a .c file.
sources()
{
	find "$1" -maxdepth 1 -name '*.c' -printf '%f\n' | sed 's/\.c$//'
	# Headers without a .c file, but those that only divide one module.
	find "$1" -maxdepth 1 -name '*.h' ! -name '*_impl.h' ! -name '*_internal.h' ! -name cmd.h \
		-printf '%f\n' | while read -r header; do
		[ -e "$1/${header%.h}.c" ] || echo "$header"
	done
}

status=0
for readme in README README.ja.md; do
	for directory in lib daemon; do
		diff <(named "$readme" "$directory" | sort) <(sources "$directory" | sort) || {
			echo "$readme: the map of $directory/ differs (<: named, >: there)" >&2
			status=1
		}
	done
done
exit "$status"

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Errors of the system come from lib/errtext.c, which has them in the reader's language; the C library's
# own texts are English where the translations of all of Debian are not installed. It knows each error
# that the sources name.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

calls='\b(strerror[a-z_]*|perror|psignal|strsignal|gai_strerror|err|errx|warn|warnx|getopt[a-z_]*)\('
if grep -nE "$calls" lib/*.c daemon/*.c | grep -v '^lib/errtext\.c:'; then
	echo "the C library's own texts: lib/errtext.h has them in the reader's language"
	bad=1
fi
# Not "%m" of strftime(), which stands behind a year.
if grep -nE '"[^"]*%m[^"]*"' lib/*.c daemon/*.c | grep -vE '%Y-?%m'; then
	echo "%m is the C library's own text: lib/errtext.h has it in the reader's language"
	bad=1
fi

# Two that never leave a process, and another name of EAGAIN.
mapfile -t errors < <(grep -ohE '[^A-Za-z_]-E[A-Z0-9]{3,}\b' lib/*.c daemon/*.c | grep -oE 'E[A-Z0-9]+' |
	grep -vxE 'ERESTART|EWOULDBLOCK' | sort -u)
for error in "${errors[@]}"; do
	grep -qF "{ $error, N_(" lib/errtext.c || { echo "lib/errtext.c has no text of $error" && bad=1; }
done
[ ${#errors[@]} -gt 30 ] || { echo "only ${#errors[@]} errors were found" && bad=1; }
[ "$bad" = 0 ]

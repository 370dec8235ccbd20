#!/bin/bash
# The direction of the includes, as the compiler sees them (through other headers as well): lib/
# never includes daemon/, each library only where its concept lives, the command line nothing that
# talks to the kernel. And what lib/ never does: print, exit.
set -u
cd "$(dirname "$0")/../.." || exit 1
bad=0

# header (a pattern of its path)	files that may include it (a pattern)
RULES='
daemon/			daemon/*
libconfig.h		lib/conf*
libnftnl/		lib/nftgen*|lib/decode*
libmnl/			lib/nl*|lib/nftxact*|lib/nftclosed*|lib/nftgen*|lib/decode*|daemon/nflog*|daemon/links.c|daemon/hostnet.c
seccomp.h		daemon/sandbox.c
zstd.h			lib/logfile*
lib/nlsock.h		lib/nl*|lib/host*|lib/nft*|lib/decode*|daemon/*
lib/nftxact.h		lib/nftxact*|lib/nftlock*|daemon/*
lib/conf.h		lib/conf*|daemon/*
'
# What the command line is made of may not know the kernel side.
COMMAND='daemon/hedate.c|daemon/cmd*|daemon/ctlclient.c|daemon/log[qv]*'
KERNEL='lib/nlsock.h lib/nftxact.h lib/nftgen.h lib/decode.h libmnl/ libnftnl/'

complain()
{
	echo "$1: includes $2, which only $3 may"
	bad=1
}

matches()
{
	local pattern
	local IFS='|'
	for pattern in $2; do
		# A pattern, not a text.
		# shellcheck disable=SC2053
		[[ $1 == $pattern ]] && return 0
	done
	return 1
}

read -ra flags <<<"$(pkg-config --cflags libnftnl libmnl libconfig libsodium libseccomp)"
count=0
for file in lib/*.c daemon/*.c; do
	headers=$(gcc -std=c11 -D_GNU_SOURCE -DHEDATE_VERSION='"0"' -DHEDATE_LOCALEDIR='"/"' \
		-Ilib -Idaemon "${flags[@]}" -M "$file" | tr ' ' '\n' |
		sed -e '/\.c$/d' -e 's,[^/]*/\.\./,,') || { echo "$file: does not compile" && bad=1; }
	count=$((count + 1))
	while read -r header allowed; do
		[ -n "$header" ] || continue
		if grep -q "$header" <<<"$headers" && ! matches "$file" "$allowed"; then
			complain "$file" "$header" "$allowed"
		fi
	done <<<"$RULES"
	if matches "$file" "$COMMAND"; then
		for header in $KERNEL; do
			if grep -q "$header" <<<"$headers"; then
				complain "$file" "$header" "the daemons"
			fi
		done
	fi
done

# lib/ returns, it does not print or end the program.
if grep -nE '\b(exit|_exit|abort|perror|syslog)\(|\b(stderr|stdout)\b|\bv?printf\(' lib/*.c; then
	echo "lib/ prints or exits"
	bad=1
fi
echo "$count files looked at"
[ "$count" -gt 20 ] && [ "$bad" = 0 ]

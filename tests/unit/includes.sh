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
pcap/pcap.h		daemon/capture.c
lib/nlsock.h		lib/nl*|lib/host*|lib/nft*|lib/decode*|daemon/*
lib/nftxact.h		lib/nftxact*|lib/nftlock*|daemon/*
lib/conf.h		lib/conf*|daemon/*
'
# What the command line is made of may not know the kernel side.
COMMAND='daemon/hedate.c|daemon/cmd*|daemon/ctlclient.c|daemon/log[qv]*'
KERNEL='lib/nlsock.h lib/nftxact.h lib/nftgen.h lib/decode.h libmnl/ libnftnl/'

# Of all files at once: "file: file header header ...".
read -ra flags <<<"$(pkg-config --cflags libnftnl libmnl libconfig libsodium libseccomp)"
all=$(mktemp "${TMPDIR:-/tmp}/hedate-includes.XXXXXX") || exit 1
trap 'rm -f "$all"' EXIT
gcc -std=c11 -D_GNU_SOURCE -DHEDATE_VERSION='"0"' -DHEDATE_LOCALEDIR='"/"' -Ilib -Idaemon \
	"${flags[@]}" -M lib/*.c daemon/*.c >"$all" || { echo "not all files compile" && bad=1; }
export RULES COMMAND KERNEL
python3 - "$all" <<'END' || bad=1
import fnmatch, os, re, sys

def matches(file, patterns):
    return any(fnmatch.fnmatchcase(file, pattern) for pattern in patterns.split("|"))

rules = [line.split() for line in os.environ["RULES"].split("\n") if line.strip()]
kernel = [[header, None] for header in os.environ["KERNEL"].split()]
text = open(sys.argv[1], encoding="utf-8").read().replace("\\\n", " ")
bad = count = 0
for line in text.splitlines():
    file, *headers = line.partition(":")[2].split()
    headers = [re.sub(r"[^/]*/\.\./", "", header) for header in headers]
    count += 1
    more = kernel if matches(file, os.environ["COMMAND"]) else []
    for header, allowed in rules + more:
        if any(re.search(header, name) for name in headers):
            if not allowed or not matches(file, allowed):
                print(f"{file}: includes {header}, which only {allowed or 'the daemons'} may")
                bad = 1
print(count, "files looked at")
sys.exit(bad or count <= 20)
END

# lib/ returns, it does not print or end the program.
if grep -nE '\b(exit|_exit|abort|perror|syslog)\(|\b(stderr|stdout)\b|\bv?printf\(' lib/*.c; then
	echo "lib/ prints or exits"
	bad=1
fi
[ "$bad" = 0 ]

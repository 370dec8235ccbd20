# shellcheck shell=bash
# A small city for tests (sourced after common.sh): three zones, one host behind each interface, a
# second segment in one zone, management, and an interface that the configuration does not know.

# shellcheck disable=SC2034
TOPOLOGY_SEGMENTS='
mynumber.a   my0 10.1.0.1/24 fd00:1::1/64
mynumber.b   my1 10.1.1.1/24 fd00:1:1::1/64
lgwan.a      lg0 10.2.0.1/24 fd00:2::1/64  10.200.0.0/16>10.2.0.2 fd00:200::/32>fd00:2::2
internet.a   in0 10.3.0.1/24 fd00:3::1/64  0.0.0.0/0>10.3.0.2 ::/0>fd00:3::2
management.a mg0 10.9.0.1/24 fd00:9::1/64
unknown      un0 10.8.0.1/24 fd00:8::1/64
'

# shellcheck disable=SC2034
TOPOLOGY_HOSTS='
mynumber.a   10.1.0.10    fd00:1::10
mynumber.a   10.1.0.11    fd00:1::11
mynumber.a   10.1.0.60    fd00:1::60     00:00:5e:00:53:60
mynumber.b   10.1.1.10    fd00:1:1::10
lgwan.a      10.2.0.2     fd00:2::2
lgwan.a      10.2.0.10    fd00:2::10
lgwan.a      10.2.0.11    fd00:2::11
lgwan.a      10.200.0.10  fd00:200::10
internet.a   10.3.0.2     fd00:3::2
internet.a   10.3.0.10    fd00:3::10
internet.a   198.51.100.9 2001:db8:9::9
management.a 10.9.0.10    fd00:9::10
unknown      10.8.0.10    fd00:8::10
'

# Hosts and services that paths of the lab may name.
LAB_HOSTS='
{ name = "my"; address = [ "10.1.0.10", "fd00:1::10" ]; }
{ name = "bound"; address = [ "10.1.0.60", "fd00:1::60" ]; mac = "00:00:5e:00:53:60"; }
{ name = "lg"; address = [ "10.2.0.10", "fd00:2::10" ]; }
{ name = "far"; address = [ "10.200.0.10", "fd00:200::10" ]; }
{ name = "in"; address = [ "10.3.0.10", "fd00:3::10" ]; }
{ name = "world"; address = [ "198.51.100.9", "2001:db8:9::9" ]; }
{ name = "mg"; address = [ "10.9.0.10", "fd00:9::10" ]; }
'
LAB_SERVICES='
{ name = "https"; tcp = "443"; }
{ name = "ssh"; tcp = 22; }
{ name = "syslog"; tcp = 6514; }
{ name = "high"; tcp = "1024-2047"; udp = "1024-2047"; }
{ name = "dns"; udp = 53; tcp = 53; }
{ name = "ping"; icmp = "echo-request"; icmpv6 = "echo-request"; }
{ name = "gre"; protocol = [ "gre" ]; }
{ name = "all-tcp"; tcp = "any"; }
'

# Of the elements in $1, one a line, those that $2 names: the rest would only be warned about.
lab_named()
{
	local element name all=
	while read -r element; do
		name=$(sed -n 's/^{ name = \("[^"]*"\).*/\1/p' <<<"$element")
		if [ -n "$name" ] && [[ $2 == *$name* ]]; then
			all="$all${all:+,
  }$element"
		fi
	done <<<"$1"
	echo "$all"
}

# The configuration of the lab: lab_config PATHS [GATEWAY].
# No zone is of kind mynumber: what may cross that boundary at all is the configuration's own affair
# and is tested there; here paths of every shape are tried with packets.
#	PATHS	elements of "paths"
#	GATEWAY	members of "gateway"
lab_config()
{
	cat <<END
site = { name = "lab"; label = "試験場"; };
zones = (
  { name = "mynumber"; kind = "lgwan"; label = "マイナンバー利用事務系";
    segments = ( { name = "a"; interface = "my0"; networks = [ "10.1.0.0/24", "fd00:1::/64" ]; },
                 { name = "b"; interface = "my1"; networks = [ "10.1.1.0/24", "fd00:1:1::/64" ]; } ); },
  { name = "lgwan"; kind = "lgwan"; label = "LGWAN接続系";
    segments = ( { name = "a"; interface = "lg0"; networks = [ "10.2.0.0/24", "fd00:2::/64" ];
                   remote = [ "10.200.0.0/16", "fd00:200::/32" ]; } ); },
  { name = "internet"; kind = "internet"; label = "インターネット接続系";
    segments = ( { name = "a"; interface = "in0"; networks = [ "10.3.0.0/24", "fd00:3::/64" ];
                   remote = [ "0.0.0.0/0", "::/0" ]; } ); },
  { name = "management"; kind = "management";
    segments = ( { name = "a"; interface = "mg0"; networks = [ "10.9.0.0/24", "fd00:9::/64" ]; } ); } );
hosts = (
  $(lab_named "$LAB_HOSTS" "$*") );
services = (
  $(lab_named "$LAB_SERVICES" "$*") );
paths = ( $1 );
gateway = { ${2:-} };
log = { epoch = ${EPOCH:-10}; ${LOG_KEYS:-} };
END
}

# A path between hosts or zones: lab_path NAME FROM TO SERVICE
lab_path()
{
	printf '{ name = "%s"; from = "%s"; to = "%s"; service = "%s"; reason = "試験"; }' "$@"
}

# Paths with commas between them.
lab_paths()
{
	local path first=
	for path in "$@"; do
		printf '%s%s' "$first" "$path"
		first=', '
	done
}

# The gateway, hosts and programs with these paths.
lab_up()
{
	topology_up || die "the lab could not be built"
	lab_config "$@" >"$WORK/lab.conf"
	start_hedated "$WORK/lab.conf"
}

# Forbidden flows from a host, of one packet each or of as many: block SOURCE FLOWS [PACKETS]
block()
{
	local words
	plan_words blocked raw 10.3.0.10 10.1.0.11 53 protocol=udp
	words=("${WORDS[@]:1}")
	"$PROBE" send "${words[@]}" count=$(($2 * ${3:-1})) "distinct=$2" "source=$1" >/dev/null
}

#!/bin/bash
# What "hedate check" says of each kind of bad profile: profile-errors/<case>.conf, which the site
# names as its profile "town", against profile-errors/<case>.expected. Exit status 4, and nothing
# but what is wrong with the profile. Then profiles that are not there, or may not be read.
#
#	UPDATE=1 tests/golden/610-profile-errors.sh	write what it says now, to be read before commit
# shellcheck source=tests/golden/common.sh
. "$(dirname "$0")/common.sh"
expected=$PWD/tests/golden/profile-errors

mkdir "$work/profiles" "$work/models"
# site_of EXTRA: a configuration that is valid but for its profile.
site_of()
{
	cat >"$work/site.conf" <<-END
		site = { name = "town"; $1 };
		zones = (
		  { name = "lgwan"; kind = "lgwan"; segments = (
		    { name = "office"; interface = "eth1"; networks = "10.2.0.0/24"; } ); },
		  { name = "admin"; kind = "management"; segments = (
		    { name = "lan"; interface = "eth9"; networks = "10.9.0.0/24"; } ); } );
		services = ( { name = "ssh"; tcp = 22; } );
		gateway = { input = ( { name = "A1"; from = "10.9.0.5"; service = "ssh"; reason = "保守"; } ); };
	END
	chmod 644 "$work/site.conf"
}

# compare NAME STATUS [ARGUMENT...]: what is said of site.conf.
compare()
{
	local name=$1 wanted=$2 status
	(cd "$work" && "$hedate" check --profiles . "${@:3}" site.conf) >"$work/shown" 2>"$work/said"
	status=$?
	cases=$((cases + 1))
	if [ "${UPDATE:-0}" = 1 ]; then
		cp "$work/said" "$expected/$name.expected"
	fi
	if ! diff -u "$expected/$name.expected" "$work/said" || [ "$status" != "$wanted" ]; then
		fail "$name: differs, or exit status $status instead of $wanted"
	fi
}

site_of 'profile = "town";'
for file in "$expected"/*.conf; do
	name=$(basename "$file" .conf)
	install -m 644 "$file" "$work/profiles/town.conf"
	wanted=4
	case $name in valid-*) wanted=0 ;; esac
	compare "$name" $wanted
done

# A model is read as strictly.
rm "$work/profiles/town.conf"
site_of 'model = "own";'
sed 's/"town"/"own"/; s/"isolation"/"isolatoin"/' "$expected/valid-all.conf" >"$work/models/own.conf"
chmod 644 "$work/models/own.conf"
compare model-kind 4

# Names that are not there.
site_of 'profile = "twon";'
install -m 644 "$expected/valid-all.conf" "$work/profiles/town.conf"
compare file-missing-similar 4
site_of 'profile = "zzzzzz"; model = "zzzzzz";'
compare file-missing 4
site_of 'profile = "../town";'
compare file-path 4
site_of 'profile = "other";'
install -m 644 "$expected/valid-all.conf" "$work/profiles/other.conf"
compare file-other-name 4

# Files that may not be read, by the rules for configurations.
site_of 'profile = "town";'
chmod 666 "$work/profiles/town.conf"
compare file-writable 4
rm "$work/profiles/town.conf"
mkdir "$work/profiles/town.conf"
compare file-directory 4
rmdir "$work/profiles/town.conf"
mkfifo "$work/profiles/town.conf"
compare file-fifo 4
rm "$work/profiles/town.conf"
ln -s town.conf "$work/profiles/town.conf"
compare file-loop 4
rm "$work/profiles/town.conf"

# The option's directory comes before all others, and the first that has the file counts.
site_of 'profile = "miyazaki";'
sed 's/"town"/"miyazaki"/' "$expected/valid-all.conf" >"$work/profiles/miyazaki.conf"
chmod 644 "$work/profiles/miyazaki.conf"
compare file-first 0
grep -q '例示町' "$work/shown" || fail "file-first: it was not that of --profiles"

enough_cases 50

# shellcheck shell=bash
# Programs of Debian packages that tests need and that are not installed, because that would start
# them as services (sourced, after common.sh): fetched, unpacked in the build directory, and laid
# over /usr in the mount namespace of the test.

# with_packages NAME PROGRAM PACKAGE...: from here on PROGRAM can be run; else the test is skipped.
with_packages()
{
	local directory=$BUILD/packages/$1 program=$2 why
	shift 2
	[ ! -x "$program" ] || return 0
	mkdir -p "$BUILD/packages"
	# Two tests may want the same at once.
	why=$(flock "$directory.lock" python3 -B "$SOURCE_DIR/tests/bench/packages.py" \
		"$directory" "$@") || skip "$* cannot be fetched: $why"
	(cd "$directory" && mount -t overlay -o ro,lowerdir=usr:/usr hedate-test /usr) ||
		skip "$* cannot be laid over /usr here"
	[ -x "$program" ] || die "$program is not in $*"
}

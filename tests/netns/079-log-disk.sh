#!/bin/bash
# The disk of the log, with the recorder at work: nearly full, larger than it should be, no inode
# left, read-only. Each is on record, once; enforcing and counting go on, and afterwards every packet
# is on record.
# waits
# shellcheck source=tests/netns/common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=tests/netns/lab.sh
. "$NETNS_DIR/lab.sh"

if [ "${KEEP:-}" = 1 ]; then
	skip "mounts file systems in a namespace of its own"
fi
mkdir "$LOGS"
mount -t tmpfs -o size=24m,mode=0755 log "$LOGS" || die "no small file system"

# For wait_until.
# shellcheck disable=SC2317
has()
{
	[ "$(records "select(.\"event.action\" == \"$1\")" | wc -l)" -ge "$2" ]
}

# expect EVENT TIMES: so many are on record, or will be soon. The recorder looks at its files once a
# minute, and after somebody has asked it for something.
expect()
{
	hedate log review --note 'look at the files' >/dev/null || fail "review"
	wait_until 200 has "$1" "$2" || fail "$1 is not on record"
	! has "$1" $(($2 + 1)) || fail "$1 more than $2 times"
}

said()
{
	grep -c "$1" "$WORK/hedated.out"
}

# Flows are blocked and counted, and what is permitted passes, while nothing can be written.
expect_enforcing()
{
	wait_until 100 eval "[ \$(said 'cannot be written') -gt $2 ]" || fail "the recorder says nothing, $1"
	[ "$(try tcp 10.1.0.10 10.2.0.10 443)" = passed ] || fail "permitted, $1"
	[ "$(try tcp 10.3.0.10 10.1.0.10 443)" != passed ] || fail "not permitted, $1"
}

EPOCH=1 LOG_KEYS='segment = "1M"; compress = false; retention = { days = 3; size = "2M"; };' \
	lab_up "$(lab_path P1 my lg https)"
block 10.3.0.20 50
check_equation

## Nearly full and too large, and with room again.
head -c 22M /dev/zero >"$LOGS/filler" || fail "the filler"
expect disk-low 1
expect log-too-large 1
[ "$(said 'of the disk are free')" = 1 ] || fail "nothing is said of the disk"
[ "$(said 'is larger than log.retention.size')" = 1 ] || fail "nothing is said of the size"
expect disk-low 1
rm "$LOGS/filler"
expect disk-enough 1
expect log-size-ok 1

## No inode left: no other file can be begun.
used=$(df --output=iused "$LOGS" | tail -n 1 | tr -d ' ')
mount -o "remount,nr_inodes=$used" "$LOGS" || fail "no limit of inodes"
touch "$LOGS/one-more" 2>/dev/null && fail "there are inodes"
block 10.3.0.21 2000
# They fill the file, in an epoch of their own: what comes behind it needs another one.
hedate flush >/dev/null 2>&1 || say "the log is not written any more"
block 10.3.0.22 100
expect_enforcing "without inodes" 0
block 10.3.0.23 20
mount -o "remount,nr_inodes=1000" "$LOGS"
wait_until 150 is_ready || fail "the recorder does not come back"
wait_until 200 has log-recovered 1 || fail "nothing says that the log was not written"
check_equation

## Read-only before the recorder starts.
recorder_stop TERM
mount -o remount,ro "$LOGS" || fail "remount"
in_ns gw "$PROGRAMS/hedate-logd" -d "$LOGS" -r "$RUN" >"$WORK/refused" 2>&1 && fail "it starts on a read-only disk"
grep -q 'Read-only file system' "$WORK/refused" || fail "it says: $(cat "$WORK/refused")"
block 10.3.0.24 20
mount -o remount,rw "$LOGS"
recorder_start
check_equation

## The file system turns read-only under it, as one does that has found an error in itself.
recorder_stop TERM
truncate -s 32M "$WORK/image"
mkdir "$WORK/old"
cp -a "$LOGS/." "$WORK/old/"
if mkfs.ext4 -q -O ^has_journal "$WORK/image" 2>"$WORK/no-loop" && mount -o loop,errors=remount-ro "$WORK/image" "$LOGS" 2>"$WORK/no-loop"; then
	device=$(findmnt -no SOURCE --target "$LOGS" | tail -n 1)
	cp -a "$WORK/old/." "$LOGS/"
	chmod 755 "$LOGS"
	sync -f "$LOGS"
	recorder_start
	block 10.3.0.25 30
	check_equation
	before=$(said 'cannot be written')
	echo 1 >"/sys/fs/ext4/${device#/dev/}/trigger_fs_error"
	block 10.3.0.26 40
	expect_enforcing "on a disk that turned read-only" "$before"
	[ "$(said 'cannot be written: Read-only file system')" -ge 1 ] || fail "the reason is not said"
	# What a person does then.
	recorder_stop TERM
	umount "$LOGS"
	e2fsck -fy "$WORK/image" >"$WORK/e2fsck" 2>&1
	mount -o loop "$WORK/image" "$LOGS" || die "the image: $(cat "$WORK/e2fsck")"
	recorder_start
	wait_until 150 is_ready || fail "the recorder does not come back"
	# The kernel has kept them for it: it is connected before they are delivered.
	flush || fail "hedate flush"
	ports=$(records 'select(."source.ip" == "10.3.0.26") | ."source.port"' | sort -u | wc -l)
	[ "$ports" = 40 ] || fail "$ports of 40 flows from when nothing could be written are on record"
	check_equation
else
	say "no file system on a loop device here: $(cat "$WORK/no-loop")"
	recorder_start
fi
finish

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logrecord.h"
#include "logverify_impl.h"

#define PROGRESS_BYTES (16u << 20)
#define AHEAD	       1000 /* how far a sequence number may go on behind a checkpoint */
#define UNSEALED_NS    INT64_C(120000000000) /* that records may wait for a checkpoint */

size_t logverify_segment(const struct logverify *verify, const char *file, bool *ret_exists)
{
	size_t low = 0, high = verify->segments.count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(verify->segments.names[middle], file) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_exists =
		low < verify->segments.count && strcmp(verify->segments.names[low], file) == 0;
	return low;
}

/* The sequence number that a line carries; 0: none. */
static uint64_t sequence_of(const char *line, size_t length)
{
	static const char key[] = "\"event.sequence\":";
	const char *at = memmem(line, length, key, sizeof(key) - 1), *end = line + length;
	uint64_t number = 0;
	if (!at)
		return 0;
	for (at += sizeof(key) - 1; at < end && *at >= '0' && *at <= '9'; at++)
		number = number * 10 + (uint64_t)(*at - '0');
	return number;
}

static int next_line(struct logverify *verify, struct logscan_line *line)
{
	int r = logscan_next(verify->scan, line);
	if (r <= 0)
		return r;
	verify->summary->lines++;
	verify->summary->bytes += line->length + 1;
	if (verify->request->progress && verify->summary->bytes - verify->told >= PROGRESS_BYTES) {
		verify->told = verify->summary->bytes;
		verify->request->progress(verify->told, verify->request->data);
	}
	return 1;
}

/* Within a file the lines alone say where we are: what was damaged before may have moved them. At
 * the beginning of one, nothing may be left of those before it. */
static bool is_at(struct logverify *verify, const struct logpoint *at)
{
	struct logscan_position here = logscan_tell(verify->scan);
	struct logscan_line line;
	bool exists;
	size_t segment = logverify_segment(verify, at->file, &exists);
	if (at->end > 0)
		return exists && here.segment == segment;
	if (here.segment >= segment)
		return here.segment == segment && here.offset == 0;
	bool same = logscan_next(verify->scan, &line) <= 0 || line.begin.segment >= segment;
	logscan_seek(verify->scan, same ? (struct logscan_position){ segment, 0 } : here);
	return same;
}

/* 1: the lines are those that were sealed; 0: they are not. */
static int try_lines(struct logverify *verify, const struct logpoint *at)
{
	struct merkle_range tree = verify->before.tree;
	struct merkle_hash root, sealed;
	struct logscan_line line;
	int r = 1;
	while (tree.size < at->tree.size && (r = next_line(verify, &line)) > 0 && line.whole) {
		struct merkle_hash leaf;
		merkle_leaf(line.text, line.length, &leaf);
		merkle_append(&tree, &leaf);
		logverify_look_for_removal(verify, line.text, line.length);
	}
	if (r < 0)
		return r;
	merkle_root(&tree, &root);
	merkle_root(&at->tree, &sealed);
	bool same = tree.size == at->tree.size && merkle_equal(&root, &sealed);
	logverify_settle_removals(verify, same);
	return same && is_at(verify, at);
}

/* Naming ----------------------------------------------------------------------------------------
 */

/* The lines of an interval in which something is wrong. */
struct damage {
	uint64_t low, count; /* sequence numbers that were sealed: from low on */
	uint8_t *seen;	     /* [count] */
	uint64_t present, extra;
	uint64_t first_missing, last_missing;
	uint64_t latest; /* the greatest number so far */
	bool disordered;
};

/* A line, and the one after it. */
struct glance {
	struct logscan_position begin;
	uint64_t sequence;
};

/* Does a line belong to what was sealed later? One number alone may be forged. */
static bool is_behind(const struct logverify *verify, const struct logpoint *at,
	const struct glance *line, const struct glance *next)
{
	int order = strcmp(verify->segments.names[line->begin.segment], at->file);
	if (order > 0 || (order == 0 && at->end == 0))
		return true;
	if (line->sequence <= at->sequence || line->sequence - at->sequence > AHEAD)
		return false;
	return line->sequence == at->sequence + 1 || !next || next->sequence == line->sequence + 1;
}

static int take_glance(struct logverify *verify, struct glance *ret_glance)
{
	struct logscan_line line;
	int r = logscan_next(verify->scan, &line);
	if (r <= 0)
		return r;
	ret_glance->begin = line.begin;
	ret_glance->sequence = line.whole ? sequence_of(line.text, line.length) : 0;
	return 1;
}

static void note_line(struct damage *damage, uint64_t sequence)
{
	uint64_t i = sequence - damage->low;
	if (sequence < damage->low || i >= damage->count || damage->seen[i]) {
		damage->extra++;
		return;
	}
	damage->seen[i] = 1;
	damage->present++;
	damage->disordered |= sequence < damage->latest;
	damage->latest = sequence;
}

static int collect(struct logverify *verify, const struct logpoint *at, struct damage *damage)
{
	struct glance line, next;
	logscan_seek(verify->scan, verify->reached);
	int r = take_glance(verify, &line);
	while (r > 0) {
		r = take_glance(verify, &next);
		if (r < 0)
			return r;
		if (is_behind(verify, at, &line, r ? &next : NULL)) {
			logscan_seek(verify->scan, line.begin);
			break;
		}
		note_line(damage, line.sequence);
		line = next;
	}
	for (uint64_t i = 0; i < damage->count; i++) {
		if (damage->seen[i])
			continue;
		if (damage->first_missing == 0)
			damage->first_missing = damage->low + i;
		damage->last_missing = damage->low + i;
	}
	return r < 0 ? r : 0;
}

/* Is what is missing the end of a file? */
static bool is_end(const struct logverify *verify, const struct damage *damage)
{
	struct logscan_position here = logscan_tell(verify->scan);
	bool suffix =
		damage->last_missing == damage->low + damage->count - 1 &&
		damage->last_missing - damage->first_missing + 1 == damage->count - damage->present;
	return suffix && (here.segment >= verify->segments.count || here.offset == 0);
}

/* What could not be read is told once for each file. */
static void tell_damaged(struct logverify *verify, const char *file, uint64_t first, uint64_t last)
{
	if (strcmp(verify->damaged, file) != 0)
		logverify_tell(verify, LOGVERIFY_DAMAGED, file, first, last);
	memcpy(verify->damaged, file, sizeof(verify->damaged));
}

static int name_missing(
	struct logverify *verify, const struct logpoint *at, const struct damage *damage, bool gap)
{
	bool exists, begins = at->end == 0;
	/* The end of the file before, when this is the beginning of one. */
	const char *file = begins ? verify->before.file : at->file;
	size_t segment = logverify_segment(verify, file, &exists);
	uint64_t first = damage->first_missing, last = damage->last_missing;
	if (!exists && (!begins || !gap))
		return logverify_note_gone(verify, file, first, last);
	if (exists && logscan_is_damaged(verify->scan, segment))
		tell_damaged(verify, file, first, last);
	else if (gap && begins && damage->present == 0)
		logverify_tell(verify, LOGVERIFY_SEGMENT_MISSING, "", first, last);
	else if (is_end(verify, damage))
		logverify_tell(verify, LOGVERIFY_TRUNCATED, file, first, last);
	else
		logverify_tell(verify, LOGVERIFY_DELETED, at->file, first, last);
	return 0;
}

static int name(
	struct logverify *verify, const struct logpoint *at, const struct damage *damage, bool gap)
{
	uint64_t missing = damage->count - damage->present;
	uint64_t low = damage->low, high = at->sequence;
	if (missing == 0 && damage->extra == 0)
		logverify_tell(verify, damage->disordered ? LOGVERIFY_REORDERED : LOGVERIFY_CHANGED,
			at->file, low, high);
	else if (missing > 0 && damage->extra > 0)
		logverify_tell(verify, LOGVERIFY_CHANGED, at->file, damage->first_missing,
			damage->last_missing);
	if (damage->extra > missing)
		logverify_tell(verify, LOGVERIFY_INSERTED, at->file, low, high);
	return missing > damage->extra ? name_missing(verify, at, damage, gap) : 0;
}

static int name_damage(struct logverify *verify, const struct logpoint *at, bool gap)
{
	struct damage damage = { .count = at->tree.size - verify->before.tree.size };
	damage.low = at->sequence - damage.count + 1;
	damage.seen = calloc(damage.count + 1, 1);
	if (!damage.seen)
		return -ENOMEM;
	int r = collect(verify, at, &damage);
	if (r == 0)
		r = name(verify, at, &damage, gap);
	free(damage.seen);
	return r;
}

int logverify_interval(struct logverify *verify, const struct checkpoint *one, bool gap)
{
	const struct logpoint *at = &one->at;
	int r = 0;
	if (!logverify_is_gone(verify, one)) {
		logscan_seek(verify->scan, verify->reached);
		r = try_lines(verify, at);
		if (r == 0)
			r = name_damage(verify, at, gap);
		verify->reached = logscan_tell(verify->scan);
	}
	verify->before = *at;
	return r < 0 ? r : 0;
}

/* The end ----------------------------------------------------------------------------------------
 */

int logverify_tail(struct logverify *verify, int64_t sealed_time)
{
	struct logscan_line line;
	const char *file = "";
	uint64_t first = 0, last = 0, before = verify->before.sequence;
	bool late = verify->summary->checkpoints == 0;
	int r;
	logscan_seek(verify->scan, verify->reached);
	while ((r = next_line(verify, &line)) > 0) {
		int64_t time;
		if (!line.whole && line.begin.segment + 1 == verify->segments.count) {
			verify->summary->torn = line.length;
			break;
		}
		verify->summary->unsealed++;
		file = verify->segments.names[line.begin.segment];
		last = sequence_of(line.text, line.length);
		first = first ? first : last;
		/* Each record has a number of its own: a crash leaves none twice. */
		late |= last <= before;
		before = last;
		/* What is no record is nothing that waits to be sealed. */
		late |= log_record_time(line.text, line.length, &time) < 0 ||
			(time > sealed_time && time - sealed_time > UNSEALED_NS);
	}
	if (verify->summary->unsealed > 0 && late)
		logverify_tell(verify, LOGVERIFY_UNSEALED, file, first, last);
	for (size_t i = verify->reached.segment; r >= 0 && i < verify->segments.count; i++)
		if (logscan_is_damaged(verify->scan, i))
			tell_damaged(verify, verify->segments.names[i], 0, 0);
	return r < 0 ? r : 0;
}

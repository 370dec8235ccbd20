/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log's files: which there are, compressing them, removing them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/array.h"
#include "../lib/errtext.h"
#include "../lib/fileio.h"
#include "../lib/i18n.h"
#include "../lib/logfile.h"
#include "../lib/logverify.h"
#include "../lib/seal.h"
#include "../lib/sealcut.h"
#include "clock.h"
#include "housekeep_impl.h"
#include "recorder.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define KEY_FILE     LOGVERIFY_REMOVED_KEY

void housekeep_record(struct housekeep *housekeep, const char *action, bool success,
	const char *message, const struct record_extra *extras, size_t count)
{
	const struct record_event event = {
		.time = clock_realtime(),
		.action = action,
		.outcome = success ? "success" : "failure",
		.message = message,
		.extras = extras,
		.extra_count = count,
	};
	journal_event(housekeep->journal, &event);
}

/* Listing ------------------------------------------------------------------------------------- */

static int grow(struct housekeep_files *files)
{
	struct retention_file *items =
		array_reserve_next(files->items, sizeof(*items), files->count);
	if (!items)
		return -ENOMEM;
	files->items = items;
	bool *compressed = array_reserve_next(files->compressed, sizeof(*compressed), files->count);
	if (!compressed)
		return -ENOMEM;
	files->compressed = compressed;
	return 0;
}

/* A segment may be there in both forms: then it is not compressed yet. */
static int add_file(
	struct housekeep_files *files, const char *segment, bool compressed, uint64_t bytes)
{
	size_t at = files->count;
	while (at > 0 && strcmp(files->items[at - 1].segment, segment) > 0)
		at--;
	if (at > 0 && strcmp(files->items[at - 1].segment, segment) == 0) {
		files->items[at - 1].bytes += bytes;
		files->compressed[at - 1] &= compressed;
		return 0;
	}
	int r = grow(files);
	if (r < 0)
		return r;
	size_t behind = files->count++ - at;
	memmove(&files->items[at + 1], &files->items[at], behind * sizeof(*files->items));
	memmove(&files->compressed[at + 1], &files->compressed[at],
		behind * sizeof(*files->compressed));
	snprintf(files->items[at].segment, LOGNAME_MAX, "%s", segment);
	files->items[at].bytes = bytes;
	files->compressed[at] = compressed;
	return 0;
}

static int take_entry(
	const struct housekeep *housekeep, const char *name, struct housekeep_files *files)
{
	char segment[LOGNAME_MAX];
	bool compressed;
	struct stat status;
	if (fstatat(housekeep->directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISREG(status.st_mode))
		return 0; /* gone meanwhile, or none of ours */
	uint64_t bytes = (uint64_t)status.st_blocks * 512;
	files->bytes += bytes;
	if (logfile_segment(name, segment, &compressed) < 0)
		return 0;
	return add_file(files, segment, compressed, bytes);
}

int housekeep_list(const struct housekeep *housekeep, struct housekeep_files *ret_files)
{
	const struct dirent *entry;
	DIR *names;
	int r = fileio_names(housekeep->directory, ".", &names);

	memset(ret_files, 0, sizeof(*ret_files));
	if (r < 0)
		return r;
	while (r == 0 && (entry = readdir(names)))
		r = take_entry(housekeep, entry->d_name, ret_files);
	closedir(names);
	if (r < 0)
		housekeep_files_clear(ret_files);
	return r;
}

void housekeep_files_clear(struct housekeep_files *files)
{
	free(files->items);
	free(files->compressed);
	memset(files, 0, sizeof(*files));
}

/* Compressing --------------------------------------------------------------------------------- */

static void record_packed(struct housekeep *housekeep)
{
	uint64_t plain, packed;
	logfile_pack_sizes(housekeep->pack, &plain, &packed);
	const struct record_extra extras[] = {
		{ .key = KEY_FILE, .text = housekeep->packing },
		{ .key = "log.bytes", .number = plain },
		{ .key = "log.compressed_bytes", .number = packed },
	};
	housekeep_record(housekeep, "segment-compressed", true,
		"a file of the log was compressed; what was written reads the same", extras,
		COUNT(extras));
}

static void pack_failed(struct housekeep *housekeep, int error)
{
	const struct record_extra extras[] = {
		{ .key = KEY_FILE, .text = housekeep->packing },
		{ .key = "error", .text = errtext_english(error) },
	};
	if (housekeep->pack_error == error)
		return; /* that was said */
	housekeep->pack_error = error;
	housekeep_record(housekeep, "compress-failed", false,
		"a file of the log could not be compressed; it stays as it was written", extras,
		COUNT(extras));
	recorder_say(_("%s cannot be compressed: %s; it stays as it was written"),
		housekeep->packing, errtext(error));
}

static void end_pack(struct housekeep *housekeep)
{
	logfile_pack_end(housekeep->pack);
	housekeep->pack = NULL;
}

static int begin_pack(struct housekeep *housekeep, const char *name)
{
	memcpy(housekeep->packing, name, strlen(name) + 1);
	int r = logfile_pack_begin(
		housekeep->directory, housekeep->packing, NULL, &housekeep->pack);
	if (r < 0)
		pack_failed(housekeep, r);
	return r == 0;
}

/* The .seal of a segment that is compressed. */
static int pack_seal(struct housekeep *housekeep, const struct housekeep_files *files)
{
	char name[LOGNAME_MAX];
	struct stat status;
	for (size_t i = 0; i + 1 < files->count; i++)
		if (files->compressed[i] && seal_name(files->items[i].segment, name) == 0 &&
			fstatat(housekeep->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
			status.st_size > 0)
			return begin_pack(housekeep, name);
	return 0;
}

int housekeep_pack(struct housekeep *housekeep, const struct housekeep_files *files)
{
	size_t i = 0;
	if (housekeep->pack)
		return 1;
	/* What grows is the last one, and what the sealing has not left behind yet. */
	while (i + 1 < files->count && (files->compressed[i] || files->items[i].bytes == 0))
		i++;
	if (i + 1 >= files->count || strcmp(files->items[i].segment, housekeep->current) >= 0)
		return pack_seal(housekeep, files);
	return begin_pack(housekeep, files->items[i].segment);
}

int housekeep_pack_step(struct housekeep *housekeep)
{
	if (!housekeep->pack)
		return 0;
	int r = logfile_pack_step(housekeep->pack);
	if (r > 0)
		return 1;
	if (r < 0) {
		pack_failed(housekeep, r);
	} else {
		char segment[LOGNAME_MAX];
		housekeep->pack_error = 0;
		if (seal_segment(housekeep->packing, segment) < 0)
			record_packed(housekeep);
	}
	end_pack(housekeep);
	return r;
}

/* Removing ------------------------------------------------------------------------------------ */

/* On record, and sealed; -EAGAIN: not now. first: the first checkpoint that stays, NULL: none of
 * them goes. */
static int record_removal(struct housekeep *housekeep, const struct retention_file *file,
	const struct checkpoint *first)
{
	char vkey[CHECKPOINT_VKEY_MAX] = "";
	if (first)
		checkpoint_vkey(first->origin, first->key, vkey);
	const struct record_extra extras[] = {
		{ .key = KEY_FILE, .text = file->segment },
		{ .key = "log.bytes", .number = file->bytes },
		{ .key = "log.days", .number = housekeep->settings.retention_days },
		{ .key = SEALCUT_INDEX_KEY, .number = first ? first->index : 0 },
		{ .key = SEALCUT_VKEY_KEY, .text = vkey },
	};
	if (!journal_log(housekeep->journal))
		return -EAGAIN;
	housekeep_record(housekeep, LOGVERIFY_REMOVED, true,
		"the time for which this file of the log is kept is over; it is removed", extras,
		first ? COUNT(extras) : COUNT(extras) - 2);
	sealer_run(housekeep->sealer);
	uint64_t sealed = sealer_state(housekeep->sealer)->sequence;
	return sealed > 0 && sealed == journal_sequence(housekeep->journal) ? 0 : -EAGAIN;
}

static int unlink_file(struct housekeep *housekeep, const char *segment)
{
	static const char *const endings[] = { LOGFILE_ENDING, "" };
	for (size_t i = 0; i < COUNT(endings); i++) {
		char name[LOGNAME_MAX + sizeof(LOGFILE_ENDING)];
		snprintf(name, sizeof(name), "%s%s", segment, endings[i]);
		if (unlinkat(housekeep->directory, name, 0) < 0 && errno != ENOENT)
			return -errno;
	}
	return fsync(housekeep->directory) < 0 ? -errno : 0;
}

int housekeep_remove(struct housekeep *housekeep, const struct housekeep_files *files)
{
	const struct retention_file *file = &files->items[0];
	char seal[LOGNAME_MAX] = "";
	(void)seal_name(file->segment, seal);
	if (housekeep->pack && (strcmp(housekeep->packing, file->segment) == 0 ||
				       strcmp(housekeep->packing, seal) == 0))
		end_pack(housekeep);
	struct checkpoint first;
	bool cut = files->count > 1 && sealcut_first(housekeep->path, file[1].segment, &first) == 0;
	/* That it goes is said once, however often it takes. */
	int r = strcmp(housekeep->removing, file->segment) == 0
			? 0
			: record_removal(housekeep, file, cut ? &first : NULL);
	if (r == 0) {
		memcpy(housekeep->removing, file->segment, LOGNAME_MAX);
		r = unlink_file(housekeep, file->segment);
	}
	if (r == 0 && cut)
		r = sealcut_remove(housekeep->path, file[1].segment);
	if (r < 0 && r != -EAGAIN && r != housekeep->remove_error) {
		const struct record_extra extras[] = {
			{ .key = KEY_FILE, .text = file->segment },
			{ .key = "error", .text = errtext_english(r) },
		};
		housekeep_record(housekeep, "remove-failed", false,
			"a file of the log whose time is over could not be removed", extras,
			COUNT(extras));
	}
	housekeep->remove_error = r == -EAGAIN ? housekeep->remove_error : r;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detaillog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of records. The entries' layout is part of the format: writeahead.c's VERSION goes up with it. */
enum record_type {
	RECORD_NAME = 1,  /* number (u16), text */
	RECORD_FLOW,	  /* struct pending_entry: the next one of flows */
	RECORD_OVERFLOWN, /* the same of overflow */
	RECORD_CHANGE,	  /* struct change: one of overflow has grown */
	RECORD_EPOCH,	  /* number (u64): all before is of this epoch, which is closed */
	RECORD_PACKETS,	  /* the next bytes of packets */
};

#define PACKETS_PART (16u << 10) /* of packets, in a record */

struct record_head {
	uint8_t type, zero;
	uint16_t length;
};

struct change {
	uint32_t index, zero;
	int64_t end;
	uint64_t packets, bytes;
};

_Static_assert(sizeof(struct pending_entry) == 112, "a new layout is a new version");

struct detaillog {
	int directory;
	struct writeahead_io io;
	bool has_io;
	bool taken[WRITEAHEAD_NUMBERS]; /* numbers of files */
	size_t used;			/* of the frame that is being made */
	uint8_t frame[WRITEAHEAD_FRAME];
};

int detaillog_open(
	const char *directory, const struct writeahead_io *io, struct detaillog **ret_log)
{
	struct detaillog *log = calloc(1, sizeof(*log));
	if (!log)
		return -ENOMEM;
	log->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (log->directory < 0) {
		int r = -errno;
		free(log);
		return r;
	}
	if (io)
		log->io = *io;
	log->has_io = io != NULL;
	*ret_log = log;
	return 0;
}

void detaillog_close(struct detaillog *log)
{
	if (!log)
		return;
	close(log->directory);
	free(log);
}

static const struct writeahead_io *io_of(const struct detaillog *log)
{
	return log->has_io ? &log->io : NULL;
}

void detaillog_name(const struct details *details, char name[DETAILLOG_NAME_MAX])
{
	const uint8_t *id = details->file ? writeahead_head(details->file)->id : NULL;
	name[0] = '\0';
	for (size_t i = 0; id && i < WRITEAHEAD_ID; i++)
		snprintf(name + 2 * i, 3, "%02x", id[i]);
}

/* Writing ------------------------------------------------------------------------------------- */

static int flush(struct detaillog *log, struct writeahead *file)
{
	int r = log->used ? writeahead_put(file, log->frame, log->used) : 0;
	log->used = 0;
	return r;
}

/* A record of two parts; the second may be empty. */
static int put(struct detaillog *log, struct writeahead *file, enum record_type type,
	const void *first, size_t first_length, const void *second, size_t second_length)
{
	const struct record_head head = { .type = (uint8_t)type,
		.length = (uint16_t)(first_length + second_length) };
	size_t size = sizeof(head) + first_length + second_length;
	int r = size > sizeof(log->frame) - log->used ? flush(log, file) : 0;
	if (r < 0)
		return r;
	uint8_t *place = log->frame + log->used;
	memcpy(place, &head, sizeof(head));
	memcpy(place + sizeof(head), first, first_length);
	if (second_length)
		memcpy(place + sizeof(head) + first_length, second, second_length);
	log->used += size;
	return 0;
}

static int put_names(
	struct detaillog *log, struct writeahead *file, const struct names *names, size_t from)
{
	int r = 0;
	for (size_t i = from; i < names->count && r == 0; i++) {
		uint16_t number = (uint16_t)i;
		r = put(log, file, RECORD_NAME, &number, sizeof(number), names->texts[i],
			strlen(names->texts[i]));
	}
	return r;
}

static int put_entries(struct detaillog *log, struct writeahead *file, enum record_type type,
	const struct pending *pending, size_t from)
{
	int r = 0;
	for (size_t i = from; i < pending->count && r == 0; i++)
		r = put(log, file, type, &pending->entries[i], sizeof(pending->entries[i]), NULL,
			0);
	return r;
}

static int put_changes(
	struct detaillog *log, struct writeahead *file, const struct details *details)
{
	int r = 0;
	for (size_t i = 0; i < details->changed_count && r == 0; i++) {
		uint32_t index = details->changed[i];
		const struct pending_entry *entry = &details->overflow.entries[index];
		const struct change change = {
			.index = index,
			.end = entry->end,
			.packets = entry->packets,
			.bytes = entry->bytes,
		};
		r = put(log, file, RECORD_CHANGE, &change, sizeof(change), NULL, 0);
	}
	return r;
}

static int put_packets(
	struct detaillog *log, struct writeahead *file, const struct packets *packets, size_t from)
{
	int r = 0;
	for (size_t at = from; at < packets->used && r == 0; at += PACKETS_PART) {
		size_t left = packets->used - at;
		r = put(log, file, RECORD_PACKETS, packets->bytes + at,
			left < PACKETS_PART ? left : PACKETS_PART, NULL, 0);
	}
	return r;
}

/* All that is behind what is kept, and the epoch if it is known. */
static int put_all(struct detaillog *log, struct writeahead *file, const struct details *details,
	const struct details_kept *kept, uint64_t epoch)
{
	log->used = 0;
	int r = put_names(log, file, &details->names, kept->names);
	if (r == 0)
		r = put_packets(log, file, &details->packets, kept->packets);
	if (r == 0)
		r = put_entries(log, file, RECORD_FLOW, &details->flows, kept->flows);
	if (r == 0)
		r = put_changes(log, file, details);
	if (r == 0)
		r = put_entries(log, file, RECORD_OVERFLOWN, &details->overflow, kept->overflow);
	if (r == 0 && epoch)
		r = put(log, file, RECORD_EPOCH, &epoch, sizeof(epoch), NULL, 0);
	if (r == 0)
		r = flush(log, file);
	return r == 0 ? writeahead_sync(file) : r;
}

static void note_kept(struct details *details)
{
	for (size_t i = 0; i < details->changed_count; i++)
		details->overflow.entries[details->changed[i]].flags &= (uint8_t)~PENDING_CHANGED;
	details->changed_count = 0;
	details->kept = (struct details_kept){
		.names = details->names.count,
		.flows = details->flows.count,
		.overflow = details->overflow.count,
		.packets = details->packets.used,
	};
}

static struct writeahead_head head_of(const struct details *details, uint64_t sequence)
{
	struct writeahead_head head = { .generation = details->generation, .sequence = sequence };
	snprintf(head.table, sizeof(head.table), "%s", details->table);
	return head;
}

/* Everything into a new file: the first one, or instead of one that has failed. */
static int write_anew(
	struct detaillog *log, struct details *details, uint64_t epoch, uint64_t sequence)
{
	const struct details_kept none = { 0 };
	const struct writeahead_head head = head_of(details, sequence);
	struct writeahead *file;
	unsigned int number = 0;
	if (details->file)
		number = writeahead_number(details->file);
	else
		while (number < WRITEAHEAD_NUMBERS && log->taken[number])
			number++;
	if (number == WRITEAHEAD_NUMBERS)
		return -EMFILE;
	int r = writeahead_begin(log->directory, number, io_of(log), &head, &file);
	if (r == 0 && (r = put_all(log, file, details, &none, epoch)) < 0)
		writeahead_close(file);
	if (r < 0)
		return r;
	log->taken[number] = true;
	writeahead_close(details->file);
	details->file = file;
	return 0;
}

static int write_more(struct detaillog *log, struct details *details, uint64_t epoch)
{
	int r = put_all(log, details->file, details, &details->kept, epoch);
	if (r < 0)
		writeahead_rollback(details->file);
	return r;
}

/* A file that is empty may have been begun for another table. */
static void begin_for_table(struct details *details, uint64_t sequence)
{
	const struct writeahead_head head = head_of(details, sequence);
	if (details->file && strcmp(writeahead_head(details->file)->table, head.table) != 0)
		(void)writeahead_restart(details->file, &head);
}

static int keep(struct detaillog *log, struct details *details, uint64_t epoch, uint64_t sequence)
{
	begin_for_table(details, sequence);
	bool anew = !details->file || writeahead_failed(details->file);
	int r = anew ? write_anew(log, details, epoch, sequence) : write_more(log, details, epoch);
	/* What cannot be known to be on disk is written once more, elsewhere, at once. */
	if (r < 0 && !anew && writeahead_failed(details->file))
		r = write_anew(log, details, epoch, sequence);
	if (r == 0)
		note_kept(details);
	return r;
}

int detaillog_commit(struct detaillog *log, struct details *details, uint64_t sequence)
{
	return details_unkept(details) ? keep(log, details, details->epoch, sequence) : 0;
}

void detaillog_prepare(struct detaillog *log, struct details *details, uint64_t sequence)
{
	/* If that fails, the first commit tries again, and says so. */
	if (!details->file && !details->unkept)
		(void)keep(log, details, details->epoch, sequence);
}

/* Nothing of them is on disk any more. */
static int unkeep(struct detaillog *log, struct details *details)
{
	unsigned int number = writeahead_number(details->file);
	int r = writeahead_remove(details->file);
	details->file = NULL;
	details->kept = (struct details_kept){ 0 };
	log->taken[number] = false;
	return r;
}

int detaillog_seal(
	struct detaillog *log, struct details *details, uint64_t epoch, uint64_t sequence)
{
	bool nothing =
		details_empty(details) && (!details->file || writeahead_fresh(details->file));
	if (details->epoch == epoch || nothing) {
		details->epoch = epoch;
		return 0;
	}
	int r = details->unkept ? 0 : keep(log, details, epoch, sequence);
	/* Without the number they could be taken for those of a later epoch: so they must not be
	 * there. Their epoch is about to be written. */
	if (r < 0 && details->file) {
		details->unkept = true;
		r = unkeep(log, details);
	} else if (r < 0) {
		details->unkept = true;
		r = 0;
	}
	if (r == 0)
		details->epoch = epoch;
	return r;
}

void detaillog_forget(struct detaillog *log, struct details *details, uint64_t sequence)
{
	details_clear(details);
	if (!details->file || writeahead_fresh(details->file))
		return;
	const struct writeahead_head head = head_of(details, sequence);
	/* If it fails, the number of their epoch is with them. */
	if (writeahead_restart(details->file, &head) < 0)
		(void)unkeep(log, details);
}

void detaillog_remove(struct detaillog *log, struct details *details)
{
	if (details->file)
		(void)unkeep(log, details);
	details_clear(details);
}

void detaillog_leave(struct detaillog *log, struct details *details)
{
	(void)log;
	details_clear(details);
	writeahead_close(details->file);
	details->file = NULL;
}

/* Reading ------------------------------------------------------------------------------------- */

/* Names have the numbers that they had when each has found its memory. */
static int take_name(struct details *details, const uint8_t *bytes, size_t length)
{
	char text[256];
	uint16_t number;
	if (length < sizeof(number) || length - sizeof(number) >= sizeof(text))
		return -EBADMSG;
	memcpy(&number, bytes, sizeof(number));
	memcpy(text, bytes + sizeof(number), length - sizeof(number));
	text[length - sizeof(number)] = '\0';
	return names_add(&details->names, text) == number ? 0 : -EBADMSG;
}

/* One that there is no memory for is only counted, as when its packet comes. */
static int take_entry(
	struct details *details, struct pending *pending, const uint8_t *bytes, size_t length)
{
	struct pending_entry entry, *added;
	if (length != sizeof(entry))
		return -EBADMSG;
	memcpy(&entry, bytes, sizeof(entry));
	if (pending_find(pending, &entry.key))
		return -EBADMSG;
	if (pending_add(pending, &entry.key, &added) < 0) {
		details->dropped++;
		return 0;
	}
	*added = entry;
	added->flags &= (uint8_t) ~(PENDING_USED | PENDING_CHANGED);
	return 0;
}

static int take_change(struct details *details, const uint8_t *bytes, size_t length)
{
	struct pending *overflow = &details->overflow;
	struct change change;
	if (length != sizeof(change))
		return -EBADMSG;
	memcpy(&change, bytes, sizeof(change));
	if (change.index >= overflow->count)
		return details->dropped ? 0 : -EBADMSG;
	struct pending_entry *entry = &overflow->entries[change.index];
	entry->end = change.end;
	entry->packets = change.packets;
	entry->bytes = change.bytes;
	return 0;
}

static int take_record(
	struct details *details, unsigned int type, const uint8_t *bytes, size_t length)
{
	switch (type) {
	case RECORD_NAME:
		return take_name(details, bytes, length);
	case RECORD_FLOW:
		return take_entry(details, &details->flows, bytes, length);
	case RECORD_OVERFLOWN:
		return take_entry(details, &details->overflow, bytes, length);
	case RECORD_CHANGE:
		return take_change(details, bytes, length);
	case RECORD_PACKETS:
		packets_append(&details->packets, bytes, length);
		return 0;
	case RECORD_EPOCH:
		if (length != sizeof(details->epoch))
			return -EBADMSG;
		memcpy(&details->epoch, bytes, length);
		return 0;
	default:
		return -EBADMSG;
	}
}

static int take_frame(const uint8_t *bytes, size_t length, void *data)
{
	struct details *details = data;
	struct record_head head;
	int r = 0;
	while (length > 0 && r == 0) {
		if (length < sizeof(head))
			return -EBADMSG;
		memcpy(&head, bytes, sizeof(head));
		if (head.length > length - sizeof(head))
			return -EBADMSG;
		r = take_record(details, head.type, bytes + sizeof(head), head.length);
		bytes += sizeof(head) + head.length;
		length -= sizeof(head) + head.length;
	}
	return r;
}

static int restore_one(struct detaillog *log, unsigned int number, struct details *details,
	struct detaillog_found *found)
{
	uint64_t torn;
	writeahead_clean(log->directory, number);
	int r = writeahead_open(
		log->directory, number, io_of(log), take_frame, details, &details->file, &torn);
	if (r < 0) {
		details_clear(details);
		return r;
	}
	const struct writeahead_head *head = writeahead_head(details->file);
	snprintf(details->table, sizeof(details->table), "%s", head->table);
	details->generation = head->generation;
	log->taken[number] = true;
	note_kept(details);
	found->torn += torn;
	return 0;
}

int detaillog_restore(struct detaillog *log, detaillog_init init, detaillog_take take, void *data,
	struct detaillog_found *ret_found)
{
	*ret_found = (struct detaillog_found){ 0 };
	for (unsigned int number = 0; number < WRITEAHEAD_NUMBERS; number++) {
		struct details details = init(data);
		int r = restore_one(log, number, &details, ret_found);
		if (r == 0)
			take(&details, data);
		else if (r == -EBADMSG) {
			writeahead_set_aside(log->directory, number);
			ret_found->unreadable++;
		} else if (r != -ENOENT)
			return r;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zonetime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "calendar.h"
#include "fileio.h"
#include "zonetime_rule.h"

#define FILE_MAX    (1u << 20) /* bytes; those of tzdata have a few thousand */
#define HEADER	    44
#define TYPE_LENGTH 6
#define DAY	    86400
#define OFFSET_MAX  (26 * 3600)		  /* RFC 8536, 3.2 */
#define CHANGE_MIN  (-(INT64_C(1) << 60)) /* where tables of tzdata begin */

struct zonetime {
	int64_t *changes; /* ascending */
	int32_t *offsets; /* from each change on */
	size_t count;
	int32_t first_offset; /* before the first */
	bool has_rule;	      /* after the last */
	struct zone_rule rule;
};

void zonetime_free(struct zonetime *zone)
{
	if (!zone)
		return;
	free(zone->changes);
	free(zone->offsets);
	free(zone);
}

/* The file ------------------------------------------------------------------------------------ */

/* One of the two parts of a file, with times of four or of eight bytes. */
struct part {
	uint32_t is_ut, is_standard, leaps, times, types, characters; /* numbers of them */
	const uint8_t *body;
	size_t length; /* of the body */
};

static uint32_t read_u32(const uint8_t *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_time(const uint8_t *at, size_t time_length)
{
	if (time_length == 4)
		return (int32_t)read_u32(at);
	return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

static int read_part(const uint8_t *bytes, size_t length, size_t time_length, struct part *ret_part)
{
	struct part part;
	uint64_t body;

	if (length < HEADER || memcmp(bytes, "TZif", 4) != 0)
		return -EBADMSG;
	part = (struct part){ read_u32(bytes + 20), read_u32(bytes + 24), read_u32(bytes + 28),
		read_u32(bytes + 32), read_u32(bytes + 36), read_u32(bytes + 40), bytes + HEADER,
		0 };
	body = (uint64_t)part.times * (time_length + 1) + (uint64_t)part.types * TYPE_LENGTH +
	       part.characters + (uint64_t)part.leaps * (time_length + 4) + part.is_standard +
	       part.is_ut;
	/* Leap seconds are not in Unix time. */
	if (body > length - HEADER || part.types == 0 || part.leaps > 0)
		return -EBADMSG;
	part.length = (size_t)body;
	*ret_part = part;
	return 0;
}

static int read_offset(const uint8_t *types, uint32_t count, uint32_t type, int32_t *ret_offset)
{
	if (type >= count)
		return -EBADMSG;
	*ret_offset = (int32_t)read_u32(types + (size_t)type * TYPE_LENGTH);
	return *ret_offset < -OFFSET_MAX || *ret_offset > OFFSET_MAX ? -EBADMSG : 0;
}

static int read_changes(const struct part *part, size_t time_length, struct zonetime *zone)
{
	const uint8_t *indexes = part->body + part->times * time_length;
	const uint8_t *types = indexes + part->times;
	int error = read_offset(types, part->types, 0, &zone->first_offset);

	zone->changes = calloc(part->times + 1u, sizeof(*zone->changes));
	zone->offsets = calloc(part->times + 1u, sizeof(*zone->offsets));
	if (!zone->changes || !zone->offsets)
		return -ENOMEM;
	for (size_t i = 0; i < part->times && error == 0; i++) {
		zone->changes[i] = read_time(part->body + i * time_length, time_length);
		error = read_offset(types, part->types, indexes[i], &zone->offsets[i]);
		if (zone->changes[i] < CHANGE_MIN || zone->changes[i] > -CHANGE_MIN ||
			(i > 0 && zone->changes[i] <= zone->changes[i - 1]))
			error = -EBADMSG;
	}
	zone->count = part->times;
	return error;
}

/* Between two newlines; empty when nobody knows what comes. */
static int read_rule(const uint8_t *bytes, size_t length, struct zonetime *zone)
{
	const uint8_t *end;

	if (length < 2 || bytes[0] != '\n')
		return -EBADMSG;
	end = memchr(bytes + 1, '\n', length - 1);
	if (!end)
		return -EBADMSG;
	if (end == bytes + 1)
		return 0;
	zone->has_rule = true;
	return zone_rule_parse((const char *)bytes + 1, (size_t)(end - bytes - 1), &zone->rule);
}

/* Of files of version 2 and later only the second part counts. */
static int read_zone(const uint8_t *bytes, size_t length, struct zonetime *zone)
{
	struct part part;
	int error = read_part(bytes, length, 4, &part);

	if (error < 0)
		return error;
	if (bytes[4] == '\0')
		return read_changes(&part, 4, zone);
	length -= HEADER + part.length;
	bytes += HEADER + part.length;
	error = read_part(bytes, length, 8, &part);
	if (error == 0)
		error = read_changes(&part, 8, zone);
	return error < 0 ? error
			 : read_rule(bytes + HEADER + part.length, length - HEADER - part.length,
				   zone);
}

int zonetime_parse(const uint8_t *bytes, size_t length, struct zonetime **ret_zone)
{
	struct zonetime *zone = calloc(1, sizeof(*zone));
	int error = zone ? read_zone(bytes, length, zone) : -ENOMEM;

	if (error < 0) {
		zonetime_free(zone);
		return error;
	}
	*ret_zone = zone;
	return 0;
}

int zonetime_load(const char *name, struct zonetime **ret_zone)
{
	uint8_t *bytes = malloc(FILE_MAX);
	char path[PATH_MAX];
	ssize_t length;
	int error, fd;

	if (!bytes)
		return -ENOMEM;
	snprintf(path, sizeof(path), ZONETIME_DIRECTORY "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		error = -errno;
	} else {
		length = fileio_read(fd, bytes, FILE_MAX, 0);
		error = length < 0 ? (int)length : zonetime_parse(bytes, (size_t)length, ret_zone);
		close(fd);
	}
	free(bytes);
	return error;
}

/* Time ---------------------------------------------------------------------------------------- */

/* How many changes have been at an instant. */
static size_t count_changes(const struct zonetime *zone, int64_t instant)
{
	size_t first = 0, last = zone->count;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (zone->changes[middle] <= instant)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

int32_t zonetime_offset(const struct zonetime *zone, int64_t instant)
{
	size_t count = count_changes(zone, instant);

	if (count == zone->count && zone->has_rule)
		return zone_rule_offset(&zone->rule, instant);
	return count == 0 ? zone->first_offset : zone->offsets[count - 1];
}

int64_t zonetime_next_change(const struct zonetime *zone, int64_t instant)
{
	for (size_t i = count_changes(zone, instant); i < zone->count; i++)
		if (zonetime_offset(zone, zone->changes[i]) !=
			zonetime_offset(zone, zone->changes[i] - 1))
			return zone->changes[i];
	if (!zone->has_rule)
		return ZONETIME_NEVER;
	if (zone->count > 0 && instant < zone->changes[zone->count - 1])
		instant = zone->changes[zone->count - 1];
	return zone_rule_next(&zone->rule, instant);
}

int64_t zonetime_instant(const struct zonetime *zone, int64_t local)
{
	/* No offset is so large that it was before this. */
	int64_t from = local - OFFSET_MAX;

	for (;;) {
		int64_t instant = local - zonetime_offset(zone, from);
		int64_t next = zonetime_next_change(zone, from);

		if (instant < next)
			return instant < from ? from : instant;
		from = next;
	}
}

void zonetime_format(const struct zonetime *zone, int64_t instant, char text[ZONETIME_TEXT_MAX])
{
	int32_t offset = zone ? zonetime_offset(zone, instant) : 0;
	int64_t local = instant + offset, day = local / DAY - (local % DAY < 0);
	unsigned int second = (unsigned int)(local - day * DAY);
	unsigned int away = (unsigned int)(offset < 0 ? -offset : offset) / 60;
	struct calendar_date date;
	char at[CALENDAR_TEXT_MAX];

	calendar_date_of(day, &date);
	calendar_format(&date, at);
	snprintf(text, ZONETIME_TEXT_MAX, "%sT%02u:%02u:%02u%c%02u:%02u", at, second / 3600 % 24,
		second / 60 % 60, second % 60, offset < 0 ? '-' : '+', away / 60 % 100, away % 60);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolation.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "width.h"

#define FIRST_LINE	"hedate isolation 1"
#define LAST_LINE	"end "
#define FIELDS_IN_FORCE 8
#define FIELDS_RELEASED 15

static const char *const kinds[ISOLATION_KINDS] = {
	[ISOLATION_INTERFACE] = "interface",
	[ISOLATION_ADDRESS] = "address",
	[ISOLATION_DEVICE] = "device",
};

const char *isolation_kind_name(enum isolation_kind kind)
{
	return kinds[kind];
}

void isolation_clear(struct isolation *isolation)
{
	free(isolation->entries);
	*isolation = (struct isolation){ 0 };
}

/* Targets ------------------------------------------------------------------------------------- */

/* As dev_valid_name() of the kernel, and printable. */
static bool is_interface(const char *text)
{
	size_t length = strlen(text);

	if (length == 0 || length > POLICY_IFNAME_MAX || strcmp(text, ".") == 0 ||
		strcmp(text, "..") == 0 || strcmp(text, "lo") == 0)
		return false;
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at >= 0x7f || *at == '/' || *at == ':')
			return false;
	return true;
}

static int take_prefix(
	const struct addr_prefix *prefix, int result, struct isolation_target *target)
{
	target->kind = ISOLATION_ADDRESS;
	target->prefix = *prefix;
	if (prefix->length == 8 * addr_length(prefix->addr.family))
		addr_format(prefix->addr.family, prefix->addr.bytes, target->text);
	else
		addr_prefix_format(prefix, target->text);
	return result;
}

int isolation_target_parse(const char *text, struct isolation_target *ret_target)
{
	struct addr_prefix prefix;

	*ret_target = (struct isolation_target){ .kind = ISOLATION_DEVICE };
	if (mac_parse(text, ret_target->mac) == 0) {
		mac_format(ret_target->mac, ret_target->text);
		return 0;
	}
	memset(ret_target->mac, 0, sizeof(ret_target->mac));
	int r = addr_prefix_parse(text, &prefix);

	if (r == 0 || r == -EDOM)
		return take_prefix(&prefix, r, ret_target);
	ret_target->kind = ISOLATION_INTERFACE;
	if (!is_interface(text))
		return -EINVAL;
	snprintf(ret_target->text, sizeof(ret_target->text), "%s", text);
	return 0;
}

bool isolation_reason_ok(const char *reason)
{
	return strlen(reason) < ISOLATION_REASON_MAX && width_printable_text(reason);
}

/* The list ------------------------------------------------------------------------------------ */

bool isolation_in_force(const struct isolation_entry *entry)
{
	return entry->released.number == 0;
}

void isolation_counter_name(const struct isolation_entry *entry, char name[ISOLATION_COUNTER_MAX])
{
	snprintf(name, ISOLATION_COUNTER_MAX, ISOLATION_COUNTER "%" PRIu64, entry->isolated.number);
}

size_t isolation_devices(const struct isolation *isolation)
{
	size_t count = 0;

	for (size_t i = 0; i < isolation->count; i++)
		count += isolation_in_force(&isolation->entries[i]) &&
			 isolation->entries[i].target.kind == ISOLATION_DEVICE;
	return count;
}

size_t isolation_count(const struct isolation *isolation)
{
	size_t count = 0;

	for (size_t i = 0; i < isolation->count; i++)
		count += isolation_in_force(&isolation->entries[i]);
	return count;
}

struct isolation_entry *isolation_find(
	const struct isolation *isolation, const struct isolation_target *target)
{
	for (size_t i = 0; i < isolation->count; i++) {
		struct isolation_entry *entry = &isolation->entries[i];

		if (isolation_in_force(entry) && entry->target.kind == target->kind &&
			strcmp(entry->target.text, target->text) == 0)
			return entry;
	}
	return NULL;
}

/* Entries are few, and added by hand. */
static struct isolation_entry *append(struct isolation *isolation)
{
	struct isolation_entry *entries =
		realloc(isolation->entries, (isolation->count + 1) * sizeof(*isolation->entries));

	if (!entries)
		return NULL;
	isolation->entries = entries;
	entries[isolation->count] = (struct isolation_entry){ 0 };
	return &entries[isolation->count++];
}

int isolation_add(struct isolation *isolation, const struct isolation_target *target,
	const char *zone, const struct isolation_step *step, struct isolation_entry **ret_entry)
{
	*ret_entry = isolation_find(isolation, target);
	if (*ret_entry)
		return -EEXIST;
	if (isolation_count(isolation) >= ISOLATION_IN_FORCE)
		return -ENOSPC;
	struct isolation_entry *entry = append(isolation);

	if (!entry)
		return -ENOMEM;
	entry->target = *target;
	snprintf(entry->zone, sizeof(entry->zone), "%s", zone);
	entry->isolated = *step;
	entry->isolated.number = ++isolation->last;
	*ret_entry = entry;
	return 0;
}

void isolation_trim(struct isolation *isolation)
{
	size_t released = isolation->count - isolation_count(isolation), kept = 0;

	for (size_t i = 0; i < isolation->count; i++) {
		if (released > ISOLATION_RELEASED && !isolation_in_force(&isolation->entries[i]))
			released--;
		else
			isolation->entries[kept++] = isolation->entries[i];
	}
	isolation->count = kept;
}

void isolation_release(struct isolation *isolation, struct isolation_entry *entry,
	const struct isolation_step *step)
{
	entry->released = *step;
	entry->released.number = ++isolation->last;
}

/* Reading ------------------------------------------------------------------------------------- */

/* Digits only, no more than the type holds. */
static bool take_number(const char *text, uint64_t max, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (*text == '\0' || (*text == '0' && text[1] != '\0'))
		return false;
	for (; *text; text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (*text < '0' || *text > '9' || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

static bool take_text(const char *field, char *text, size_t size)
{
	if (strlen(field) >= size || !width_printable_text(field))
		return false;
	snprintf(text, size, "%s", field);
	return true;
}

/* number is fields[0]; who, when and why begin at rest. */
static bool take_step(char *const *fields, char *const *rest, struct isolation_step *step)
{
	uint64_t uid, time;

	if (!take_number(fields[0], UINT64_MAX, &step->number) || step->number == 0 ||
		!take_number(rest[0], UINT32_MAX, &uid) ||
		!take_text(rest[1], step->user, sizeof(step->user)) ||
		!take_number(rest[2], INT64_MAX, &time) ||
		!take_text(rest[3], step->reason, sizeof(step->reason)))
		return false;
	step->uid = (uint32_t)uid;
	step->time = (int64_t)time;
	return true;
}

static bool take_target(char *const *fields, struct isolation_entry *entry)
{
	return isolation_target_parse(fields[2], &entry->target) == 0 &&
	       strcmp(entry->target.text, fields[2]) == 0 &&
	       strcmp(kinds[entry->target.kind], fields[1]) == 0 &&
	       take_text(fields[3], entry->zone, sizeof(entry->zone));
}

static size_t split(char *line, char *fields[FIELDS_RELEASED + 1])
{
	size_t count = 0;

	for (char *at = line; at && count <= FIELDS_RELEASED; count++) {
		char *tab = strchr(at, '\t');

		fields[count] = at;
		if (tab)
			*tab++ = '\0';
		at = tab;
	}
	return count;
}

static bool take_entry(char *line, struct isolation_entry *entry)
{
	char *fields[FIELDS_RELEASED + 1];
	size_t count = split(line, fields);

	if ((count != FIELDS_IN_FORCE && count != FIELDS_RELEASED) || !take_target(fields, entry) ||
		!take_step(fields, fields + 4, &entry->isolated))
		return false;
	if (count == FIELDS_IN_FORCE)
		return true;
	return take_step(fields + 8, fields + 9, &entry->released) &&
	       take_number(fields[13], UINT64_MAX, &entry->packets) &&
	       take_number(fields[14], UINT64_MAX, &entry->bytes) &&
	       entry->released.number > entry->isolated.number;
}

int isolation_entry_parse(char *line, struct isolation_entry *ret_entry)
{
	*ret_entry = (struct isolation_entry){ 0 };
	return take_entry(line, ret_entry) ? 0 : -EINVAL;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int add_line(struct isolation *isolation, char *line)
{
	struct isolation_entry read;

	if (isolation_entry_parse(line, &read) < 0)
		return -EINVAL;
	const struct isolation_entry *before =
		isolation->count ? &isolation->entries[isolation->count - 1] : NULL;

	if ((before && read.isolated.number <= before->isolated.number) ||
		(isolation_in_force(&read) && isolation_find(isolation, &read.target)) ||
		isolation->count >= ISOLATION_IN_FORCE + ISOLATION_RELEASED)
		return -EINVAL;
	struct isolation_entry *entry = append(isolation);

	if (!entry)
		return -ENOMEM;
	*entry = read;
	isolation->last =
		higher(isolation->last, higher(entry->isolated.number, entry->released.number));
	return 0;
}

/* The next line, without its end, into line. False: there is none, or it is too long. */
static bool next_line(const char **text, size_t *length, char line[ISOLATION_LINE_MAX])
{
	const char *end = *length ? memchr(*text, '\n', *length) : NULL;
	size_t size = end ? (size_t)(end - *text) : 0;

	if (!end || size >= ISOLATION_LINE_MAX || memchr(*text, '\0', size))
		return false;
	memcpy(line, *text, size);
	line[size] = '\0';
	*length -= size + 1;
	*text = end + 1;
	return true;
}

static bool is_last(const char *line, size_t count)
{
	uint64_t entries;

	return strncmp(line, LAST_LINE, strlen(LAST_LINE)) == 0 &&
	       take_number(line + strlen(LAST_LINE), SIZE_MAX, &entries) && entries == count;
}

int isolation_parse(
	const char *text, size_t length, struct isolation *ret_isolation, unsigned int *ret_line)
{
	char line[ISOLATION_LINE_MAX];

	*ret_isolation = (struct isolation){ 0 };
	*ret_line = 1;
	if (!next_line(&text, &length, line) || strcmp(line, FIRST_LINE) != 0)
		return -EINVAL;
	for (*ret_line = 2; next_line(&text, &length, line); (*ret_line)++) {
		if (is_last(line, ret_isolation->count))
			return length == 0 ? 0 : -EINVAL;
		int r = add_line(ret_isolation, line);

		if (r < 0)
			return r;
	}
	return -EINVAL;
}

/* Writing ------------------------------------------------------------------------------------- */

static size_t put_step(char *text, size_t size, const struct isolation_step *step)
{
	return (size_t)snprintf(text, size, "%" PRIu32 "\t%s\t%" PRId64 "\t%s", step->uid,
		step->user, step->time, step->reason);
}

/* All of it fits: every text has its bound. */
void isolation_entry_format(const struct isolation_entry *entry, char line[ISOLATION_LINE_MAX])
{
	size_t at = (size_t)snprintf(line, ISOLATION_LINE_MAX, "%" PRIu64 "\t%s\t%s\t%s\t",
		entry->isolated.number, kinds[entry->target.kind], entry->target.text, entry->zone);

	at += put_step(line + at, ISOLATION_LINE_MAX - at, &entry->isolated);
	if (isolation_in_force(entry))
		return;
	at += (size_t)snprintf(
		line + at, ISOLATION_LINE_MAX - at, "\t%" PRIu64 "\t", entry->released.number);
	at += put_step(line + at, ISOLATION_LINE_MAX - at, &entry->released);
	snprintf(line + at, ISOLATION_LINE_MAX - at, "\t%" PRIu64 "\t%" PRIu64, entry->packets,
		entry->bytes);
}

int isolation_format(const struct isolation *isolation, char **ret_text, size_t *ret_length)
{
	char line[ISOLATION_LINE_MAX];
	FILE *out = open_memstream(ret_text, ret_length);

	if (!out)
		return -ENOMEM;
	fputs(FIRST_LINE "\n", out);
	for (size_t i = 0; i < isolation->count; i++) {
		isolation_entry_format(&isolation->entries[i], line);
		fprintf(out, "%s\n", line);
	}
	fprintf(out, LAST_LINE "%zu\n", isolation->count);
	bool failed = ferror(out);

	if (fclose(out) != 0 || failed) {
		free(*ret_text);
		return -ENOMEM;
	}
	return 0;
}

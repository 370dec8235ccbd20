/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kind as text: whether there is a source port ("s" or "-") and a destination port ("d" or "-"),
 * then each field, "-" when it is not there, else its length in decimal, ':', the field, ','.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "logindex_impl.h"

/* X(member): the fields of a record that are in its kind, in this order. */
#define KIND_FIELDS(X)                                                                             \
	X(action)                                                                                  \
	X(reason)                                                                                  \
	X(zone_source)                                                                             \
	X(zone_destination)                                                                        \
	X(segment_source)                                                                          \
	X(segment_destination)                                                                     \
	X(ingress)                                                                                 \
	X(egress)                                                                                  \
	X(transport)                                                                               \
	X(protocol_number)                                                                         \
	X(revision)                                                                                \
	X(path)

static const size_t members[] = {
#define X(member) offsetof(struct log_record, member),
	KIND_FIELDS(X)
#undef X
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const char *get(const struct log_record *record, size_t member)
{
	const char *text;

	memcpy(&text, (const char *)record + members[member], sizeof(text));
	return text;
}

static void put(struct log_record *record, size_t member, const char *text)
{
	memcpy((char *)record + members[member], &text, sizeof(text));
}

int logindex_kind_write(const struct log_record *record, char text[LOGINDEX_KIND_MAX])
{
	size_t used = 2;

	text[0] = record->source_port ? 's' : '-';
	text[1] = record->destination_port ? 'd' : '-';
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const char *field = get(record, i);
		int length = field ? snprintf(text + used, LOGINDEX_KIND_MAX - used, "%zu:%s,",
					     strlen(field), field)
				   : snprintf(text + used, LOGINDEX_KIND_MAX - used, "-");

		if (length < 0 || (size_t)length >= LOGINDEX_KIND_MAX - used)
			return -E2BIG;
		used += (size_t)length;
	}
	return 0;
}

/* The next field of text, which ends at end, ended with a NUL where its ',' stood. NULL when it is
 * not well-formed; *ret_field is NULL for one that is not there. */
static char *read_field(char *text, const char *end, const char **ret_field)
{
	size_t length = 0;
	int digits = 0;

	*ret_field = NULL;
	if (text[0] == '-')
		return text + 1;
	for (; *text >= '0' && *text <= '9' && digits < 5; digits++)
		length = length * 10 + (size_t)(*text++ - '0');
	if (digits == 0 || *text != ':' || length >= (size_t)(end - text - 1) ||
		text[1 + length] != ',')
		return NULL;
	text[1 + length] = '\0';
	*ret_field = text + 1;
	return text + 2 + length;
}

int logindex_kind_read(char *text, size_t length, struct kind *ret_kind)
{
	const char *end = text + length;

	memset(ret_kind, 0, sizeof(*ret_kind));
	if (length < 2)
		return -EBADMSG;
	ret_kind->has_sport = text[0] == 's';
	ret_kind->has_dport = text[1] == 'd';
	text += 2;
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		const char *field;

		text = read_field(text, end, &field);
		if (!text)
			return -EBADMSG;
		put(&ret_kind->record, i, field);
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proposal.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[PROPOSAL_KINDS] = {
	[PROPOSAL_APPLY] = "apply",
	[PROPOSAL_OPEN] = "open",
};

const char *proposal_kind_name(enum proposal_kind kind)
{
	return kind_names[kind];
}

void proposal_digest_text(const uint8_t *digest, char text[PROPOSAL_DIGEST_MAX])
{
	sodium_bin2hex(text, PROPOSAL_DIGEST_MAX, digest, POLICY_DIGEST_LENGTH);
}

int proposal_digest_parse(const char *text, uint8_t digest[POLICY_DIGEST_LENGTH])
{
	size_t length = strspn(text, "0123456789abcdef"), used;

	if (length != 2 * (size_t)POLICY_DIGEST_LENGTH || text[length] != '\0')
		return -EINVAL;
	return sodium_hex2bin(digest, POLICY_DIGEST_LENGTH, text, length, NULL, &used, NULL) == 0
		       ? 0
		       : -EINVAL;
}

/* ---- members ---- */

enum member_type {
	MEMBER_KIND,
	MEMBER_DIGEST,
	MEMBER_UID,
	MEMBER_SIGNED,
	MEMBER_NUMBER,
	MEMBER_TEXT,
};

struct member {
	const char *key;
	enum member_type type;
	size_t offset, size;
};

#define AT(member)   offsetof(struct proposal, member), sizeof(((struct proposal *)0)->member)
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const struct member members[] = {
	{ "kind", MEMBER_KIND, AT(kind) },
	{ "digest", MEMBER_DIGEST, AT(digest) },
	{ "base", MEMBER_DIGEST, AT(base) },
	{ "time", MEMBER_SIGNED, AT(time) },
	{ "expires", MEMBER_SIGNED, AT(expires) },
	{ "uid", MEMBER_UID, AT(uid) },
	{ "who", MEMBER_TEXT, AT(who) },
	{ "file", MEMBER_TEXT, AT(file) },
	{ "ticket", MEMBER_TEXT, AT(ticket) },
	{ "reason", MEMBER_TEXT, AT(reason) },
	{ "confirm_seconds", MEMBER_SIGNED, AT(confirm_seconds) },
	{ "of", MEMBER_NUMBER, AT(of) },
};

/* ---- writing ---- */

static void write_value(
	struct json *json, const struct proposal *proposal, const struct member *member)
{
	const void *value = (const char *)proposal + member->offset;
	char text[PROPOSAL_DIGEST_MAX];

	switch (member->type) {
	case MEMBER_KIND:
		json_string(json, kind_names[*(const enum proposal_kind *)value]);
		break;
	case MEMBER_DIGEST:
		proposal_digest_text(value, text);
		json_string(json, text);
		break;
	case MEMBER_UID:
		json_unsigned(json, *(const uint32_t *)value);
		break;
	case MEMBER_SIGNED:
		json_signed(json, *(const int64_t *)value);
		break;
	case MEMBER_NUMBER:
		json_unsigned(json, *(const uint64_t *)value);
		break;
	case MEMBER_TEXT:
		json_string(json, value);
		break;
	}
}

void proposal_write(struct json *json, const struct proposal *proposal)
{
	json_object_begin(json);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		json_key(json, members[i].key);
		write_value(json, proposal, &members[i]);
	}
	json_object_end(json);
	json_newline(json);
}

/* ---- reading ---- */

struct reading {
	struct proposal *proposal;
	size_t next; /* members come in their order */
};

static int read_kind(const char *text, enum proposal_kind *ret_kind)
{
	for (int i = 0; i < PROPOSAL_KINDS; i++) {
		if (strcmp(text, kind_names[i]) == 0) {
			*ret_kind = (enum proposal_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* What is no number, or too large, is not the line that is written for it. */
static int read_value(const char *text, const struct member *member, void *place)
{
	switch (member->type) {
	case MEMBER_KIND:
		return read_kind(text, place);
	case MEMBER_DIGEST:
		return proposal_digest_parse(text, place);
	case MEMBER_UID:
		*(uint32_t *)place = (uint32_t)strtoull(text, NULL, 10);
		return 0;
	case MEMBER_SIGNED:
		*(int64_t *)place = strtoll(text, NULL, 10);
		return 0;
	case MEMBER_NUMBER:
		*(uint64_t *)place = strtoull(text, NULL, 10);
		return 0;
	case MEMBER_TEXT:
		if (strlen(text) >= member->size)
			return -EINVAL;
		memcpy(place, text, strlen(text) + 1);
		return 0;
	}
	return -EINVAL;
}

static int take_member(const struct json_member *found, void *data)
{
	struct reading *reading = data;
	const struct member *member = &members[reading->next];

	if (reading->next == MEMBER_COUNT || strcmp(found->key, member->key) != 0)
		return -EINVAL;
	reading->next++;
	return read_value(found->text, member, (char *)reading->proposal + member->offset);
}

int proposal_read(const char *line, size_t length, struct proposal *ret_proposal)
{
	struct reading reading = { .proposal = ret_proposal };
	struct json again;

	*ret_proposal = (struct proposal){ 0 };
	int r = json_read_copy(line, length, take_member, &reading);

	if (r == 0 && reading.next != MEMBER_COUNT)
		r = -EINVAL;
	if (r < 0)
		return r;
	json_init(&again);
	proposal_write(&again, ret_proposal);
	/* The line comes without its newline. */
	again.length -= !again.failed;
	return json_compare(&again, line, length);
}

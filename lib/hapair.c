/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hapair.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "change.h"

#define OWN_PREFIX "ha." /* of the settings that name the other gateway */

static const struct {
	const char *name;
	bool same; /* must be the same on both */
} members[HAPAIR_MEMBERS] = {
	[HAPAIR_SITE] = { "site", true },
	[HAPAIR_DIGEST] = { "digest", true },
	[HAPAIR_REVISION] = { "revision", false },
	[HAPAIR_STATE] = { "state", true },
	[HAPAIR_ISLAND] = { "island", true },
	[HAPAIR_CONFIRMED] = { "confirmed", true },
	[HAPAIR_ISOLATED] = { "isolated", true },
	[HAPAIR_EXCEPTIONS] = { "exceptions", true },
	[HAPAIR_VERSION] = { "version", false },
};

const char *hapair_name(enum hapair_member member)
{
	return members[member].name;
}

void hapair_write(struct json *json, const struct hapair_side *side)
{
	json_object_begin(json);
	for (int i = 0; i < HAPAIR_MEMBERS; i++) {
		json_key(json, members[i].name);
		json_string(json, side->text[i]);
	}
	json_object_end(json);
}

/* ---- reading ---- */

struct reading {
	struct hapair_side *side;
	unsigned int seen;
};

/* Printable ASCII that fits: it goes to terminals and into the log. */
static bool is_plain(const char *text)
{
	size_t length = strnlen(text, HAPAIR_TEXT_MAX);

	for (size_t i = 0; i < length; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	return length < HAPAIR_TEXT_MAX;
}

static bool fits(enum hapair_member member, const char *text)
{
	if (member == HAPAIR_DIGEST)
		return strlen(text) == 2 * POLICY_DIGEST_LENGTH &&
		       strspn(text, "0123456789abcdef") == 2 * POLICY_DIGEST_LENGTH;
	return is_plain(text);
}

static int take(const struct json_member *json, void *data)
{
	struct reading *reading = data;

	for (int i = 0; i < HAPAIR_MEMBERS; i++) {
		if (strcmp(json->key, members[i].name) != 0)
			continue;
		if (json->type != JSON_STRING || !fits((enum hapair_member)i, json->text) ||
			(reading->seen & 1u << i))
			return -EBADMSG;
		reading->seen |= 1u << i;
		snprintf(reading->side->text[i], HAPAIR_TEXT_MAX, "%s", json->text);
	}
	return 0;
}

int hapair_read(const char *text, size_t length, struct hapair_side *ret_side)
{
	struct reading reading = { .side = ret_side };
	int error;

	memset(ret_side, 0, sizeof(*ret_side));
	if (length > HAPAIR_LINE_MAX)
		return -EFBIG;
	error = json_read_copy(text, length, take, &reading);
	if (error < 0)
		return error == -ENOMEM ? error : -EBADMSG;
	return reading.seen == (1u << HAPAIR_MEMBERS) - 1 ? 0 : -EBADMSG;
}

unsigned int hapair_compare(const struct hapair_side *ours, const struct hapair_side *theirs)
{
	unsigned int differs = 0;

	for (int i = 0; i < HAPAIR_MEMBERS; i++)
		if (members[i].same && strcmp(ours->text[i], theirs->text[i]) != 0)
			differs |= 1u << i;
	if (strcmp(ours->text[HAPAIR_STATE], "enforcing") != 0)
		differs |= 1u << HAPAIR_STATE;
	return differs;
}

/* ---- the digest ---- */

#define PART POLICY_DIGEST_LENGTH

static void add_text(crypto_generichash_state *state, const char *text)
{
	/* With its NUL: where one ends and the next begins is a part of it. */
	crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

static void digest_item(const struct change_item *item, uint8_t ret_digest[PART])
{
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, PART);
	add_text(&state, change_what_name(item->what));
	add_text(&state, item->name);
	for (size_t i = 0; i < item->field_count; i++) {
		add_text(&state, item->fields[i].key);
		add_text(&state, item->fields[i].after);
	}
	crypto_generichash_final(&state, ret_digest, PART);
}

static int compare_parts(const void *a, const void *b)
{
	return memcmp(a, b, PART);
}

int hapair_digest(const struct policy *policy, uint8_t ret_digest[POLICY_DIGEST_LENGTH])
{
	struct change *all;
	uint8_t(*parts)[PART];
	size_t count = 0;
	int error = change_find(NULL, policy, &all);

	if (error < 0)
		return error;
	parts = malloc((all->count + 1) * PART);
	for (size_t i = 0; parts != NULL && i < all->count; i++)
		if (all->items[i].what != CHANGE_SETTING ||
			strncmp(all->items[i].name, OWN_PREFIX, strlen(OWN_PREFIX)) != 0)
			digest_item(&all->items[i], parts[count++]);
	change_free(all);
	if (parts == NULL)
		return -ENOMEM;
	/* In whichever order the file has them. */
	qsort(parts, count, PART, compare_parts);
	crypto_generichash(ret_digest, PART, parts[0], count * PART, NULL, 0);
	free(parts);
	return 0;
}

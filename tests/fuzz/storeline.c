/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of the store: any bytes as a line or as "current"; what is read is written again as it
 * was; and whatever people say, what is written can be read. */
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "storeline.h"

static void try_line(const char *text, size_t length)
{
	struct store_entry entry;
	struct json json;

	if (store_entry_read(text, length, &entry) < 0)
		return;
	json_init(&json);
	store_entry_write(&json, &entry);
	demand(json.length == length && memcmp(json.text, text, length) == 0,
		"a line is written as it was read");
	json_clear(&json);
}

static void try_current(const char *text, size_t length)
{
	char again[STORE_CURRENT_MAX];
	struct store_current current;

	if (store_current_read(text, length, &current) < 0)
		return;
	store_current_write(&current, again);
	demand(strlen(again) == length && memcmp(again, text, length) == 0,
		"\"current\" is written as it was read");
}

static void try_words(const char *text)
{
	struct store_entry entry = { .number = 1, .approver_uid = STORE_NOBODY }, again;
	struct json json;

	store_text(entry.who, sizeof(entry.who), text);
	store_text(entry.approver, sizeof(entry.approver), text);
	store_text(entry.ticket, sizeof(entry.ticket), text);
	store_text(entry.reason, sizeof(entry.reason), text);
	store_text(entry.ended_by, sizeof(entry.ended_by), text);
	json_init(&json);
	store_entry_write(&json, &entry);
	demand(!json.failed && store_entry_read(json.text, json.length, &again) == 0,
		"what people say can be read again");
	demand(strcmp(entry.reason, again.reason) == 0, "it is what they said");
	json_clear(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = malloc(length + 1);

	demand(text != NULL, "memory");
	memcpy(text, bytes, length);
	text[length] = '\0';
	try_line(text, length);
	try_current(text, length);
	try_words(text);
	free(text);
	return 0;
}

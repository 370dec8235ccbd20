/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlanswer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define TEXT_BYTES 60000u /* of one TEXT message */

int ctlanswer_result(struct sendq *queue, enum exit_code code, const char *text)
{
	struct message message;

	message_begin(&message, CTL_RESULT);
	message_put_number(&message, code);
	message_put_string(&message, text);
	return sendq_push(queue, &message);
}

/* Text that is too long for one message goes in several, cut between characters. */
static int put_text(struct sendq *queue, const char *kind, const char *text, size_t length)
{
	char piece[TEXT_BYTES + 1];
	struct message message;
	int r = 0;

	while (r == 0 && length) {
		size_t size = length < TEXT_BYTES ? length : TEXT_BYTES;

		while (size < length && size > 1 && ((unsigned char)text[size] & 0xc0) == 0x80)
			size--;
		memcpy(piece, text, size);
		piece[size] = '\0';
		message_begin(&message, CTL_TEXT);
		message_put_string(&message, kind);
		message_put_string(&message, piece);
		r = sendq_push(queue, &message);
		text += size;
		length -= size;
	}
	return r;
}

static void print_text(const struct diag_list *diags, FILE *out)
{
	diag_list_print(diags, out, false);
}

static int put_diags(struct sendq *queue, const struct diag_list *diags, const char *kind,
	void (*print)(const struct diag_list *diags, FILE *out))
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return -ENOMEM;
	print(diags, out);
	int r = fclose(out) == 0 ? 0 : -ENOMEM;

	if (r == 0)
		r = put_text(queue, kind, text, length);
	free(text);
	return r;
}

static void describe_apply(enum exit_code code, const struct change_result *result,
	const char *next_file, char *text, size_t size)
{
	const struct lifecycle_change *change = &result->change;

	if (result->why[0] != '\0') {
		snprintf(text, size, "%s", result->why);
		return;
	}
	switch (code) {
	case EXIT_OK:
		snprintf(text, size, "revision %s, %zu paths (before: %s, %zu)%s%s", change->after,
			change->paths_after, change->before[0] ? change->before : "none",
			change->paths_before,
			next_file[0] ? "; at its next start hedated reads " : "", next_file);
		return;
	case EXIT_DIFFERS:
		snprintf(text, size,
			"revision %s is in place, but what was read back from the kernel differs",
			change->after);
		return;
	case EXIT_CONFIG:
		if (change->assertions_failed > 0)
			snprintf(text, size, "%zu of %zu assertions do not hold; nothing changed",
				change->assertions_failed, change->assertions);
		else
			snprintf(text, size, "the configuration was refused; nothing changed");
		return;
	case EXIT_FAILED:
	case EXIT_USAGE:
	case EXIT_UNREACHABLE:
		break;
	}
	snprintf(text, size, "the rule set could not be put in place; nothing changed");
}

int ctlanswer_field(struct sendq *queue, const char *key, const char *value)
{
	struct message message;

	message_begin(&message, CTL_FIELD);
	message_put_string(&message, key);
	message_put_string(&message, value);
	return sendq_push(queue, &message);
}

int ctlanswer_number(struct sendq *queue, const char *key, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return ctlanswer_field(queue, key, text);
}

static int put_change(
	struct sendq *queue, const struct change_result *result, const char *next_file)
{
	const struct lifecycle_change *change = &result->change;
	const struct {
		const char *key;
		uint64_t number;
	} numbers[] = {
		{ "paths_before", change->paths_before },
		{ "paths_after", change->paths_after },
		{ "assertions", change->assertions },
		{ "exceptions_suspended", change->exceptions_suspended },
		{ "change", result->number },
		{ "confirm_seconds", result->seconds },
		{ "items_added", result->added },
		{ "items_removed", result->removed },
		{ "items_changed", result->changed },
	};
	int r = ctlanswer_field(queue, "revision_before", change->before);

	if (r == 0)
		r = ctlanswer_field(queue, "revision_after", change->after);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && r == 0; i++)
		r = ctlanswer_number(queue, numbers[i].key, numbers[i].number);
	return r < 0 ? r : ctlanswer_field(queue, "next_file", next_file);
}

int ctlanswer_diags(struct sendq *queue, const struct diag_list *diags)
{
	int r = 0;

	if (diag_list_length(diags) > 0)
		r = put_diags(queue, diags, "text", print_text);
	if (r == 0 && diag_list_length(diags) > 0)
		r = put_diags(queue, diags, "json", diag_list_print_json);
	return r;
}

int ctlanswer_apply(struct sendq *queue, enum exit_code code, const struct change_result *result,
	const char *next_file)
{
	char text[CTLANSWER_FILE_MAX];
	int r = code == EXIT_OK ? put_change(queue, result, next_file) : 0;

	if (r < 0)
		return r;
	describe_apply(code, result, next_file, text, sizeof(text));
	return ctlanswer_result(queue, code, text);
}

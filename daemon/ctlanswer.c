/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlanswer.h"

#include <errno.h>
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

static void describe_apply(enum exit_code code, const struct lifecycle_change *change,
	const char *next_file, char *text, size_t size)
{
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

static int put_field(struct sendq *queue, const char *key, const char *value)
{
	struct message message;

	message_begin(&message, CTL_FIELD);
	message_put_string(&message, key);
	message_put_string(&message, value);
	return sendq_push(queue, &message);
}

static int put_change(
	struct sendq *queue, const struct lifecycle_change *change, const char *next_file)
{
	char before[32], after[32], assertions[32], suspended[32];
	const struct {
		const char *key, *value;
	} fields[] = {
		{ "revision_before", change->before },
		{ "revision_after", change->after },
		{ "paths_before", before },
		{ "paths_after", after },
		{ "assertions", assertions },
		{ "exceptions_suspended", suspended },
		{ "next_file", next_file },
	};
	int r = 0;

	snprintf(before, sizeof(before), "%zu", change->paths_before);
	snprintf(after, sizeof(after), "%zu", change->paths_after);
	snprintf(assertions, sizeof(assertions), "%zu", change->assertions);
	snprintf(suspended, sizeof(suspended), "%zu", change->exceptions_suspended);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && r == 0; i++)
		r = put_field(queue, fields[i].key, fields[i].value);
	return r;
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

int ctlanswer_apply(struct sendq *queue, enum exit_code code, const struct lifecycle_change *change,
	const char *next_file)
{
	char text[CTLANSWER_FILE_MAX];
	int r = code == EXIT_OK ? put_change(queue, change, next_file) : 0;

	if (r < 0)
		return r;
	describe_apply(code, change, next_file, text, sizeof(text));
	return ctlanswer_result(queue, code, text);
}

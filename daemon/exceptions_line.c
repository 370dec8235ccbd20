/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New lines of the register: see exceptions_impl.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exceptions_impl.h"

#define OURSELVES "hedated"

/* Would the line be read as what it says, in its place? One that is not breaks the register. */
static int check_line(const struct exceptions *exceptions, const struct json *json)
{
	struct exception_refusal refusal;
	struct exception_entry again;
	int r = exception_line_read(json->text, json->length, &again);

	if (r == 0)
		r = exception_check(&exceptions->reg, &again, NULL, &refusal);
	exception_entry_clear(&again);
	return r;
}

/* Half of what a register can hold is for requests, so that each can be ended. */
static bool has_room(const struct exceptions *exceptions, const struct exception_entry *entry)
{
	return entry->action != EXCEPTION_REQUEST ||
	       exceptionfile_length(exceptions->file) < EXCEPTIONFILE_MAX / 2;
}

void exceptions_tell_time(const struct exceptions *exceptions)
{
	if (exceptions->enforcer)
		lifecycle_policy_to_extend(exceptions->lifecycle)->exceptions_since =
			exceptions_since(exceptions);
}

int exceptions_put_line(struct exceptions *exceptions, const struct exception_entry *entry)
{
	struct json json;
	int r = has_room(exceptions, entry) ? -ENOMEM : -EFBIG;

	json_init(&json);
	exception_line_write(&json, entry);
	if (!json.failed && r != -EFBIG)
		r = check_line(exceptions, &json);
	if (r == 0)
		r = exceptionfile_append(exceptions->file, json.text, json.length);
	if (r == 0 && (exception_add(&exceptions->reg, entry, json.text, json.length) < 0 ||
			      exceptions_make_room(exceptions) < 0))
		/* On disk, but not with us: only reading it again helps. */
		snprintf(exceptions->problem, sizeof(exceptions->problem),
			"out of memory; restart hedated");
	json_clear(&json);
	if (r == 0) {
		exceptions_tell_time(exceptions);
		exceptions_record_step(exceptions, entry);
	}
	return r;
}

int exceptions_put_own(struct exceptions *exceptions, enum exception_action action, const char *id,
	const char *text, uint64_t bytes)
{
	struct exception_entry entry = {
		.time = exceptions_now(exceptions),
		.action = action,
		.uid = getuid(),
		.user = strdup(OURSELVES),
		.id = id ? strdup(id) : NULL,
		.text = text ? strdup(text) : NULL,
		.bytes = bytes,
	};
	struct exception_refusal refusal = { 0 };
	int r = exception_prepare(&exceptions->reg, &entry);

	if (r == 0)
		r = exception_check(&exceptions->reg, &entry, NULL, &refusal);
	if (r == 0)
		r = exceptions_put_line(exceptions, &entry);
	exception_entry_clear(&entry);
	return r;
}

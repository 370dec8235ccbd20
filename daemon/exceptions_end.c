/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends of exceptions, and what could not be put in place yet: see exceptions_impl.h. */
#include <errno.h>
#include <stdio.h>

#include "clock.h"
#include "enforcer.h"
#include "exceptions_impl.h"

#define LOOK_SECONDS  30 /* at most until ends are looked at again */
#define RETRY_SECONDS 1	 /* until the rule set is tried again */

/* The next end of one that a line is to say of, or a while from now. */
static int64_t next_look(const struct exceptions *exceptions, int64_t now)
{
	int64_t next = now + LOOK_SECONDS;

	if (exceptions->renew_due)
		next = now + RETRY_SECONDS;
	for (size_t i = 0; i < exceptions->reg.count; i++) {
		const struct exception *exception = &exceptions->reg.items[i];

		if (exception_is_over(exception, exception->request.end) &&
			exception->request.end > now && exception->request.end < next)
			next = exception->request.end;
	}
	return next;
}

/* Where the clock was set back it is taken to stand still. */
void exceptions_arm(struct exceptions *exceptions)
{
	int64_t now = clock_realtime() / 1000000, least = exceptions_now(exceptions);
	int64_t next = next_look(exceptions, least) * 1000;

	if (now < least * 1000)
		now = least * 1000;
	if (exceptions->timer)
		(void)loop_set_timer(
			exceptions->timer, next > now ? (uint64_t)(next - now) + 1 : 1, 0);
}

enum exit_code exceptions_renew(struct exceptions *exceptions, struct diag_list *diags)
{
	enum exit_code code = enforcer_renew(exceptions->enforcer, diags);

	exceptions->renew_due = code != EXIT_OK && code != EXIT_DIFFERS;
	return code;
}

static void try_again(struct exceptions *exceptions)
{
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return;
	(void)exceptions_renew(exceptions, diags);
	diag_list_free(diags);
}

void exceptions_give_up(struct exceptions *exceptions, const char *why)
{
	snprintf(exceptions->problem, sizeof(exceptions->problem), "%s", why);
	exceptions_record_found(exceptions);
	try_again(exceptions);
}

/* Put the end of one on record. False: it could not be, which is said once. */
static bool put_end(struct exceptions *exceptions, const char *id)
{
	int r = exceptions_put_own(exceptions, EXCEPTION_EXPIRE, id, NULL, 0);

	if (r == -ESTALE)
		exceptions_give_up(exceptions, EXCEPTIONS_CHANGED_BY_OTHERS);
	else if (r < 0 && !exceptions->end_unwritten)
		exceptions_record_failed(exceptions, id,
			"that it has ended could not be put into the register; it is tried again");
	exceptions->end_unwritten = r < 0;
	return r == 0;
}

/* The kernel has ended them; here it is put on record. What cannot be written is tried again. */
static void look(struct loop *loop, void *data)
{
	struct exceptions *exceptions = data;
	int64_t now = exceptions_now(exceptions);

	(void)loop;
	for (size_t i = 0; exceptions->problem[0] == '\0' && i < exceptions->reg.count; i++) {
		const struct exception *exception = &exceptions->reg.items[i];

		if (!exception_is_over(exception, now))
			continue;
		exceptions->seen = now;
		exceptions_tell_time(exceptions);
		if (!put_end(exceptions, exception->request.id))
			break;
	}
	if (exceptions->renew_due)
		try_again(exceptions);
	exceptions_arm(exceptions);
}

int exceptions_start(struct exceptions *exceptions, struct enforcer *enforcer)
{
	int r = loop_add_timer(enforcer->loop, look, exceptions, &exceptions->timer);

	if (r < 0)
		return r;
	exceptions->enforcer = enforcer;
	if (exceptions->problem[0] != '\0')
		exceptions_record_found(exceptions);
	else if (exceptions->torn > 0)
		exceptions_record_step(
			exceptions, &(struct exception_entry){ .action = EXCEPTION_REPAIR,
					    .line = exceptions->reg.lines,
					    .bytes = exceptions->torn });
	exceptions_applied(exceptions);
	return loop_set_timer(exceptions->timer, 1, 0);
}

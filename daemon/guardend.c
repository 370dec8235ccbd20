/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guardend.h"

#include <errno.h>

#include "../lib/errtext.h"
#include "enforcer.h"

/* A socket of its own, for as long: nothing that asks the kernel in pieces is disturbed. */
static int remove_closed(char why[CLOSED_COMMENT_MAX], bool sound)
{
	struct nlsock *socket;
	int r = nlsock_open(&socket);

	if (r < 0)
		return r;
	r = nftclosed_find(socket, why);
	if (r == 0 && sound)
		r = nftclosed_remove(socket);
	nlsock_close(socket);
	return r;
}

static void record(struct enforcer *enforcer, int error)
{
	const char *why = enforcer->guard.why[0] ? enforcer->guard.why : "unknown";

	if (error == 0)
		reclink_event(enforcer->reclink, "guard-fallback", true,
			"the guard had shut the gateway since the boot; it is guarded by the "
			"policy now",
			(const char *const[]){ "why", why, NULL });
	else
		reclink_event(enforcer->reclink, "guard-fallback", false,
			"the guard has shut the gateway, and that cannot be ended: nothing is "
			"forwarded",
			(const char *const[]){ "why", why, "error", errtext_english(error), NULL });
}

void guardend_try(struct enforcer *enforcer)
{
	struct guardend *guard = &enforcer->guard;
	bool sound = !enforcer->isolation || isolationwatch_sound(enforcer->isolation);

	if (guard->done)
		return;
	int r = remove_closed(guard->why, sound);

	guard->done = r == -ENOENT || (r == 0 && sound);
	if (r == 0 && sound)
		record(enforcer, 0);
	else if (r < 0 && r != -ENOENT && !guard->told)
		record(enforcer, r);
	guard->told = r < 0;
	if (guard->done)
		guard->why[0] = '\0';
}

const char *guardend_why(const struct enforcer *enforcer)
{
	return enforcer->guard.why;
}

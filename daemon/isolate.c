/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "clock.h"
#include "isolate_frames.h"
#include "isolate_impl.h"
#include "isolatefile.h"

void isolate_complain(struct isolate_work *work, const char *fix, const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	diag_add(work->diags, DIAG_ERROR, (struct diag_loc){ 0 }, fix, "%s", text);
}

/* The disk --------------------------------------------------------------------------------------
 */

static void complain_broken(struct isolate_work *work)
{
	isolate_complain(work,
		_("\"hedate isolated\" shows what could be read; \"hedate release --all\" begins "
		  "anew, and keeps the broken file as entries.broken"),
		_("what is isolated cannot be read: %s/entries is broken at line %u"),
		ISOLATEFILE_DIRECTORY, work->line);
}

static void complain_disk(struct isolate_work *work, int error)
{
	if (error == -EINVAL)
		complain_broken(work);
	else
		isolate_complain(work, NULL, _("what is isolated cannot be read from disk: %s"),
			errtext(error));
}

/* Nothing that is wrong here keeps anybody from isolating. */
static void open_disk(struct isolate_work *work, bool make, bool lock)
{
	int r = isolatefile_open(work->config_file, make, &work->directory);

	if (r < 0) {
		work->directory = -1;
		work->sound = r == -ENOENT && !make;
		work->unreadable = r;
		return;
	}
	/* An emergency goes on without it. */
	work->locked = lock && isolatefile_lock(work->directory);
	work->unreadable = isolatefile_load(work->directory, &work->isolation, &work->line);
	work->sound = work->unreadable == 0;
}

static int save(struct isolate_work *work)
{
	if (work->directory < 0)
		return work->unreadable;
	if (!work->sound)
		isolatefile_set_aside(work->directory);
	isolation_trim(&work->isolation);
	return isolatefile_save(work->directory, &work->isolation);
}

/* Isolating -------------------------------------------------------------------------------------
 */

static struct isolation_step step_of(const struct isolate_request *request)
{
	struct isolation_step step = {
		.uid = request->uid,
		.time = clock_realtime() / CLOCK_SECOND,
	};

	snprintf(step.user, sizeof(step.user), "%s", request->user);
	snprintf(step.reason, sizeof(step.reason), "%s", request->reason);
	return step;
}

static int add_entries(struct isolate_work *work, const struct isolate_request *request,
	const struct isolate_names *names)
{
	const struct isolation_step step = step_of(request);
	struct isolation_entry *entry;

	/* Numbers that the kernel has are not given again, whatever the list says. */
	if (work->isolation.last < work->in_kernel)
		work->isolation.last = work->in_kernel;
	for (size_t i = 0; i < names->count; i++) {
		int r = isolation_add(
			&work->isolation, &names->targets[i], names->zone, &step, &entry);

		if (r == -ENOSPC)
			isolate_complain(work,
				_("isolate the network or the interface that they are in, and "
				  "release them"),
				_("%d entries are isolated already, no more is possible"),
				ISOLATION_IN_FORCE);
		else if (r < 0 && r != -EEXIST)
			isolate_complain(work, NULL, "%s", errtext(r));
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

static enum exit_code put_on_disk(struct isolate_work *work)
{
	int r = save(work);

	if (!work->sound)
		complain_disk(work, work->unreadable);
	if (r == 0)
		return work->sound ? EXIT_OK : EXIT_FAILED;
	isolate_complain(work, _("make room, and isolate it once more"),
		_("it is isolated now, but not on disk: after a restart of this host it is not "
		  "(%s)"),
		errtext(r));
	return EXIT_FAILED;
}

/* The last of the list. */
static bool is_in_kernel(struct isolate_work *work)
{
	return isolate_read_counters(work) == 0 && work->in_kernel >= work->isolation.last;
}

static enum exit_code isolate(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_result *result)
{
	struct isolate_names names = { 0 };
	enum exit_code code = isolate_resolve(work, request, &names);

	result->before = work->isolation.last;
	if (code == EXIT_OK && add_entries(work, request, &names) < 0)
		code = EXIT_FAILED;
	if (code == EXIT_OK) {
		bool whole = work->sound && work->unknown == 0;
		int r = whole ? isolate_put_all(work, work->socket)
			      : isolate_add_since(work, work->socket, result->before);

		result->matches = whole && r == 0;
		/* What could not be read back may be there all the same. */
		code = r == 0 || is_in_kernel(work) ? put_on_disk(work) : EXIT_FAILED;
		if (r < 0)
			code = EXIT_FAILED;
	}
	free(names.targets);
	return code;
}

/* Releasing -------------------------------------------------------------------------------------
 */

static void release_entries(struct isolate_work *work, const struct isolate_request *request,
	const struct isolate_names *names)
{
	const struct isolation_step step = step_of(request);

	for (size_t i = 0; i < work->isolation.count; i++) {
		struct isolation_entry *entry = &work->isolation.entries[i];
		bool asked = request->action == ISOLATE_RELEASE_ALL;

		for (size_t j = 0; j < names->count; j++)
			asked |= entry->target.kind == names->targets[j].kind &&
				 strcmp(entry->target.text, names->targets[j].text) == 0;
		if (asked && isolation_in_force(entry))
			isolation_release(&work->isolation, entry, &step);
	}
}

/* Nothing is taken from the kernel that is not understood; but all of it can be. */
static bool may_release(struct isolate_work *work, const struct isolate_request *request)
{
	if (request->action == ISOLATE_RELEASE_ALL)
		return true;
	if (!work->sound) {
		complain_disk(work, work->unreadable);
		return false;
	}
	if (work->unknown == 0)
		return true;
	isolate_complain(work, _("\"hedate release --all\" releases them as well"),
		_("the kernel isolates what is not in the list (%zu entries)"), work->unknown);
	return false;
}

static enum exit_code release(struct isolate_work *work, const struct isolate_request *request,
	struct isolate_result *result)
{
	struct isolate_names names = { 0 };
	enum exit_code code = may_release(work, request) ? EXIT_OK : EXIT_FAILED;
	int r;

	if (work->isolation.last < work->in_kernel)
		work->isolation.last = work->in_kernel;
	result->before = work->isolation.last;
	if (code == EXIT_OK && request->action == ISOLATE_RELEASE)
		code = isolate_find(work, request, &names);
	if (code == EXIT_OK) {
		release_entries(work, request, &names);
		r = save(work);
		if (r < 0)
			isolate_complain(work, NULL,
				_("nothing is released: that could not be kept on disk: %s"),
				errtext(r));
		code = r < 0 ? EXIT_FAILED : EXIT_OK;
	}
	if (code == EXIT_OK) {
		result->matches = isolate_put_rest(work, result->before) == 0;
		code = result->matches ? EXIT_OK : EXIT_FAILED;
	}
	free(names.targets);
	return code;
}

/* -----------------------------------------------------------------------------------------------
 */

static void end(struct isolate_work *work, struct isolate_result *result)
{
	result->isolation = work->isolation;
	nlsock_close(work->socket);
	if (work->directory >= 0)
		close(work->directory);
}

void isolate_result_clear(struct isolate_result *result)
{
	isolation_clear(&result->isolation);
}

enum exit_code isolate_run(const char *config_file, const struct isolate_request *request,
	struct diag_list *diags, struct isolate_result *ret_result)
{
	bool releases =
		request->action == ISOLATE_RELEASE || request->action == ISOLATE_RELEASE_ALL;
	struct isolate_work work = { .config_file = config_file, .directory = -1, .diags = diags };
	enum exit_code code = EXIT_FAILED;

	*ret_result = (struct isolate_result){ 0 };
	if (!isolation_reason_ok(request->reason)) {
		isolate_complain(&work, _("write it in one line of at most 255 bytes"),
			_("the reason cannot be kept as it is"));
		return EXIT_USAGE;
	}
	open_disk(&work, true, true);
	if (isolate_open_kernel(&work) == 0)
		code = releases ? release(&work, request, ret_result)
				: isolate(&work, request, ret_result);
	end(&work, ret_result);
	return code;
}

enum exit_code isolate_read(
	const char *config_file, struct diag_list *diags, struct isolate_result *ret_result)
{
	struct isolate_work work = { .config_file = config_file, .directory = -1, .diags = diags };
	enum exit_code code = EXIT_FAILED;

	*ret_result = (struct isolate_result){ 0 };
	open_disk(&work, false, false);
	ret_result->before = work.isolation.last;
	if (!work.sound)
		complain_disk(&work, work.unreadable);
	if (isolate_open_kernel(&work) == 0) {
		ret_result->matches = work.sound && isolate_matches(&work.isolation, work.socket);
		code = !work.sound ? EXIT_FAILED : ret_result->matches ? EXIT_OK : EXIT_DIFFERS;
	}
	end(&work, ret_result);
	return code;
}

static int look_into_kernel(struct isolate_work *work, enum isolate_change *ret_change)
{
	enum isolate_frames have;
	int r = isolate_read_counters(work);

	if (r < 0)
		return r;
	r = isolate_frames_look(&work->isolation, &have);
	if (r < 0)
		return r;
	if (work->missing > 0 || have == ISOLATE_FRAMES_OTHER ||
		!isolate_table_matches(&work->isolation, work->socket))
		*ret_change = ISOLATE_RESTORED;
	else
		*ret_change = have == ISOLATE_FRAMES_PART ? ISOLATE_INTERFACES : ISOLATE_UNCHANGED;
	return 0;
}

/* What can be read of a broken list is isolated all the same. */
static int load_into_kernel(struct isolate_work *work, enum isolate_change *ret_change)
{
	enum isolate_change change;
	int r = look_into_kernel(work, &change);

	if (r < 0 || change == ISOLATE_UNCHANGED)
		return r;
	/* Somebody is about to change both: what the list says is not yet what is to be there. */
	if (work->directory >= 0 && !work->locked)
		return 0;
	bool whole = work->unknown == 0 && work->sound;

	/* Beside what is not understood only what cannot be in its way: none of it is there. */
	if (!whole && (work->in_kernel > 0 || work->missing == 0))
		return 0;
	*ret_change = change;
	return whole ? isolate_put_all(work, work->socket)
		     : isolate_add_since(work, work->socket, 0);
}

enum exit_code isolate_load(struct nlsock *socket, const char *config_file, struct diag_list *diags,
	struct isolation *ret_isolation, enum isolate_change *ret_change, const char **ret_why)
{
	struct isolate_work work = {
		.config_file = config_file, .directory = -1, .socket = socket, .diags = diags
	};

	open_disk(&work, false, true);
	*ret_isolation = (struct isolation){ 0 };
	*ret_change = ISOLATE_UNCHANGED;
	*ret_why = NULL;
	if (!work.sound) {
		complain_disk(&work, work.unreadable);
		*ret_why = "isolation-broken";
	}
	int r = load_into_kernel(&work, ret_change);

	if (r < 0) {
		isolate_complain(&work, NULL,
			_("what is isolated could not be put into the kernel: %s"), errtext(r));
		*ret_why = "isolation-refused";
	}
	*ret_isolation = work.isolation;
	if (work.directory >= 0)
		close(work.directory);
	return *ret_why ? EXIT_FAILED : EXIT_OK;
}

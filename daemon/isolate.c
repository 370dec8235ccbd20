/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/decode.h"
#include "../lib/drift.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "../lib/suggest.h"
#include "clock.h"
#include "isolatefile.h"

/* One run: what is on disk, what is in the kernel. */
struct work {
	const char *config_file;
	int directory;	/* -1: it cannot be had */
	bool locked;	/* nobody else changes either meanwhile */
	bool sound;	/* the list could be read, or there is none yet */
	int unreadable; /* else why, negative errno */
	unsigned int line;
	struct nlsock *socket;
	struct isolation isolation;
	uint64_t in_kernel; /* the highest number that the kernel has */
	size_t unknown;	    /* of those that it has and the list does not */
	size_t missing;	    /* of the list that the kernel has not */
	struct diag_list *diags;
};

__attribute__((format(printf, 3, 4))) static void complain(
	struct work *work, const char *fix, const char *format, ...)
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

static void complain_broken(struct work *work)
{
	complain(work,
		_("\"hedate isolated\" shows what could be read; \"hedate release --all\" begins "
		  "anew, and keeps the broken file as entries.broken"),
		_("what is isolated cannot be read: %s/entries is broken at line %u"),
		ISOLATEFILE_DIRECTORY, work->line);
}

static void complain_disk(struct work *work, int error)
{
	if (error == -EINVAL)
		complain_broken(work);
	else
		complain(work, NULL, _("what is isolated cannot be read from disk: %s"),
			strerror(-error));
}

/* Nothing that is wrong here keeps anybody from isolating. */
static void open_disk(struct work *work, bool make, bool lock)
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

static int save(struct work *work)
{
	if (work->directory < 0)
		return work->unreadable;
	if (!work->sound)
		isolatefile_set_aside(work->directory);
	isolation_trim(&work->isolation);
	return isolatefile_save(work->directory, &work->isolation);
}

/* The kernel ------------------------------------------------------------------------------------
 */

static int take_counter(const char *name, struct counter_value value, void *data)
{
	struct work *work = data;
	const char *digits = name + strlen(ISOLATION_COUNTER);
	uint64_t number = 0;

	if (strncmp(name, ISOLATION_COUNTER, strlen(ISOLATION_COUNTER)) == 0)
		number = strtoull(digits, NULL, 10);
	if (number > work->in_kernel)
		work->in_kernel = number;
	for (size_t i = 0; i < work->isolation.count; i++) {
		struct isolation_entry *entry = &work->isolation.entries[i];

		if (entry->isolated.number != number)
			continue;
		/* Left behind by a release that was killed: no rule counts on it. */
		if (!isolation_in_force(entry))
			return 0;
		entry->packets = value.packets;
		entry->bytes = value.bytes;
		work->missing--;
		return 0;
	}
	work->unknown++;
	return 0;
}

/* What each has counted, and what the list does not know of. */
static int read_counters(struct work *work)
{
	int r;

	do {
		work->in_kernel = work->unknown = 0;
		work->missing = isolation_count(&work->isolation);
		r = decode_counters(work->socket, ISOLATION_TABLE, take_counter, work);
	} while (r == -EINTR || r == -ENOBUFS);
	return r == -ENOENT ? 0 : r;
}

static int open_kernel(struct work *work)
{
	int r = nlsock_open(&work->socket);

	if (r == 0)
		r = read_counters(work);
	if (r == -EPERM)
		complain(work,
			_("run it as root, or as a member of the group hedate-operator while "
			  "hedated runs"),
			_("CAP_NET_ADMIN is missing"));
	else if (r < 0)
		complain(work, NULL, _("the kernel's nf_tables cannot be reached: %s"),
			strerror(-r));
	return r;
}

/* The whole table is what the list says. */
static int put_all(struct work *work, struct nlsock *socket)
{
	struct ruleset *ruleset;
	int r = isolation_rules(&work->isolation, &ruleset);

	if (r < 0) {
		complain(work, NULL, "%s", strerror(-r));
		return r;
	}
	r = nftxact_apply(socket, ruleset, NULL, work->diags);
	ruleset_free(ruleset);
	return r;
}

/* Only those past a number, to what is there: what the list does not know of stays. */
static int add_since(struct work *work, struct nlsock *socket, uint64_t before)
{
	struct isolation part = { 0 };
	struct ruleset *ruleset;
	size_t first = 0;

	while (first < work->isolation.count &&
		work->isolation.entries[first].isolated.number <= before)
		first++;
	part.entries = work->isolation.entries + first;
	part.count = work->isolation.count - first;
	int r = isolation_rules_beside(&part, &ruleset);

	if (r < 0) {
		complain(work, NULL, "%s", strerror(-r));
		return r;
	}
	r = nftxact_add(socket, ruleset, work->diags);
	ruleset_free(ruleset);
	return r;
}

/* Counters stay when a table is replaced. */
static int delete_counters(struct work *work, uint64_t before)
{
	char name[sizeof(ISOLATION_COUNTER) + 24];
	int r = 0;

	for (size_t i = 0; i < work->isolation.count && r == 0; i++) {
		const struct isolation_entry *entry = &work->isolation.entries[i];

		if (entry->released.number <= before)
			continue;
		snprintf(name, sizeof(name), ISOLATION_COUNTER "%" PRIu64, entry->isolated.number);
		r = nftxact_delete_counter(work->socket, ISOLATION_TABLE, name, work->diags);
	}
	return r;
}

/* With nothing isolated there is no table. */
static int put_rest(struct work *work, uint64_t before)
{
	if (isolation_count(&work->isolation) == 0)
		return nftxact_delete(work->socket, ISOLATION_TABLE, work->diags);
	int r = put_all(work, work->socket);

	return r < 0 ? r : delete_counters(work, before);
}

/* Is exactly the list there? */
static bool matches(const struct isolation *isolation, struct nlsock *socket)
{
	struct ruleset *expected, *actual = NULL;
	uint32_t generation;
	size_t differences = 1;

	if (isolation_rules(isolation, &expected) < 0)
		return false;
	ruleset_sort(expected);
	int r = decode_table(socket, ISOLATION_TABLE, expected, &actual, &generation);

	if (r == 0 && drift_compare(expected, actual, NULL, NULL, &differences) < 0)
		differences = 1;
	/* A table without entries does nothing. */
	if (r == -ENOENT && isolation_count(isolation) == 0)
		differences = 0;
	ruleset_free(actual);
	ruleset_free(expected);
	return differences == 0;
}

/* Names -----------------------------------------------------------------------------------------
 */

/* The targets that a name stands for. */
struct names {
	struct isolation_target *targets;
	size_t count;
	const char *zone; /* "" when it is none */
};

static int add_target(struct names *names, const struct isolation_target *target)
{
	struct isolation_target *grown =
		reallocarray(names->targets, names->count + 1, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	names->targets = grown;
	grown[names->count++] = *target;
	return 0;
}

/* Looking a name up in the zones of the policy. */
struct lookup {
	const char *name;
	struct names *names;
	bool is_zone, is_interface;
	struct suggest suggest;
};

static int look_at(const char *zone, const char *interface, void *data)
{
	struct lookup *lookup = data;
	struct isolation_target target;

	suggest_consider(&lookup->suggest, zone);
	suggest_consider(&lookup->suggest, interface);
	if (strcmp(interface, lookup->name) == 0)
		lookup->is_interface = true;
	if (strcmp(zone, lookup->name) != 0)
		return 0;
	lookup->is_zone = true;
	return isolation_target_parse(interface, &target) < 0 ? -EINVAL
							      : add_target(lookup->names, &target);
}

/* An interface that there is none of may come yet; but a slip of the finger must not look done. */
static bool is_there(const char *interface)
{
	char path[ISOLATION_TARGET_MAX + 64];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/conf/%s", interface);
	return access(path, F_OK) == 0;
}

static void complain_name(struct work *work, const char *name, const char *meant)
{
	char fix[128];

	if (meant)
		snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), meant);
	else
		snprintf(fix, sizeof(fix), "%s",
			_("name a zone, an interface, an address, a network or a MAC address"));
	complain(work, fix, _("there is no zone and no interface \"%s\""), name);
}

static enum exit_code one_target(struct work *work, const struct isolate_request *request,
	struct names *names, bool is_known)
{
	struct isolation_target target;
	char fix[ISOLATION_TARGET_MAX + 64];
	int r = isolation_target_parse(request->target, &target);

	if (r == -EDOM) {
		snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), target.text);
		complain(work, fix, _("\"%s\" has bits set past its length"), request->target);
		return EXIT_USAGE;
	}
	if (request->action == ISOLATE_DEVICE && (r < 0 || target.kind == ISOLATION_INTERFACE)) {
		complain(work, _("\"hedate isolate\" takes the name of a zone or an interface"),
			_("\"%s\" is neither a MAC address nor an address"), request->target);
		return EXIT_USAGE;
	}
	if (r < 0 || (target.kind == ISOLATION_INTERFACE && !is_known && !is_there(target.text)))
		return EXIT_UNREACHABLE; /* no such name: the caller says what may have been meant
					  */
	r = add_target(names, &target);
	if (r < 0)
		complain(work, NULL, "%s", strerror(-r));
	return r < 0 ? EXIT_FAILED : EXIT_OK;
}

/* A zone's name, else a target. */
static enum exit_code resolve(
	struct work *work, const struct isolate_request *request, struct names *names)
{
	struct lookup lookup = {
		.name = request->target, .names = names, .suggest = { .word = request->target }
	};
	enum exit_code result = EXIT_OK;
	char *text = NULL;
	int r = 0;

	names->zone = "";
	if (request->action != ISOLATE_DEVICE && work->directory >= 0)
		r = isolatefile_zones(work->directory, look_at, &lookup, &text);
	if (r == -ENOMEM) {
		/* Half a zone is none. */
		complain(work, NULL, "%s", strerror(-r));
		result = EXIT_FAILED;
	} else if (lookup.is_zone)
		names->zone = request->target;
	else
		result = one_target(work, request, names, lookup.is_interface);
	if (result == EXIT_UNREACHABLE) {
		complain_name(work, request->target, lookup.suggest.best);
		result = EXIT_USAGE;
	}
	free(text);
	return result;
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

static int add_entries(
	struct work *work, const struct isolate_request *request, const struct names *names)
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
			complain(work,
				_("isolate the network or the interface that they are in, and "
				  "release them"),
				_("%d entries are isolated already, no more is possible"),
				ISOLATION_IN_FORCE);
		else if (r < 0 && r != -EEXIST)
			complain(work, NULL, "%s", strerror(-r));
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

static enum exit_code put_on_disk(struct work *work)
{
	int r = save(work);

	if (!work->sound)
		complain_disk(work, work->unreadable);
	if (r == 0)
		return work->sound ? EXIT_OK : EXIT_FAILED;
	complain(work, _("make room, and isolate it once more"),
		_("it is isolated now, but not on disk: after a restart of this host it is not "
		  "(%s)"),
		strerror(-r));
	return EXIT_FAILED;
}

/* The last of the list. */
static bool is_in_kernel(struct work *work)
{
	return read_counters(work) == 0 && work->in_kernel >= work->isolation.last;
}

static enum exit_code isolate(
	struct work *work, const struct isolate_request *request, struct isolate_result *result)
{
	struct names names = { 0 };
	enum exit_code code = resolve(work, request, &names);

	result->before = work->isolation.last;
	if (code == EXIT_OK && add_entries(work, request, &names) < 0)
		code = EXIT_FAILED;
	if (code == EXIT_OK) {
		bool whole = work->sound && work->unknown == 0;
		int r = whole ? put_all(work, work->socket)
			      : add_since(work, work->socket, result->before);

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

static void release_entries(
	struct work *work, const struct isolate_request *request, const struct names *names)
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

/* A zone's name stands for what was isolated as that zone, whatever it has now. */
static enum exit_code find_isolated(
	struct work *work, const struct isolate_request *request, struct names *names)
{
	enum exit_code code = EXIT_OK;

	names->zone = "";
	for (size_t i = 0; i < work->isolation.count && code == EXIT_OK; i++) {
		const struct isolation_entry *entry = &work->isolation.entries[i];

		if (isolation_in_force(entry) && strcmp(entry->zone, request->target) == 0 &&
			add_target(names, &entry->target) < 0) {
			complain(work, NULL, "%s", strerror(ENOMEM));
			code = EXIT_FAILED;
		}
	}
	if (code == EXIT_OK && names->count == 0)
		code = one_target(work, request, names, true);
	if (code == EXIT_UNREACHABLE ||
		(code == EXIT_OK && !isolation_find(&work->isolation, &names->targets[0]))) {
		complain(work, _("\"hedate isolated\" shows what is"), _("\"%s\" is not isolated"),
			request->target);
		return EXIT_USAGE;
	}
	return code;
}

/* Nothing is taken from the kernel that is not understood; but all of it can be. */
static bool may_release(struct work *work, const struct isolate_request *request)
{
	if (request->action == ISOLATE_RELEASE_ALL)
		return true;
	if (!work->sound) {
		complain_disk(work, work->unreadable);
		return false;
	}
	if (work->unknown == 0)
		return true;
	complain(work, _("\"hedate release --all\" releases them as well"),
		_("the kernel isolates what is not in the list (%zu entries)"), work->unknown);
	return false;
}

static enum exit_code release(
	struct work *work, const struct isolate_request *request, struct isolate_result *result)
{
	struct names names = { 0 };
	enum exit_code code = may_release(work, request) ? EXIT_OK : EXIT_FAILED;
	int r;

	if (work->isolation.last < work->in_kernel)
		work->isolation.last = work->in_kernel;
	result->before = work->isolation.last;
	if (code == EXIT_OK && request->action == ISOLATE_RELEASE)
		code = find_isolated(work, request, &names);
	if (code == EXIT_OK) {
		release_entries(work, request, &names);
		r = save(work);
		if (r < 0)
			complain(work, NULL,
				_("nothing is released: that could not be kept on disk: %s"),
				strerror(-r));
		code = r < 0 ? EXIT_FAILED : EXIT_OK;
	}
	if (code == EXIT_OK) {
		result->matches = put_rest(work, result->before) == 0;
		code = result->matches ? EXIT_OK : EXIT_FAILED;
	}
	free(names.targets);
	return code;
}

/* -----------------------------------------------------------------------------------------------
 */

static void end(struct work *work, struct isolate_result *result)
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
	struct work work = { .config_file = config_file, .directory = -1, .diags = diags };
	enum exit_code code = EXIT_FAILED;

	*ret_result = (struct isolate_result){ 0 };
	if (!isolation_reason_ok(request->reason)) {
		complain(&work, _("write it in one line of at most 255 bytes"),
			_("the reason cannot be kept as it is"));
		return EXIT_USAGE;
	}
	open_disk(&work, true, true);
	if (open_kernel(&work) == 0)
		code = releases ? release(&work, request, ret_result)
				: isolate(&work, request, ret_result);
	end(&work, ret_result);
	return code;
}

enum exit_code isolate_read(
	const char *config_file, struct diag_list *diags, struct isolate_result *ret_result)
{
	struct work work = { .config_file = config_file, .directory = -1, .diags = diags };
	enum exit_code code = EXIT_FAILED;

	*ret_result = (struct isolate_result){ 0 };
	open_disk(&work, false, false);
	ret_result->before = work.isolation.last;
	if (!work.sound)
		complain_disk(&work, work.unreadable);
	if (open_kernel(&work) == 0) {
		ret_result->matches = work.sound && matches(&work.isolation, work.socket);
		code = !work.sound ? EXIT_FAILED : ret_result->matches ? EXIT_OK : EXIT_DIFFERS;
	}
	end(&work, ret_result);
	return code;
}

/* What can be read of a broken list is isolated all the same. */
static int load_into_kernel(struct work *work, bool *ret_changed)
{
	int r = read_counters(work);

	if (r < 0 || (work->missing == 0 && matches(&work->isolation, work->socket)))
		return r;
	/* Somebody is about to change both: what the list says is not yet what is to be there. */
	if (work->directory >= 0 && !work->locked)
		return 0;
	bool whole = work->unknown == 0 && work->sound;

	/* Beside what is not understood only what cannot be in its way: none of it is there. */
	if (!whole && (work->in_kernel > 0 || work->missing == 0))
		return 0;
	*ret_changed = true;
	return whole ? put_all(work, work->socket) : add_since(work, work->socket, 0);
}

enum exit_code isolate_load(struct nlsock *socket, const char *config_file, struct diag_list *diags,
	struct isolation *ret_isolation, bool *ret_changed, const char **ret_why)
{
	struct work work = {
		.config_file = config_file, .directory = -1, .socket = socket, .diags = diags
	};

	open_disk(&work, false, true);
	*ret_isolation = (struct isolation){ 0 };
	*ret_changed = false;
	*ret_why = NULL;
	if (!work.sound) {
		complain_disk(&work, work.unreadable);
		*ret_why = "isolation-broken";
	}
	int r = load_into_kernel(&work, ret_changed);

	if (r < 0) {
		complain(&work, NULL, _("what is isolated could not be put into the kernel: %s"),
			strerror(-r));
		*ret_why = "isolation-refused";
	}
	*ret_isolation = work.isolation;
	if (work.directory >= 0)
		close(work.directory);
	return *ret_why ? EXIT_FAILED : EXIT_OK;
}

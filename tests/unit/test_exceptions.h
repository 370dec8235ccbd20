/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in force, with a clock, a kernel and a log of the test's own: what is put on record
 * and what has an effect when something in between fails.
 */
#ifndef HEDATE_TEST_EXCEPTIONS_H
#define HEDATE_TEST_EXCEPTIONS_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/clock.h"
#include "../../daemon/enforcer.h"
#include "../../daemon/exceptionfile.h"
#include "../../daemon/exceptions.h"
#include "../../lib/conf.h"
#include "../../lib/opening.h"
#include "suite.h"
#include "testdir.h"

#define NOW    INT64_C(1795253400) /* 2026-11-21T09:30:00Z */
#define HOUR   3600
#define SATO   1001
#define SUZUKI 1002

static const char configuration[] =
	"site = { name = \"town\"; };\n"
	"zones = ( { name = \"work\"; kind = \"lgwan\"; segments = (\n"
	"  { name = \"servers\"; interface = \"eth1\"; networks = \"10.1.0.0/24\"; },\n"
	"  { name = \"desks\"; interface = \"eth2\"; networks = \"10.1.1.0/24\"; } ); } );\n"
	"hosts = ( { name = \"files\"; address = \"10.1.0.10\"; } );\n";

static char directory[TESTDIR_PATH], file[128];
static struct policy *policy;
static struct diag_list *found;
static struct exceptions *exceptions;
static struct exceptions_result result;
static struct enforcer parts;

/* ---- what stands in for the rest of hedated ---- */

static int64_t clock_seconds;
static const struct lifecycle_extension *extension;
static int try_result;
static enum exit_code renew_result;
static unsigned int renewals;
static char events[8192];
static loop_timer_function timer;
static uint64_t timer_delay;

int64_t clock_realtime(void)
{
	return clock_seconds * CLOCK_SECOND;
}

static bool disk_full;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's. */
ssize_t write(int fd, const void *buffer, size_t size)
{
	if (!disk_full)
		return syscall(SYS_write, fd, buffer, size);
	errno = ENOSPC;
	return -1;
}

void lifecycle_set_extension(
	struct lifecycle *lifecycle, const struct lifecycle_extension *new_extension)
{
	(void)lifecycle;
	extension = new_extension;
}

struct policy *lifecycle_policy_to_extend(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return policy;
}

/* The policy without what was added to it before, and with what is added now. */
static inline int extend(struct diag_list *diags)
{
	while (policy->path_count > 0)
		policy_path_clear(&policy->paths[--policy->path_count]);
	return extension->extend(policy, diags, extension->data);
}

int lifecycle_try(struct lifecycle *lifecycle, struct diag_list *diags)
{
	(void)lifecycle;
	(void)diags;
	return try_result;
}

enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *diags)
{
	renewals++;
	if (renew_result == EXIT_OK || renew_result == EXIT_DIFFERS) {
		ck_assert_int_eq(extend(diags), 0);
		exceptions_applied(enforcer->exceptions);
	}
	return renew_result;
}

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link;
	(void)success;
	(void)text;
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s", action);
	for (; pairs && pairs[0]; pairs += 2)
		if (strcmp(pairs[0], "exception") == 0 || strcmp(pairs[0], "why") == 0 ||
			strcmp(pairs[0], "bytes") == 0)
			snprintf(events + strlen(events), sizeof(events) - strlen(events), " %s",
				pairs[1]);
	strcat(events, "\n");
}

int loop_add_timer(struct loop *loop, loop_timer_function function, void *data,
	struct loop_source **ret_source)
{
	(void)loop;
	timer = function;
	*ret_source = data; /* something that is not NULL */
	return 0;
}

int loop_set_timer(struct loop_source *source, uint64_t delay_ms, uint64_t period_ms)
{
	(void)source;
	(void)period_ms;
	timer_delay = delay_ms;
	return 0;
}

void loop_remove(struct loop_source *source)
{
	(void)source;
}

/* ---- set-up ---- */

/* As hedated starts. */
static inline void start(void)
{
	exceptions_free(exceptions);
	parts = (struct enforcer){ 0 };
	events[0] = '\0';
	ck_assert_int_eq(exceptions_new(directory, NULL, &exceptions), 0);
	exceptions_attach(exceptions, NULL);
	parts.exceptions = exceptions;
	ck_assert_int_eq(extend(found), 0);
	ck_assert_int_eq(exceptions_start(exceptions, &parts), 0);
}

static inline void set_up(void)
{
	clock_seconds = NOW;
	try_result = 0;
	renew_result = EXIT_OK;
	renewals = 0;
	disk_full = false;
	testdir_make(directory, "exceptions");
	snprintf(file, sizeof(file), "%s/" EXCEPTIONFILE_NAME, directory);
	ck_assert_int_eq(diag_list_new(&found), 0);
	ck_assert_int_eq(
		conf_parse(configuration, strlen(configuration), "t.conf", found, &policy), 0);
	diag_list_free(found);
	ck_assert_int_eq(diag_list_new(&found), 0);
	start();
}

static inline void tear_down(void)
{
	exceptions_free(exceptions);
	exceptions = NULL;
	policy_free(policy);
	diag_list_free(found);
	testdir_remove(directory);
}

/* ---- steps ---- */

static inline void request(const char *to, int64_t seconds, bool emergency)
{
	struct exception_entry entry = {
		.action = EXCEPTION_REQUEST,
		.uid = SATO,
		.user = strdup("sato"),
		.from = strdup("10.1.1.9"),
		.to = strdup(to),
		.service = strdup("tcp/445"),
		.clauses = strdup("x"),
		.text = strdup("障害"),
		.end = clock_seconds + seconds,
		.emergency = emergency,
	};

	exceptions_take(exceptions, &entry, found, &result);
	exception_entry_clear(&entry);
}

static inline void step(enum exception_action action, const char *id, const char *words)
{
	struct exception_entry entry = {
		.action = action,
		.uid = SUZUKI,
		.user = strdup("suzuki"),
		.id = strdup(id),
		.text = words ? strdup(words) : NULL,
	};

	exceptions_take(exceptions, &entry, found, &result);
	exception_entry_clear(&entry);
}

#define FIRST "X-2026-0001"

static inline void grant(void)
{
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_OK);
	step(EXCEPTION_APPROVE, FIRST, NULL);
}

static inline void tick(void)
{
	timer(NULL, exceptions);
}

static inline const char *state_of(const char *id)
{
	const struct exception *exception = exception_find(exceptions_register(exceptions), id);

	ck_assert_ptr_nonnull(exception);
	return exception_state_name(exception_state_at(exception, clock_seconds));
}

static inline uint64_t lines(void)
{
	return exceptions_register(exceptions)->lines;
}

static inline void ck_events(const char *wanted)
{
	ck_assert_str_eq(events, wanted);
	events[0] = '\0';
}

static inline void ck_counts(
	size_t in_force, size_t requested, size_t reports_due, size_t suspended)
{
	struct exceptions_counts counts = exceptions_count(exceptions);

	ck_assert_uint_eq(counts.in_force, in_force);
	ck_assert_uint_eq(counts.requested, requested);
	ck_assert_uint_eq(counts.reports_due, reports_due);
	ck_assert_uint_eq(counts.suspended, suspended);
}

#endif

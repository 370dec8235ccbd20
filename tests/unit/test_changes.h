/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the configuration, the kernel stood in for: what is put in place first, whatever the
 * store holds; each call that writes failed in turn, in each step; the kernel that refuses. What
 * the kernel has and what the store says fit, always.
 */
#ifndef HEDATE_TEST_CHANGES_H
#define HEDATE_TEST_CHANGES_H

#undef _FORTIFY_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/changes.h"
#include "../../daemon/enforcer.h"
#include "../../lib/change.h"
#include "suite.h"
#include "testdir.h"

/* The disk ------------------------------------------------------------------------------------- */

static int calls, failing; /* the failing'th call fails, and those after it: 0 none */
static bool only_once;

static inline bool fails(void)
{
	calls++;
	if (failing == 0 || (only_once ? calls != failing : calls < failing))
		return false;
	errno = ENOSPC;
	return true;
}

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

ssize_t write(int fd, const void *bytes, size_t length)
{
	return fd > 2 && fails() ? -1 : syscall(SYS_write, fd, bytes, length);
}

int fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : (int)syscall(SYS_renameat, from, old, to, new);
}

static bool read_only; /* no directory can be made */

int mkdir(const char *name, mode_t mode)
{
	errno = EROFS;
	return read_only ? -1 : (int)syscall(SYS_mkdir, name, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* The kernel ----------------------------------------------------------------------------------- */

struct candidate {
	struct policy policy;
	char text[64];
};

static struct candidate in_kernel; /* its text "" for none */
static unsigned int serial;
static int kernel_refuses; /* so many times */
static struct lifecycle *const the_lifecycle = (struct lifecycle *)&in_kernel;

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return in_kernel.text[0] ? &in_kernel.policy : NULL;
}

unsigned int lifecycle_serial(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return serial;
}

const struct policy *candidate_policy(const struct candidate *candidate)
{
	return &candidate->policy;
}

void lifecycle_abandon(struct candidate *candidate)
{
	free(candidate);
}

/* "bad ..." is refused; "... two" and "... confirm" say how changes are made. */
enum exit_code lifecycle_prepare(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct candidate **ret_candidate,
	struct lifecycle_change *ret_change)
{
	(void)lifecycle;
	*ret_change = (struct lifecycle_change){ 0 };
	if (strncmp(text->bytes, "bad", 3) == 0) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 }, NULL, "bad");
		return EXIT_CONFIG;
	}
	struct candidate *candidate = calloc(1, sizeof(*candidate));
	ck_assert_ptr_nonnull(candidate);
	snprintf(candidate->text, sizeof(candidate->text), "%.*s", (int)text->length, text->bytes);
	candidate->policy.two_person = strstr(candidate->text, "two") != NULL;
	candidate->policy.confirm_seconds = strstr(candidate->text, "confirm") ? 60 : 0;
	crypto_generichash(candidate->policy.digest, sizeof(candidate->policy.digest),
		(const unsigned char *)text->bytes, text->length, NULL, 0);
	*ret_candidate = candidate;
	return EXIT_OK;
}

enum exit_code lifecycle_put(struct lifecycle *lifecycle, struct candidate *candidate,
	struct diag_list *diags, struct lifecycle_change *change)
{
	(void)lifecycle;
	(void)diags;
	(void)change;
	if (kernel_refuses > 0) {
		kernel_refuses--;
		free(candidate);
		return EXIT_FAILED;
	}
	in_kernel = *candidate;
	serial++;
	free(candidate);
	return EXIT_OK;
}

enum exit_code lifecycle_apply(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct candidate *candidate;
	enum exit_code code = lifecycle_prepare(lifecycle, text, diags, &candidate, ret_change);
	return code == EXIT_OK ? lifecycle_put(lifecycle, candidate, diags, ret_change) : code;
}

/* Of what differs only the numbers are asked for. */
int change_find(const struct policy *before, const struct policy *after, struct change **ret_change)
{
	(void)before;
	(void)after;
	(void)ret_change;
	return -ENOMEM;
}

/* The enforcer --------------------------------------------------------------------------------- */

static char last_event[64];
static struct enforcer the_enforcer;

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link;
	(void)text;
	(void)pairs;
	snprintf(last_event, sizeof(last_event), "%s %s", action, success ? "ok" : "failed");
}

void enforcer_changed(struct enforcer *enforcer, const struct lifecycle_change *change)
{
	(void)enforcer;
	(void)change;
}

/* Set-up --------------------------------------------------------------------------------------- */

static char top[TESTDIR_PATH], config[80], directory[80];
static struct changes *changes;
static struct diag_list *diags;

static inline void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(syscall(SYS_write, fd, text, strlen(text)), (long)strlen(text));
	close(fd);
}

static inline void spoil(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	write_file(path, text);
}

static inline void forget(void)
{
	changes_free(changes);
	changes = NULL;
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

static inline enum exit_code begin(void)
{
	struct lifecycle_change change;
	forget();
	ck_assert_int_eq(changes_new(config, NULL, 0, &changes), 0);
	return changes_begin(changes, the_lifecycle, diags, &change);
}

static inline void attach(void)
{
	ck_assert_int_eq(changes_attach(changes, &the_enforcer), 0);
}

static inline enum exit_code apply(const char *text, int64_t seconds, struct change_result *result)
{
	const struct change_request request = { .how = "request",
		.fd = -1,
		.bytes = text,
		.length = strlen(text),
		.who = "sato",
		.confirm_seconds = seconds };
	return changes_apply(changes, &request, diags, result);
}

static inline void apply_ok(const char *text, int64_t seconds)
{
	struct change_result result;
	ck_assert_int_eq(apply(text, seconds, &result), EXIT_OK);
}

/* As after a crash, or a boot. */
static inline void lose_kernel(void)
{
	in_kernel = (struct candidate){ 0 };
}

static inline void expect(const char *text, uint64_t confirmed, uint64_t pending)
{
	ck_assert_str_eq(in_kernel.text, text);
	ck_assert_uint_eq(store_current(changes_store(changes))->confirmed, confirmed);
	ck_assert_uint_eq(store_current(changes_store(changes))->pending, pending);
}

static inline void set_up(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	testdir_make(top, "changes");
	snprintf(config, sizeof(config), "%s/hedate.conf", top);
	snprintf(directory, sizeof(directory), "%s/" STORE_DIRECTORY, top);
	calls = failing = kernel_refuses = 0;
	only_once = false;
	last_event[0] = '\0';
	lose_kernel();
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(loop_new(&the_enforcer.loop), 0);
	write_file(config, "first");
}

static inline void tear_down(void)
{
	changes_free(changes);
	changes = NULL;
	diag_list_free(diags);
	loop_free(the_enforcer.loop);
	testdir_remove(top);
}

#endif

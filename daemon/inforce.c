/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inforce.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "../lib/exception.h"
#include "../lib/exception_path.h"
#include "../lib/fileio.h"
#include "exceptionfile.h"
#include "readopts.h"
#include "storeread.h"

/* What is in place: it waits to be confirmed, or was. -ENOENT: nothing was ever put in place. */
static int load_stored(const char *own, char **ret_bytes, size_t *ret_length)
{
	struct store_entry entry;
	struct store *store;
	int r = storeread_open(own, &store);

	if (r < 0)
		return r;
	const struct store_current *current = store_current(store);
	uint64_t number = current->pending ? current->pending : current->confirmed;

	r = number ? store_get(store, number, &entry, ret_bytes, ret_length) : -ENOENT;
	store_close(store);
	return r;
}

static int load(const struct inforce *inforce, struct diag_list *diags, char **ret_bytes,
	size_t *ret_length)
{
	int r = inforce->config ? -ENOENT : load_stored(inforce->own, ret_bytes, ret_length);

	if (r == -ENOENT)
		r = conf_load_file(inforce->config ? inforce->config : inforce->own, diags,
			ret_bytes, ret_length);
	return r;
}

/* Exceptions ------------------------------------------------------------------------------------
 */

/* *ret_text: NULL when there is no such file. */
static int load_text(const char *file, char **ret_text, size_t *ret_length)
{
	int r = fileio_load_path(file, EXCEPTIONFILE_MAX, ret_text, ret_length);

	if (r < 0)
		*ret_text = NULL;
	return r == -ENOENT ? 0 : r;
}

/* What was granted is a path, whatever the judges would say of it today. One that cannot be had
 * under this policy is suspended, and left out. */
static int add_exception(struct policy *policy, const struct exception *exception)
{
	struct policy_path path = { 0 };
	struct diag_list *ignored;
	int r = diag_list_new(&ignored);

	if (r == 0)
		r = exception_path_make(policy, &exception->request, ignored, &path);
	diag_list_free(ignored);
	if (r == 0)
		r = policy_add_path(policy, &path);
	policy_path_clear(&path);
	return r == -ENOMEM ? r : 0;
}

static int add_exceptions(
	struct policy *policy, const struct inforce *inforce, char problem[INFORCE_PROBLEM_MAX])
{
	const char *file = inforce->exceptions;
	struct exception_reading reading = { .broken_line = 0 };
	struct exception_register reg;
	char *text = NULL;
	size_t length = 0;
	int r = file[0] ? load_text(file, &text, &length) : 0;

	if (r < 0) {
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: %s", file, errtext(r));
		return r;
	}
	exception_register_init(&reg);
	if (text)
		r = exception_register_read(&reg, text, length, &reading);
	if (r == -EBADMSG)
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s:%llu: %s", file,
			(unsigned long long)reading.broken_line, reading.broken);
	for (size_t i = 0; i < reg.count && r == 0; i++)
		if (exception_in_force(&reg.items[i], inforce->now))
			r = add_exception(policy, &reg.items[i]);
	exception_register_clear(&reg);
	free(text);
	return r;
}

/* --------------------------------------------------------------------------------------------- */

static int read_policy(const struct inforce *inforce, struct diag_list *diags,
	char problem[INFORCE_PROBLEM_MAX], struct policy **ret_policy)
{
	const char *name = inforce->config ? inforce->config : inforce->own;
	struct readopts readopts;
	char *bytes = NULL;
	size_t length;
	int r = load(inforce, diags, &bytes, &length);

	if (r < 0)
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: %s", name, errtext(r));
	else
		r = conf_read_bytes(bytes, length, name, readopts_now(&readopts, inforce->profiles),
			diags, ret_policy);
	free(bytes);
	return r;
}

int inforce_policy(const struct inforce *inforce, struct diag_list *diags,
	char problem[INFORCE_PROBLEM_MAX], struct policy **ret_policy)
{
	struct ruleset *ruleset = NULL;
	int r;

	*ret_policy = NULL;
	problem[0] = '\0';
	r = read_policy(inforce, diags, problem, ret_policy);
	if (r == 0)
		r = add_exceptions(*ret_policy, inforce, problem);
	if (r == 0) /* for the ids of the paths */
		r = compile_policy(*ret_policy, diags, &ruleset);
	ruleset_free(ruleset);
	if (r < 0) {
		policy_free(*ret_policy);
		*ret_policy = NULL;
	}
	return r;
}

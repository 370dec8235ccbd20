/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions as paths of a policy. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/conf_check_path.h"
#include "../lib/exception_path.h"
#include "../lib/i18n.h"
#include "exceptions_impl.h"
#include "readopts.h"

/* All that is wrong with the path, in the order of what depends on what. */
static int check_path(const struct policy *policy, const struct policy_path *path,
	const char *clauses, struct diag_list *diags)
{
	struct readopts readopts;
	const struct conf_options *options = readopts_now(&readopts, NULL);
	int r = conf_check_other_path(policy, path, diags);

	if (r == 0)
		r = exception_path_judge(policy, path, clauses, &options->today, diags);
	return r == 0 && diag_list_count(diags, DIAG_ERROR) > 0 ? -EINVAL : r;
}

int exceptions_add_path(struct policy *policy, const struct exception_entry *request, bool append,
	struct diag_list *diags)
{
	struct policy_path path;
	int r = exception_path_make(policy, request, diags, &path);

	if (r < 0)
		return r;
	r = check_path(policy, &path, request->clauses, diags);
	if (r == 0 && append)
		r = policy_add_path(policy, &path);
	policy_path_clear(&path);
	return r;
}

bool exceptions_meet(const struct exception_entry *a, const struct exception_entry *b, void *data)
{
	const struct exceptions *exceptions = data;
	struct policy *policy = lifecycle_policy_to_extend(exceptions->lifecycle);
	struct policy_path one = { 0 }, other = { 0 };
	struct diag_list *ignored;
	bool meet;

	if (diag_list_new(&ignored) < 0)
		return false;
	meet = exception_path_make(policy, a, ignored, &one) == 0 &&
	       exception_path_make(policy, b, ignored, &other) == 0 &&
	       exception_paths_meet(policy, &one, &other);
	policy_path_clear(&one);
	policy_path_clear(&other);
	diag_list_free(ignored);
	return meet;
}

/* The first error, or what there is. */
static const char *first_error(const struct diag_list *diags)
{
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *diag = diag_list_get(diags, i);

		if (diag->severity == DIAG_ERROR)
			return diag->message;
	}
	return "";
}

static void suspend(const struct exception *exception, struct exception_effect *effect,
	const char *why, struct diag_list *diags)
{
	effect->next = true;
	snprintf(effect->why, sizeof(effect->why), "%s", why);
	diag_add(diags, DIAG_WARNING, (struct diag_loc){ 0 },
		_("revoke it, or ask for one that this configuration can have"),
		_("exception %s is suspended: %s"), exception->request.id, why);
}

/* One that does not fit this policy is left out of it, and said. */
static int extend_by(struct policy *policy, const struct exception *exception,
	struct exception_effect *effect, struct diag_list *diags)
{
	struct diag_list *findings;
	int r;

	if (effect->closed) {
		suspend(exception, effect, "revoked, which is not on record yet", diags);
		return 0;
	}
	r = diag_list_new(&findings);

	if (r < 0)
		return r;
	r = exceptions_add_path(policy, &exception->request, true, findings);
	effect->next = r == -EINVAL;
	if (effect->next)
		suspend(exception, effect, first_error(findings), diags);
	diag_list_free(findings);
	return r == -EINVAL ? 0 : r;
}

int exceptions_make_room(struct exceptions *exceptions)
{
	size_t room = exceptions->reg.room;
	struct exception_effect *effects;

	if (room <= exceptions->effect_room)
		return 0;
	effects = reallocarray(exceptions->effects, room, sizeof(*effects));
	if (!effects)
		return -ENOMEM;
	for (size_t i = exceptions->effect_room; i < room; i++)
		effects[i] = (struct exception_effect){ 0 };
	exceptions->effects = effects;
	exceptions->effect_room = room;
	return 0;
}

/* Is it granted, now or from some time on? */
static bool is_granted(const struct exceptions *exceptions, size_t index)
{
	enum exception_state state =
		exception_state_at(&exceptions->reg.items[index], exceptions_now(exceptions));

	return exceptions->problem[0] == '\0' &&
	       (state == EXCEPTION_GRANTED || state == EXCEPTION_EMERGENCY);
}

int exceptions_extend(struct policy *policy, struct diag_list *diags, void *data)
{
	struct exceptions *exceptions = data;
	int r = exceptions_make_room(exceptions);

	policy->exceptions_since = exceptions_since(exceptions);
	for (size_t i = 0; r == 0 && i < exceptions->reg.count; i++) {
		exceptions->effects[i].next = false;
		if (is_granted(exceptions, i))
			r = extend_by(
				policy, &exceptions->reg.items[i], &exceptions->effects[i], diags);
	}
	if (r == 0 && exceptions->trying)
		r = exceptions_add_path(policy, exceptions->trying, true, diags);
	return r;
}

void exceptions_withdraw(const char *why, struct diag_list *diags, void *data)
{
	struct exceptions *exceptions = data;

	for (size_t i = 0; i < exceptions->reg.count; i++)
		if (is_granted(exceptions, i) && !exceptions->effects[i].next)
			suspend(&exceptions->reg.items[i], &exceptions->effects[i], why, diags);
}

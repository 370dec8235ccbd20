/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One world: all of it in one space; or, where there are very many rules, or that was past the
 * budget, the packets that come in by one interface after the other, and then those of the gateway
 * itself.
 */
#include <errno.h>
#include <stdlib.h>

#include "semdiff_impl.h"

#define RULES_MANY 2000 /* are decided in parts from the beginning */
#define NAMES_MAX  256	/* interfaces that are asked about by themselves */

/* The interfaces by which parts are told apart: those that the rules before name. *ret_count: how
 * many. The rules that come may name others, which are then among all the others. */
static int find_names(
	const struct semdiff_common *common, hdr_value values[NAMES_MAX], size_t *ret_count)
{
	struct symexec *exec;
	int r = symexec_new(common->question->before, common->world, &exec);

	if (r < 0)
		return r;
	r = symexec_note(exec);
	*ret_count = hdrspace_noted(symexec_space(exec), PKT_IIFNAME, values, NAMES_MAX);
	symexec_free(exec);
	return r;
}

/* Those of one interface, of all others, and what the gateway sends. */
static struct sym_scope scope_of(const hdr_value *values, size_t count, size_t part)
{
	struct sym_scope scope = { .ways = 1u << SYM_FORWARD | 1u << SYM_INPUT };

	if (part < count)
		scope.in = (struct sym_names){ &values[part], 1, false };
	else if (part == count)
		scope.in = (struct sym_names){ values, count, true };
	else
		scope = (struct sym_scope){ .ways = 1u << SYM_OUTPUT };
	return scope;
}

/* Parts take the same share of the steps that are left; what one does not need is for the others.
 */
static int compare_parts(const struct semdiff_common *common, struct semdiff *diff)
{
	const struct bdd_budget *budget = &common->question->budget;
	hdr_value *values = calloc(NAMES_MAX, sizeof(*values));
	size_t count = 0;
	uint64_t left = budget->steps, steps;
	int r = values ? find_names(common, values, &count) : -ENOMEM;

	for (size_t i = 0; i < count + 2 && r == 0; i++) {
		const struct semdiff_part part = { scope_of(values, count, i),
			{ budget->nodes, left ? left / (count + 2 - i) + 1 : 0 } };

		r = semdiff_part(common, &part, diff, &steps);
		if (budget->steps)
			left = steps < left ? left - steps : 1;
	}
	free(values);
	return r;
}

static int compare_all(const struct semdiff_common *common, struct semdiff *diff)
{
	const struct semdiff_question *question = common->question;
	const struct semdiff_part whole = { .budget = question->budget };
	uint64_t steps;
	int r = -E2BIG;

	if (snapshot_rule_count(question->before) <= RULES_MANY &&
		snapshot_rule_count(question->after) <= RULES_MANY)
		r = semdiff_part(common, &whole, diff, &steps);
	if (r == -E2BIG || r == -ETIME)
		r = compare_parts(common, diff);
	return r;
}

int semdiff_world(
	const struct semdiff_question *question, enum pkt_world world, struct semdiff *diff)
{
	static const struct policy nowhere = { .zone_count = 0 };
	struct semdiff_world *result = &diff->worlds[world];
	struct semdiff_common common = { .question = question,
		.places = question->policy ? *question->policy : nowhere,
		.world = world,
		.result = result };

	common.places.path_count = 0;
	common.places.observe_count = 0;
	int r = symexec_new(question->before, world, &result->before);

	if (r == 0)
		r = symexec_new(question->after, world, &result->after);
	if (r == 0)
		r = compare_all(&common, diff);
	result->error = r;
	if (r < 0)
		semdiff_forget(diff, world);
	else
		semdiff_settle(diff, question, world);
	return r == -ENOMEM ? r : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftxact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "decode.h"
#include "drift.h"
#include "flowkey.h"
#include "i18n.h"
#include "nftgen.h"
#include "nftxact_impl.h"
#include "nftxact_refusal.h"
#include "nftxact_table.h"

/* How often a transaction that a foreign change got in the way of is begun again. */
#define TRIES_MAX 16

int nftxact_commit(struct nlsock *socket, struct nftgen *batch, struct nlsock_error *ret_errors,
	size_t *ret_count)
{
	uint32_t last_sequence;
	const void *bytes;
	size_t length;
	int error = nftgen_finish(batch, &bytes, &length, &last_sequence);

	*ret_count = 0;
	if (error < 0)
		return error;
	return nlsock_batch(
		socket, bytes, length, last_sequence, ret_errors, NFTXACT_ERRORS_MAX, ret_count);
}

int nftxact_keep_generation(const struct ruleset *in_place, struct ruleset *ruleset)
{
	unsigned int actual, wanted;
	const char *comment, *unused;

	if (!table_blocked(in_place, &actual, &comment) ||
		!table_blocked(ruleset, &wanted, &unused) || actual == wanted)
		return 0;
	return compile_generation(ruleset, actual, comment);
}

static bool is_of_another(const struct nlsock *socket, const struct table *table)
{
	return table->names && table->names->owner && table->names->owner != nlsock_port(socket);
}

/* -ERESTART: begin again. */
static int replace_once(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags)
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	struct nftgen *batch = NULL;
	struct table table;
	size_t count = 0;
	int error = table_read(socket, ruleset, &table);

	if (error == -ERESTART)
		return error;
	if (error < 0)
		return refusal_of_reading(error, diags);
	if (is_of_another(socket, &table)) {
		error = refusal_of_owner(table.names->owner, diags);
		table_clear(&table);
		return error;
	}
	if (table.names && !table_is_foreign(&table, ruleset)) {
		error = nftxact_keep_generation(table.blocked, ruleset);
		/* This flag cannot be taken away. */
		ruleset->persist = ruleset->persist || table.names->persist;
	}
	if (error == 0)
		error = nftgen_new(socket, table.generation, &batch);
	if (error == 0)
		error = table_replace(batch, &table, ruleset);
	if (error < 0) {
		error = refusal_of_writing(batch, error, file, diags);
		goto out;
	}
	error = nftxact_commit(socket, batch, errors, &count);
	/* Lost answers: what is read back next will tell. */
	if (error == -ENOBUFS && count == 0)
		error = 0;
	else if (error < 0 && error != -ERESTART)
		error = refusal_of_batch(batch, error, errors, count, file, diags);
out:
	nftgen_free(batch);
	table_clear(&table);
	return error;
}

static int report_difference(const char *text, void *data)
{
	diag_add(data, DIAG_ERROR, (struct diag_loc){ 0 }, NULL,
		_("the kernel's rule set differs: %s"), text);
	return 0;
}

/* Both have the same rules in the same order. */
static void learn_handles(struct ruleset *ruleset, const struct ruleset *actual)
{
	for (size_t i = 0; i < ruleset->chain_count; i++) {
		struct chain *chain = &ruleset->chains[i];
		const struct chain *seen = ruleset_find_chain(actual, chain->name);

		for (size_t j = 0; j < chain->count; j++)
			chain->rules[j].handle = seen->rules[j].handle;
	}
}

int nftxact_verify(struct nlsock *socket, struct ruleset *ruleset, struct diag_list *diags)
{
	struct ruleset *actual;
	uint32_t generation;
	size_t differences;
	int error = decode_table(socket, ruleset->table, ruleset, &actual, &generation);

	ruleset->in_kernel = 0;
	if (error < 0) {
		if (diags)
			(void)refusal_of_reading(error, diags);
		return -EILSEQ;
	}
	error = drift_compare(
		ruleset, actual, diags ? report_difference : NULL, diags, &differences);
	if (error == 0 && differences == 0)
		learn_handles(ruleset, actual);
	ruleset->handle = actual->handle;
	ruleset_free(actual);
	if (error < 0 || differences)
		return -EILSEQ;
	ruleset->in_kernel = generation;
	return 0;
}

int nftxact_apply(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags)
{
	int error = -ERESTART;

	ruleset_sort(ruleset);
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++)
		error = replace_once(socket, ruleset, file, diags);
	if (error == -ERESTART)
		return refusal_of_reading(-EAGAIN, diags);
	return error < 0 ? error : nftxact_verify(socket, ruleset, diags);
}

/* Generations of the flow sets */

static int find_generation(struct nlsock *socket, const char *table, unsigned int *ret_generation,
	char **ret_comment, uint32_t *ret_kernel)
{
	struct ruleset *blocked;
	const char *comment;
	int error = decode_chain(socket, table, BLOCKED_CHAIN, &blocked, ret_kernel);

	if (error < 0)
		return error;
	if (!table_blocked(blocked, ret_generation, &comment))
		error = -ENOENT;
	if (error == 0 && ret_comment) {
		*ret_comment = comment ? strdup(comment) : NULL;
		if (comment && !*ret_comment)
			error = -ENOMEM;
	}
	ruleset_free(blocked);
	return error;
}

int nftxact_generation(struct nlsock *socket, unsigned int *ret_generation, char **ret_comment)
{
	uint32_t kernel;

	return find_generation(socket, TABLE_NAME, ret_generation, ret_comment, &kernel);
}

/* The rules of one chain, replaced. */
static int replace_rules(
	struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain)
{
	int error = nftgen_flush_rules(batch, ruleset->table, chain->name);

	return error < 0 ? error : nftgen_add_rules(batch, ruleset, chain);
}

/* Send a small transaction; build puts it together: 0; 1 for one that may come to nothing, which
 * the kernel then does not number; negative errno. -ERESTART: begin again. */
typedef int (*building)(
	struct nftgen *batch, const struct ruleset *ruleset, unsigned int generation);

static int transact(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation,
	uint32_t kernel, building build)
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	struct nftgen *batch;
	size_t count;
	int error = nftgen_new(socket, kernel, &batch);

	if (error < 0)
		return error;
	int built = build(batch, ruleset, generation);

	error = built < 0 ? built : nftxact_commit(socket, batch, errors, &count);
	nftgen_free(batch);
	/* Nothing but this has happened since the kernel was known to have the rule set; its number
	 * is never 0. */
	if (error == 0 && built == 0 && ruleset->in_kernel == kernel)
		ruleset->in_kernel = kernel + 1 ? kernel + 1 : 1;
	/* Whether it was done is not known; to do it again comes to the same. */
	return error == -ENOBUFS ? -ERESTART : error;
}

static int build_switch(
	struct nftgen *batch, const struct ruleset *ruleset, unsigned int generation)
{
	(void)generation;
	return replace_rules(batch, ruleset, ruleset_find_chain(ruleset, BLOCKED_CHAIN));
}

static int switch_once(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation)
{
	unsigned int actual;
	uint32_t kernel;
	int error = find_generation(socket, ruleset->table, &actual, NULL, &kernel);

	return error < 0 ? error : transact(socket, ruleset, generation, kernel, build_switch);
}

int nftxact_switch(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation,
	const char *comment)
{
	unsigned int before;
	const char *text;
	char *comment_before;
	int error = -ERESTART;

	if (!table_blocked(ruleset, &before, &text))
		return -EINVAL;
	comment_before = text ? strdup(text) : NULL;
	if (text && !comment_before)
		return -ENOMEM;
	if (compile_generation(ruleset, generation, comment) < 0) {
		free(comment_before);
		return -ENOMEM;
	}
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++)
		error = switch_once(socket, ruleset, generation);
	if (error < 0)
		(void)compile_generation(ruleset, before, comment_before);
	free(comment_before);
	return error == -ERESTART ? -EAGAIN : error;
}

static bool is_flow_set(
	const char *name, unsigned int generation, enum flow_class class, unsigned int family)
{
	const char *spare = flow_spare_name(generation, class, family);

	return strcmp(name, flow_set_name(generation, class, family)) == 0 ||
	       (spare && strcmp(name, spare) == 0);
}

/* Is this one of the generation's own sets or counters? */
static bool is_of_generation(const char *name, unsigned int generation)
{
	static const char *const others[] = { FLOW_BLOCKED, FLOW_ADDED, FLOW_OVERFLOW, FLOW_CODES };
	char other[FLOW_NAME_MAX];

	for (unsigned int i = 0; i < FLOW_CLASS_COUNT; i++)
		for (unsigned int family = 0; family < FLOW_SETS / FLOW_CLASS_COUNT; family++)
			if (is_flow_set(name, generation, (enum flow_class)i, family))
				return true;
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		flow_name(other, others[i], generation);
		if (strcmp(name, other) == 0)
			return true;
	}
	return false;
}

/* Does the chain have rules that fill or count on them? */
static bool refers_to_generation(const struct chain *chain, unsigned int generation)
{
	for (size_t i = 0; i < chain->count; i++) {
		for (size_t j = 0; j < chain->rules[i].count; j++) {
			const struct statement *statement = &chain->rules[i].statements[j];

			if ((statement->kind == STMT_LOOKUP || statement->kind == STMT_ADD ||
				    statement->kind == STMT_COUNTER) &&
				is_of_generation(statement->name, generation))
				return true;
		}
	}
	return false;
}

static int add_flow_set(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set)
{
	int error = nftgen_add_set(batch, ruleset, set);

	return error < 0 ? error : nftgen_add_elements(batch, ruleset, set);
}

/* Delete (add: false), or add again, the sets and counters of a generation. */
static int build_objects(
	struct nftgen *batch, const struct ruleset *ruleset, unsigned int generation, bool add)
{
	const char *table = ruleset->table;
	int error = 0;

	for (size_t i = 0; i < ruleset->set_count && error == 0; i++) {
		const struct set *set = &ruleset->sets[i];

		if (set->flags & SET_DYNAMIC && is_of_generation(set->name, generation))
			error = add ? add_flow_set(batch, ruleset, set)
				    : nftgen_delete_set(batch, table, set->name);
	}
	for (size_t i = 0; i < ruleset->counter_count && error == 0; i++) {
		const char *counter = ruleset->counters[i];

		if (is_of_generation(counter, generation))
			error = add ? nftgen_add_counter(batch, table, counter)
				    : nftgen_delete_counter(batch, table, counter);
	}
	return error;
}

static int build_empty(struct nftgen *batch, const struct ruleset *ruleset, unsigned int generation)
{
	int error = 0;

	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		if (refers_to_generation(&ruleset->chains[i], generation))
			error = nftgen_flush_rules(batch, ruleset->table, ruleset->chains[i].name);
	if (error == 0)
		error = build_objects(batch, ruleset, generation, false);
	if (error == 0)
		error = build_objects(batch, ruleset, generation, true);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		if (refers_to_generation(&ruleset->chains[i], generation))
			error = nftgen_add_rules(batch, ruleset, &ruleset->chains[i]);
	return error;
}

/* The rules are going to be other ones that say the same. */
static void forget_handles(struct ruleset *ruleset, unsigned int generation)
{
	for (size_t i = 0; i < ruleset->chain_count; i++) {
		struct chain *chain = &ruleset->chains[i];

		for (size_t j = 0; refers_to_generation(chain, generation) && j < chain->count; j++)
			chain->rules[j].handle = 0;
	}
}

int nftxact_empty(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation)
{
	int error = -ERESTART;

	forget_handles(ruleset, generation);
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++) {
		unsigned int actual;
		uint32_t kernel;

		error = find_generation(socket, ruleset->table, &actual, NULL, &kernel);
		if (error == 0 && actual == generation)
			return -EBUSY;
		if (error == 0)
			error = transact(socket, ruleset, generation, kernel, build_empty);
	}
	return error == -ERESTART ? -EAGAIN : error;
}

/* Timed sets */

static bool has_open(const struct set *set)
{
	for (size_t i = 0; set->timeouts && i < set->count; i++)
		if (set->timeouts[i])
			return true;
	return false;
}

/* Emptying what is empty is nothing to the kernel. */
static int build_timed(struct nftgen *batch, const struct ruleset *ruleset, unsigned int generation)
{
	bool any = false;
	int error = 0;

	(void)generation;
	for (size_t i = 0; i < ruleset->set_count && error == 0; i++) {
		const struct set *set = &ruleset->sets[i];

		if (!(set->flags & SET_TIMEOUT))
			continue;
		error = nftgen_flush_set(batch, ruleset->table, set->name);
		if (error == 0)
			error = nftgen_add_elements(batch, ruleset, set);
		any = any || has_open(set);
	}
	return error < 0 ? error : !any;
}

static bool has_timed(const struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->set_count; i++)
		if (ruleset->sets[i].flags & SET_TIMEOUT)
			return true;
	return false;
}

int nftxact_timed(struct nlsock *socket, struct ruleset *ruleset)
{
	int error = -ERESTART;

	if (!has_timed(ruleset))
		return 0;
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++) {
		uint32_t kernel;

		error = nlsock_generation(socket, &kernel);
		if (error == 0)
			error = transact(socket, ruleset, 0, kernel, build_timed);
	}
	return error == -ERESTART ? -EAGAIN : error;
}

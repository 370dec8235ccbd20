/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fictional city in the kernel, and what is proved of it. */
#ifndef TEST_PROVE_H
#define TEST_PROVE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/nlsnapshot.h"
#include "../../lib/pkttext.h"
#include "../../lib/prove.h"
#include "fromtext.h"
#include "inkernel.h"
#include "suite.h"

static struct snapshot *snapshot;
static struct proof *proof;

static inline void forget_proof(void)
{
	proof_free(proof);
	snapshot_free(snapshot);
	proof = NULL;
	snapshot = NULL;
}

static inline void set_up(void)
{
	in_kernel_set_up();
}

static inline void tear_down(void)
{
	forget_proof();
	forget();
	in_kernel_tear_down();
}

typedef int (*compiling)(struct policy *, struct diag_list *, struct ruleset **);

/* The city with one text put in the place of another, compiled. The caller owns the rule set. */
static inline struct ruleset *read_city(const char *old, const char *new, compiling function)
{
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	struct ruleset *made;
	static char text[200000], changed[200000];
	FILE *file = fopen(CITY, "r");

	ck_assert_ptr_nonnull(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	char *at = strstr(text, old);
	ck_assert_ptr_nonnull(at);
	snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, new,
		at + strlen(old));
	policy_free(policy);
	int error = conf_read_bytes(changed, strlen(changed), CITY, &options, diags, &policy);

	if (error == 0)
		error = function(policy, diags, &made);
	show_diags();
	ck_assert_int_eq(error, 0);
	return made;
}

/* The same, in force. */
static inline void city(const char *old, const char *new, compiling function)
{
	struct ruleset *made = read_city(old, new, function);

	apply(made);
	ruleset_free(made);
}

static inline void the_city(void)
{
	city("", "", compile_policy);
}

/* Into the kernel beside ours. */
static inline void nft(const char *commands)
{
	FILE *pipe = popen("nft -f -", "w");

	ck_assert_ptr_nonnull(pipe);
	fputs(commands, pipe);
	ck_assert_int_eq(pclose(pipe), 0);
}

static inline void decide(void)
{
	struct prove_question question = { .policy = policy };

	forget_proof();
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	question.snapshot = snapshot;
	ck_assert_int_eq(prove(&question, &proof), 0);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		ck_assert_int_eq(proof->worlds[i].error, 0);
		printf("IPv%d: %zu nodes, %llu steps\n", i == 0 ? 4 : 6, proof->worlds[i].nodes,
			(unsigned long long)proof->worlds[i].steps);
	}
}

static inline size_t place(const char *name)
{
	if (strcmp(name, "gateway") == 0)
		return ZONESPACE_GATEWAY(policy);
	for (size_t i = 0; i < policy->zone_count; i++)
		if (strcmp(policy->zones[i].name, name) == 0)
			return i;
	ck_assert_str_eq(name, "other");
	return ZONESPACE_OTHER(policy);
}

static inline const struct prove_cell *cell(enum pkt_world world, const char *from, const char *to)
{
	const struct prove_world *decided = &proof->worlds[world];

	for (size_t i = 0; i < decided->cell_count; i++)
		if (decided->cells[i].from == place(from) && decided->cells[i].to == place(to))
			return &decided->cells[i];
	ck_abort_msg("no cell %s > %s", from, to);
	return NULL;
}

static inline const char *verdict(
	enum pkt_world world, const char *from, const char *to, enum prove_phase phase)
{
	return prove_verdict_name(cell(world, from, to)->phases[phase].verdict);
}

#define EXPECT(world, from, to, phase, wanted)                                                     \
	ck_assert_str_eq(verdict(PKT_##world, from, to, PROVE_##phase), wanted)

static inline void show(const struct prove_cell *here)
{
	char text[PKTTEXT_MAX];

	for (unsigned int i = 0; i < PROVE_PHASES; i++) {
		pkttext(here->world, &here->phases[i].witness, PKTTEXT_IN | PKTTEXT_OUT, text);
		printf("%s: %s\n", prove_verdict_name(here->phases[i].verdict), text);
		fflush(stdout);
	}
}

/* Every cell at once, for what must hold of all. */
static inline void expect_worst(enum prove_verdict wanted)
{
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count; k++) {
			const struct prove_cell *here = &proof->worlds[i].cells[k];

			if (prove_cell_verdict(here) > wanted)
				show(here);
			ck_assert_msg(prove_cell_verdict(here) <= wanted,
				"IPv%d, places %zu > %zu: %s, %s, %s; path %s", i == 0 ? 4 : 6,
				here->from, here->to, prove_verdict_name(here->phases[0].verdict),
				prove_verdict_name(here->phases[1].verdict),
				prove_verdict_name(here->phases[2].verdict),
				here->phases[0].path ? here->phases[0].path->name : "-");
		}
	ck_assert_int_eq(proof_worst(proof), wanted);
}

#endif

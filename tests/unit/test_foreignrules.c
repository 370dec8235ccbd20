/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets of other firewalls, as their Debian packages load them (tests/judge/foreign.sh, saved
 * by tests/judge/judge -o): each is decided, and what is not understood is named.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/json.h"
#include "../../lib/symexec.h"
#include "diags.h"
#include "suite.h"

#define FILE_MAX 200000

static const struct sample {
	const char *name;
	const char *opaque;	 /* an expression that cannot be understood; NULL: there is none */
	bool passes[PKT_WORLDS]; /* some packets pass for sure */
	bool drops[PKT_WORLDS];	 /* some are dropped for sure */
} samples[] = {
	{ "docker", "match", { false, true }, { false, false } },
	{ "ferm", "match", { true, true }, { false, false } },
	{ "firewalld", NULL, { true, true }, { true, true } },
	{ "iptables", "match", { false, true }, { false, false } },
	{ "shorewall", "match", { false, true }, { false, false } },
	{ "ufw", "match", { true, false }, { false, false } },
};

static char text[FILE_MAX];
static struct snapshot *snapshot;

static size_t load(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "tests/unit/foreign/%s.json", name);
	FILE *in = fopen(path, "r");
	ck_assert_msg(in != NULL, "%s", path);
	size_t length = fread(text, 1, sizeof(text), in);

	fclose(in);
	ck_assert_uint_lt(length, sizeof(text));
	ck_assert_int_eq(diag_list_new(&diags), 0);
	int r = snapshot_load(text, length, path, diags, &snapshot);

	show_diags();
	ck_assert_int_eq(r, 0);
	diag_list_free(diags);
	return length;
}

/* What is loaded is what was saved, to the last byte. */
START_TEST(what_is_loaded_is_written_again)
{
	size_t length = load(samples[_i].name);
	struct json json;

	json_init(&json);
	snapshot_write(snapshot, &json);
	ck_assert(!json.failed);
	ck_assert_uint_eq(json.length + 1, length); /* a newline ends the file */
	ck_assert_int_eq(memcmp(json.text, text, json.length), 0);
	json_clear(&json);
	snapshot_free(snapshot);
}
END_TEST

static bool is_named(const struct symexec *exec, const char *expression)
{
	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(exec, &doubts);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_gt(doubts[i].handle, 0);
		ck_assert_str_ne(doubts[i].table, "");
		ck_assert_str_ne(doubts[i].chain, "");
		ck_assert_str_ne(doubts[i].expression, "");
		found |= expression && strcmp(doubts[i].expression, expression) == 0;
	}
	return found;
}

START_TEST(each_is_decided_or_says_why_not)
{
	const struct sample *sample = &samples[_i];
	bool named = false;

	load(sample->name);
	for (unsigned int world = 0; world < PKT_WORLDS; world++) {
		const struct bdd_budget budget = { .nodes = 1 << 20 };
		struct symexec *exec;

		ck_assert_int_eq(symexec_new(snapshot, world, &exec), 0);
		ck_assert_int_eq(symexec_run(exec, &budget), 0);
		bdd_node may = symexec_may_pass(exec, SYM_FORWARD),
			 must = symexec_must_pass(exec, SYM_FORWARD);
		struct bdd *bdd = hdrspace_bdd(symexec_space(exec));

		ck_assert(may != BDD_NONE && must != BDD_NONE);
		ck_assert_int_eq(bdd_diff(bdd, must, may), BDD_EMPTY);
		ck_assert_int_eq(must != BDD_EMPTY, sample->passes[world]);
		ck_assert_int_eq(
			bdd_diff(bdd, symexec_valid(exec), may) != BDD_EMPTY, sample->drops[world]);
		named |= is_named(exec, sample->opaque);
		symexec_free(exec);
	}
	ck_assert_int_eq(named, sample->opaque != NULL);
	snapshot_free(snapshot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("foreignrules");
	TCase *tests = tcase_create("foreignrules");
	const int count = sizeof(samples) / sizeof(samples[0]);

	tcase_add_loop_test(tests, what_is_loaded_is_written_again, 0, count);
	tcase_add_loop_test(tests, each_is_decided_or_says_why_not, 0, count);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}

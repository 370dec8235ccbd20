/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proofview.h"

#include <inttypes.h>
#include <stdlib.h>

#include <linux/netfilter/nf_tables.h>

#include "../lib/errtext.h"
#include "../lib/foreign.h"
#include "../lib/pkttext.h"
#include "table.h"

#define SHOWN_MAX 20 /* of what is wrong, one by one; the rest is counted */

/* The matrix ----------------------------------------------------------------------------------- */

static const struct {
	const char *word; /* marked for translation */
	enum table_style style;
} verdicts[PROVE_VERDICTS] = {
	[PROVE_SEPARATE] = { N_("separate"), TABLE_FAINT },
	[PROVE_EXACT] = { N_("exact"), TABLE_GOOD },
	[PROVE_OBSERVED] = { N_("OBSERVED"), TABLE_WARN },
	[PROVE_LESS] = { N_("LESS"), TABLE_WARN },
	[PROVE_UNDECIDED] = { N_("UNDECIDED"), TABLE_BAD },
	[PROVE_BUDGET] = { N_("TOO BIG"), TABLE_BAD },
	[PROVE_MORE] = { N_("MORE"), TABLE_BAD },
};

/* Of both families; false: it was not asked about. */
static bool worst_of(const struct proof *proof, size_t from, size_t to,
	enum prove_verdict *ret_verdict, size_t *ret_paths)
{
	bool found = false;

	*ret_verdict = PROVE_SEPARATE;
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count; k++) {
			const struct prove_cell *cell = &proof->worlds[i].cells[k];

			if (cell->from != from || cell->to != to)
				continue;
			if (prove_cell_verdict(cell) > *ret_verdict)
				*ret_verdict = prove_cell_verdict(cell);
			*ret_paths = cell->paths;
			found = true;
		}
	return found;
}

static void show_cell(struct table *table, const struct proof *proof, size_t from, size_t to)
{
	enum prove_verdict verdict;
	size_t paths = 0;

	if (!worst_of(proof, from, to, &verdict, &paths)) {
		table_cell(table, TABLE_FAINT, "-");
		return;
	}
	if (paths > 0)
		table_format(
			table, verdicts[verdict].style, "%s %zu", _(verdicts[verdict].word), paths);
	else
		table_cell(table, verdicts[verdict].style, _(verdicts[verdict].word));
}

static int show_matrix(const struct cli *cli, const struct certificate *certificate)
{
	const struct policy *policy = certificate->policy;
	size_t places = ZONESPACE_PLACES(policy);
	struct table_column *columns = calloc(places + 1, sizeof(*columns));
	struct table *table = NULL;
	int r = columns ? 0 : -1;

	if (r == 0) {
		columns[0].title = _("FROM \\ TO");
		for (size_t i = 0; i < places; i++)
			columns[i + 1].title = certificate_place(policy, i);
		r = table_new(columns, places + 1, cli->color, &table);
	}
	for (size_t i = 0; i < places && r == 0; i++) {
		table_cell(table, TABLE_STRONG, certificate_place(policy, i));
		for (size_t k = 0; k < places; k++)
			show_cell(table, certificate->proof, i, k);
	}
	if (r == 0)
		r = table_print(table, stdout);
	table_free(table);
	free(columns);
	return r < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

/* What is not as it should be ------------------------------------------------------------------ */

static const char *sentence(const struct prove_answer *answer)
{
	switch (answer->verdict) {
	case PROVE_LESS:
		return _("less passes than the policy permits");
	case PROVE_UNDECIDED:
		return answer->path ? _("it cannot be decided whether a path is open")
				    : _("it cannot be decided whether no more passes than the "
					"policy permits");
	case PROVE_BUDGET:
		return _("too big to decide within the budget");
	case PROVE_MORE:
		return _("more passes than the policy permits");
	default:
		return "";
	}
}

static const char *phase_word(enum prove_phase phase)
{
	static const char *const words[PROVE_PHASES] = {
		[PROVE_NEW] = N_("new connections"),
		[PROVE_ESTABLISHED] = N_("established connections"),
		[PROVE_STRAY] = N_("packets of no connection"),
	};

	return _(words[phase]);
}

static int show_step(const struct sym_step *step, void *data)
{
	const char *family = foreign_family_name(step->table->family);

	(void)data;
	if (step->kind == SYM_STEP_RULE)
		printf("      %s %s, %s, handle %" PRIu64 "%s%s\n", family ? family : "?",
			snap_table_name(step->table), snap_chain_name(step->chain),
			nltree_number(step->rule, NFTA_RULE_HANDLE, 0), step->doubt ? ": " : "",
			step->doubt ? step->doubt : "");
	else if (step->kind == SYM_STEP_POLICY)
		printf("      %s %s, %s: policy\n", family ? family : "?",
			snap_table_name(step->table), snap_chain_name(step->chain));
	return 0;
}

static void show_answer(const struct certificate *certificate, const struct prove_cell *cell,
	enum prove_phase phase)
{
	static const unsigned int ends[SYM_WAYS] = { PKTTEXT_IN | PKTTEXT_OUT, PKTTEXT_IN,
		PKTTEXT_OUT };
	const struct prove_answer *answer = &cell->phases[phase];
	const struct policy *policy = certificate->policy;
	enum sym_way way = prove_cell_way(policy, cell);
	char text[PKTTEXT_MAX];
	struct sym_end end;

	printf("  %s > %s, %s, %s: %s\n", certificate_place(policy, cell->from),
		certificate_place(policy, cell->to), cell->world == PKT_IPV4 ? "IPv4" : "IPv6",
		phase_word(phase), sentence(answer));
	if (answer->path)
		printf(_("    path %s (line %u)\n"), answer->path->name, answer->path->loc.line);
	if (!answer->has_witness)
		return;
	pkttext(cell->world, &answer->witness, ends[way], text);
	printf(_("    for example: %s\n"), text);
	if (answer->verdict == PROVE_LESS)
		return;
	puts(_("    the rules that it meets:"));
	(void)symexec_trace(certificate->proof->worlds[cell->world].exec, way, &answer->witness,
		show_step, NULL, &end);
}

static void show_wrong(const struct certificate *certificate)
{
	const struct proof *proof = certificate->proof;
	size_t count = 0;

	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count * PROVE_PHASES; k++) {
			const struct prove_cell *cell = &proof->worlds[i].cells[k / PROVE_PHASES];
			enum prove_phase phase = (enum prove_phase)(k % PROVE_PHASES);

			if (cell->phases[phase].verdict <= PROVE_OBSERVED)
				continue;
			if (count++ == 0)
				printf("\n%s\n", _("Not as the policy says:"));
			if (count <= SHOWN_MAX)
				show_answer(certificate, cell, phase);
		}
	if (count > SHOWN_MAX)
		printf(_("  ... and %zu more; --json has all of them\n"), count - SHOWN_MAX);
}

static const char *doubt_text(enum sym_doubt_kind kind)
{
	static const char *const texts[] = {
		[SYM_DOUBT_TEST] = N_("which packets meet this is not known"),
		[SYM_DOUBT_REWRITE] = N_("it changes what rules read afterwards"),
		[SYM_DOUBT_DIVERT] = N_("it hands packets on, past the rules that follow"),
	};

	return _(texts[kind]);
}

static bool has_undecided(const struct proof *proof)
{
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count * PROVE_PHASES; k++) {
			const struct prove_cell *cell = &proof->worlds[i].cells[k / PROVE_PHASES];

			if (cell->phases[k % PROVE_PHASES].verdict == PROVE_UNDECIDED)
				return true;
		}
	return false;
}

/* Only where something could not be decided: rules that stop some packets are no concern else. */
static void show_doubts(const struct certificate *certificate)
{
	const struct proof *proof = certificate->proof;
	size_t shown = 0;

	if (!has_undecided(proof))
		return;
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct sym_doubt *doubts;
		size_t count = symexec_doubts(proof->worlds[i].exec, &doubts);

		for (size_t k = 0; k < count; k++) {
			const char *family = foreign_family_name(doubts[k].family);

			if (shown++ == 0)
				printf("\n%s\n", _("Not understood, or only in part:"));
			if (shown <= SHOWN_MAX)
				printf("  IPv%d, %s %s, %s, handle %" PRIu64 ": %s: %s\n",
					i == PKT_IPV4 ? 4 : 6, family ? family : "?",
					doubts[k].table, doubts[k].chain, doubts[k].handle,
					doubts[k].expression, doubt_text(doubts[k].kind));
		}
	}
	if (shown > SHOWN_MAX)
		printf(_("  ... and %zu more; --json has all of them\n"), shown - SHOWN_MAX);
}

/* Beside the rules ----------------------------------------------------------------------------- */

static void show_inventory(const struct bypass_list *list)
{
	size_t ok = 0;

	putchar('\n');
	if (!list) {
		puts(_("What can pass by the rules was not looked at."));
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		ok += list->items[i].state == BYPASS_OK;
	printf(_("What can pass by the rules: %zu kinds are not there\n"), ok);
	for (size_t i = 0; i < list->count; i++) {
		const struct bypass_item *item = &list->items[i];
		const char *word = item->state == BYPASS_UNREADABLE ? _("NOT READABLE")
				   : item->harmless		    ? _("harmless")
								    : _("PRESENT");

		if (item->state != BYPASS_OK)
			printf("  %s: %s: %s (%s)\n", word, item->name, _(item->sentence),
				item->what);
	}
}

static void show_connections(const struct certificate *certificate)
{
	const struct ctaudit *audit = certificate->connections;

	if (!audit) {
		puts(_("The open connections were not looked at."));
		return;
	}
	if (audit->error) {
		printf(_("The open connections could not be read: %s\n"), errtext(audit->error));
		return;
	}
	printf(_("Open connections: %zu, %zu of them permitted by a path; %zu are not what their "
		 "path permits\n"),
		audit->entries, audit->marked, audit->count + audit->left_out);
	if (audit->kept + audit->strayed + audit->untold > 0)
		printf(_("  By the routes, for the kernel's entries hold no interfaces: %zu go by "
			 "those of "
			 "their path, %zu by others, which no rule lets pass; of %zu the routes do "
			 "not tell\n"),
			audit->kept, audit->strayed, audit->untold);
	for (size_t i = 0; i < audit->count && i < SHOWN_MAX; i++)
		printf("  %s: %s\n", audit->findings[i].path ? audit->findings[i].path->name : "-",
			_(ctaudit_fault_text(audit->findings[i].fault)));
}

static void show_restraints(const struct proof *proof)
{
	if (proof->restraints & PROVE_ISLAND)
		puts(_("The gateway is an island at this time: nothing is forwarded."));
	if (proof->restraints & PROVE_ISOLATION)
		puts(_("Something is isolated at this time (\"hedate isolated\")."));
	if (proof->restraints & PROVE_GUARD)
		puts(_("The guard's tables are in place: nothing is forwarded."));
}

static const char *result_text(enum certificate_result result)
{
	static const char *const texts[CERTIFICATE_RESULTS] = {
		[CERTIFICATE_PROVED] = N_("PROVED: exactly what the policy permits can pass, and "
					  "nothing else."),
		[CERTIFICATE_RESTRAINED] =
			N_("RESTRAINED: nothing can pass that the policy does not permit; less "
			   "does, at this time."),
		[CERTIFICATE_LOST] = N_("NOT PROVED: the gateway is not as the policy says."),
		[CERTIFICATE_UNDECIDED] = N_("NOT PROVED: not everything could be decided."),
	};

	return _(texts[result]);
}

int proofview_show(const struct cli *cli, const struct certificate *certificate)
{
	enum certificate_result result = certificate_result(certificate);
	int exit_code;

	printf("%s\n\n", _("What can pass, of all packets that there can be, and how many paths "
			   "permit it:"));
	exit_code = show_matrix(cli, certificate);
	if (exit_code != EXIT_OK)
		return exit_code;
	show_wrong(certificate);
	show_doubts(certificate);
	show_inventory(certificate->bypass);
	show_connections(certificate);
	show_restraints(certificate->proof);
	putchar('\n');
	table_put(stdout, cli->color,
		result == CERTIFICATE_PROVED	   ? TABLE_GOOD
		: result == CERTIFICATE_RESTRAINED ? TABLE_WARN
						   : TABLE_BAD,
		result_text(result));
	putchar('\n');
	return EXIT_OK;
}

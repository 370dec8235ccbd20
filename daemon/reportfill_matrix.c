/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The zones' matrix of a report, from what was decided about the kernel's rules. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "../lib/foreign.h"
#include "../lib/judge.h"
#include "../lib/pkttext.h"
#include "../lib/profile.h"
#include "../lib/snapcount.h"
#include "reportfill.h"

#define DEVIATIONS_MAX 100
#define RULES_MAX      12 /* of one witness */

static void fill_places(struct report *report, const struct policy *policy)
{
	struct report_matrix *matrix = &report->matrix;

	for (size_t i = 0; i < ZONESPACE_PLACES(policy); i++) {
		struct report_place *place =
			report_add(report, &matrix->places, &matrix->place_count, sizeof(*place));

		if (!place)
			return;
		place->name = report_keep(report, certificate_place(policy, i));
		place->label =
			i < policy->zone_count ? report_keep(report, policy->zones[i].label) : "";
		place->kind = i < policy->zone_count ? zone_kind_name(policy->zones[i].kind) : "";
	}
}

/* ---- paths ---- */

struct listed {
	size_t index, from, to; /* of the policy's path; its places */
};

static int compare(const void *a, const void *b)
{
	const struct listed *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	if (left->to != right->to)
		return left->to < right->to ? -1 : 1;
	return left->index < right->index ? -1 : left->index > right->index;
}

static void fill_path(struct report *report, const struct reportfacts *facts,
	const struct policy_path *path, const struct listed *listed, const struct snapcount *count)
{
	struct report_matrix *matrix = &report->matrix;
	struct judge_ground ground = judge_ground(facts->policy, path);
	struct report_path *item =
		report_add(report, &matrix->paths, &matrix->path_count, sizeof(*item));
	char service[POLICY_LABEL_MAX];

	if (!item)
		return;
	policy_path_service_text(facts->policy, path, service, sizeof(service));
	item->name = report_keep(report, path->name);
	item->exception = report_keep(report, path->exception);
	item->from_place = listed->from;
	item->to_place = listed->to;
	item->from = report_keep(report, path->from.text);
	item->to = report_keep(report, path->to.text);
	item->service = report_keep(report, service);
	item->class = path_class_name(judge_class(facts->policy, path));
	item->clause = ground.clause ? report_keep(report, ground.clause->number) : "";
	item->method = sanitize_name(path->sanitize);
	item->data = path_data_name(path->data);
	item->reason = report_keep(report, path->reason);
	item->timed = policy_path_timed(path);
	item->hits_known = count->known;
	item->hits = snapcount_of(count, path->id);
}

/* Sorted by pair of places, within one as in the file. */
static void fill_paths(struct report *report, const struct reportfacts *facts)
{
	const struct policy *policy = facts->policy;
	struct listed *list = calloc(policy->path_count + 1, sizeof(*list));
	struct snapcount count = { .known = false };

	if (!list || snapcount_read(facts->taken->snapshot, &count) < 0) {
		report->failed = true;
		free(list);
		return;
	}
	for (size_t i = 0; i < policy->path_count; i++)
		list[i] = (struct listed){ i, policy_path_zone_from(policy, &policy->paths[i]),
			policy_path_zone_to(policy, &policy->paths[i]) };
	qsort(list, policy->path_count, sizeof(*list), compare);
	for (size_t i = 0; i < policy->path_count; i++)
		fill_path(report, facts, &policy->paths[list[i].index], &list[i], &count);
	snapcount_clear(&count);
	free(list);
}

/* ---- cells ---- */

static enum prove_verdict fill_verdict(
	const struct proof *proof, struct report_cell *cell, enum pkt_world world)
{
	enum prove_verdict worst = PROVE_SEPARATE;

	for (size_t i = 0; i < proof->worlds[world].cell_count; i++) {
		const struct prove_cell *proved = &proof->worlds[world].cells[i];

		if (proved->from != cell->from || proved->to != cell->to)
			continue;
		worst = prove_cell_verdict(proved);
		cell->asked = true;
	}
	if (proof->worlds[world].error != 0)
		worst = PROVE_BUDGET;
	cell->verdicts[world] = prove_verdict_name(worst);
	return worst;
}

static void fill_cells(struct report *report, const struct proof *proof)
{
	struct report_matrix *matrix = &report->matrix;
	size_t path = 0;

	for (size_t i = 0; i < matrix->place_count * matrix->place_count; i++) {
		struct report_cell *cell =
			report_add(report, &matrix->cells, &matrix->cell_count, sizeof(*cell));
		enum prove_verdict worst = PROVE_SEPARATE;

		if (!cell)
			return;
		cell->from = i / matrix->place_count;
		cell->to = i % matrix->place_count;
		for (unsigned int world = 0; world < PKT_WORLDS; world++) {
			enum prove_verdict verdict =
				fill_verdict(proof, cell, (enum pkt_world)world);

			if (world == 0 || verdict > worst)
				worst = verdict;
		}
		cell->verdict = prove_verdict_name(worst);
		cell->first_path = path;
		while (path < matrix->path_count && matrix->paths[path].from_place == cell->from &&
			matrix->paths[path].to_place == cell->to)
			cell->hits += matrix->paths[path++].hits;
		cell->path_count = path - cell->first_path;
	}
}

/* ---- what is not as it should be ---- */

struct rules {
	struct report *report;
	const char *text;
	size_t count;
};

static int add_rule(const struct sym_step *step, void *data)
{
	struct rules *rules = data;
	const char *family = foreign_family_name(step->table->family);

	if (step->kind != SYM_STEP_RULE || rules->count++ >= RULES_MAX)
		return 0;
	rules->text = report_print(rules->report, "%s%s%s %s %s handle %" PRIu64, rules->text,
		rules->text[0] != '\0' ? "; " : "", family ? family : "?",
		snap_table_name(step->table), snap_chain_name(step->chain),
		nltree_number(step->rule, NFTA_RULE_HANDLE, 0));
	return 0;
}

static void fill_witness(struct report *report, const struct certificate *certificate,
	const struct prove_cell *cell, const struct prove_answer *answer,
	struct report_deviation *item)
{
	static const unsigned int ends[SYM_WAYS] = { PKTTEXT_IN | PKTTEXT_OUT, PKTTEXT_IN,
		PKTTEXT_OUT };
	enum sym_way way = prove_cell_way(certificate->policy, cell);
	struct rules rules = { .report = report, .text = "" };
	char text[PKTTEXT_MAX];
	struct sym_end end;

	pkttext(cell->world, &answer->witness, ends[way], text);
	item->witness = report_keep(report, text);
	if (answer->verdict != PROVE_LESS)
		(void)symexec_trace(certificate->proof->worlds[cell->world].exec, way,
			&answer->witness, add_rule, &rules, &end);
	item->rules = rules.text;
}

static void add_deviation(struct report *report, const struct certificate *certificate,
	const struct prove_cell *cell, enum prove_phase phase)
{
	const struct prove_answer *answer = &cell->phases[phase];
	struct report_matrix *matrix = &report->matrix;
	struct report_deviation *item;

	if (answer->verdict <= PROVE_OBSERVED || matrix->deviation_total++ >= DEVIATIONS_MAX)
		return;
	item = report_add(report, &matrix->deviations, &matrix->deviation_count, sizeof(*item));
	if (!item)
		return;
	item->from = cell->from;
	item->to = cell->to;
	item->family = cell->world == PKT_IPV4 ? "ipv4" : "ipv6";
	item->phase = prove_phase_name(phase);
	item->verdict = prove_verdict_name(answer->verdict);
	item->path = answer->path ? report_keep(report, answer->path->name) : "";
	if (answer->has_witness)
		fill_witness(report, certificate, cell, answer, item);
}

static void fill_deviations(struct report *report, const struct certificate *certificate)
{
	for (unsigned int world = 0; world < PKT_WORLDS; world++)
		for (size_t i = 0; i < certificate->proof->worlds[world].cell_count; i++)
			for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
				add_deviation(report, certificate,
					&certificate->proof->worlds[world].cells[i],
					(enum prove_phase)phase);
}

void reportfill_matrix(struct report *report, const struct reportfacts *facts)
{
	const struct certificate *certificate = facts->certificate;
	struct report_matrix *matrix = &report->matrix;

	if (!certificate)
		return;
	matrix->result = certificate_result_name(certificate_result(certificate));
	matrix->time = facts->taken->snapshot->time;
	matrix->island = (certificate->proof->restraints & PROVE_ISLAND) != 0;
	matrix->isolation = (certificate->proof->restraints & PROVE_ISOLATION) != 0;
	matrix->guard = (certificate->proof->restraints & PROVE_GUARD) != 0;
	fill_places(report, facts->policy);
	fill_paths(report, facts);
	fill_cells(report, certificate->proof);
	fill_deviations(report, certificate);
	matrix->connections_read = certificate->connections->error == 0;
	matrix->connections = certificate->connections->entries;
	matrix->connection_findings =
		certificate->connections->count + certificate->connections->left_out;
	report_read(&matrix->source, facts->snapshot_evidence);
}

/* ---- beside the rules ---- */

void reportfill_bypass(struct report *report, const struct reportfacts *facts)
{
	struct report_bypass *bypass = &report->bypass;
	const struct bypass_list *list = facts->certificate ? facts->certificate->bypass : NULL;

	if (!list)
		return;
	bypass->holds = bypass_holds(list);
	bypass->left_out = list->left_out;
	for (size_t i = 0; i < list->count; i++) {
		struct report_bypass_item *item =
			report_add(report, &bypass->items, &bypass->count, sizeof(*item));

		if (!item)
			return;
		item->name = list->items[i].name;
		item->state = bypass_state_name(list->items[i].state);
		item->harmless = list->items[i].harmless;
		item->sentence = report_keep(report, _(list->items[i].sentence));
		item->what = report_keep(report, list->items[i].what);
	}
	report_read(&bypass->source, facts->snapshot_evidence);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing certificates. */
#include "certificate.h"

#include <errno.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <sodium.h>

#include "pkttext.h"
#include "record.h"

/* What a proof rests on and does not look at: hedate-proof(7) explains each by its name. */
static const char *const assumptions[] = {
	"kernel",     /* nf_tables and conntrack do what their rules say */
	"snapshot",   /* what was read is what is in force */
	"induction",  /* a mark stands only on connections that its path has permitted */
	"addresses",  /* hosts of one segment are not told apart but by address and MAC */
	"interfaces", /* the outgoing interface may be any: no route is relied on */
	"namespaces", /* what takes all that comes was not moved on from a namespace that is gone */
};

const char *certificate_result_name(enum certificate_result result)
{
	static const char *const names[CERTIFICATE_RESULTS] = {
		[CERTIFICATE_PROVED] = "proved",
		[CERTIFICATE_RESTRAINED] = "restrained",
		[CERTIFICATE_LOST] = "lost",
		[CERTIFICATE_UNDECIDED] = "undecided",
	};

	return names[result];
}

static bool has_state(const struct bypass_list *list, enum bypass_state state)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (list->items[i].state == state && !bypass_item_holds(&list->items[i]))
			return true;
	return false;
}

/* Was something found that must not be? */
static bool is_lost(const struct certificate *certificate)
{
	const struct proof *proof = certificate->proof;

	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count; k++)
			for (unsigned int phase = 0; phase < PROVE_PHASES; phase++) {
				enum prove_verdict verdict =
					proof->worlds[i].cells[k].phases[phase].verdict;

				if (verdict == PROVE_MORE ||
					(verdict == PROVE_LESS && !proof->restraints))
					return true;
			}
	return has_state(certificate->bypass, BYPASS_PRESENT) ||
	       (certificate->connections && certificate->connections->count > 0);
}

enum certificate_result certificate_result(const struct certificate *certificate)
{
	const struct proof *proof = certificate->proof;
	bool looked = certificate->bypass && bypass_holds(certificate->bypass) &&
		      certificate->connections && ctaudit_holds(certificate->connections);

	if (is_lost(certificate))
		return CERTIFICATE_LOST;
	if (looked && proof_holds(proof))
		return CERTIFICATE_PROVED;
	return looked && proof_restrained(proof) ? CERTIFICATE_RESTRAINED : CERTIFICATE_UNDECIDED;
}

const char *certificate_place(const struct policy *policy, size_t place)
{
	if (place < policy->zone_count)
		return policy->zones[place].name;
	return place == ZONESPACE_GATEWAY(policy) ? "gateway" : "other";
}

/* Small things --------------------------------------------------------------------------------- */

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_key(json, key);
	json_unsigned(json, number);
}

static void put_hex(struct json *json, const char *key, const uint8_t *bytes, size_t length)
{
	char text[2 * 64 + 1];

	sodium_bin2hex(text, sizeof(text), bytes, length);
	json_put_text(json, key, text);
}

static void put_time(struct json *json, const char *key, int64_t seconds)
{
	char text[RECORD_TIME_MAX];

	record_time_format(seconds * INT64_C(1000000000), text);
	json_put_text(json, key, seconds ? text : NULL);
}

/* Parts ---------------------------------------------------------------------------------------- */

static void put_sources(const struct certificate *certificate, struct json *json)
{
	const struct snapshot *snapshot = certificate->snapshot;
	const struct policy *policy = certificate->policy;

	json_key(json, "snapshot");
	json_object_begin(json);
	put_hex(json, "sha256", certificate->digest, sizeof(certificate->digest));
	put_number(json, "generation", snapshot->generation);
	put_time(json, "time", snapshot->time);
	json_put_text(json, "machine", snapshot->machine);
	json_object_end(json);
	json_key(json, "policy");
	json_object_begin(json);
	json_put_text(json, "site", policy->site);
	json_put_text(json, "revision", policy->revision);
	put_hex(json, "blake2b", policy->digest, sizeof(policy->digest));
	json_key(json, "exceptions");
	json_array_begin(json);
	for (size_t i = 0; i < policy->path_count; i++)
		if (policy->paths[i].exception)
			json_string(json, policy->paths[i].exception);
	json_array_end(json);
	json_object_end(json);
}

static void put_terms(const struct certificate *certificate, struct json *json)
{
	static const char *const names[] = { "island", "isolation", "guard" };

	json_key(json, "assumptions");
	json_array_begin(json);
	for (size_t i = 0; i < sizeof(assumptions) / sizeof(assumptions[0]); i++)
		json_string(json, assumptions[i]);
	json_array_end(json);
	json_key(json, "budget");
	json_object_begin(json);
	put_number(json, "nodes", certificate->budget.nodes);
	put_number(json, "steps", certificate->budget.steps);
	json_object_end(json);
	json_key(json, "restraints");
	json_array_begin(json);
	for (unsigned int i = 0; i < 3; i++)
		if (certificate->proof->restraints & 1u << i)
			json_string(json, names[i]);
	json_array_end(json);
}

/* Cells ---------------------------------------------------------------------------------------- */

struct passing {
	struct json *json;
	size_t count;
};

#define PASSING_MAX 100 /* rules of one witness */

static int put_step(const struct sym_step *step, void *data)
{
	struct passing *passing = data;
	struct json *json = passing->json;

	if (passing->count++ >= PASSING_MAX)
		return 0;
	json_object_begin(json);
	put_number(json, "family", step->table->family);
	json_put_text(json, "table", snap_table_name(step->table));
	json_put_text(json, "chain", snap_chain_name(step->chain));
	if (step->kind == SYM_STEP_RULE)
		put_number(json, "handle", nltree_number(step->rule, NFTA_RULE_HANDLE, 0));
	else
		json_put_text(json, "at", step->kind == SYM_STEP_BASE ? "begin" : "policy");
	json_key(json, "sure");
	json_bool(json, step->sure);
	if (step->doubt)
		json_put_text(json, "doubt", step->doubt);
	json_object_end(json);
	return 0;
}

static void put_witness(const struct certificate *certificate, const struct prove_cell *cell,
	const struct prove_answer *answer, struct json *json)
{
	static const unsigned int ends[SYM_WAYS] = { PKTTEXT_IN | PKTTEXT_OUT, PKTTEXT_IN,
		PKTTEXT_OUT };
	enum sym_way way = prove_cell_way(certificate->policy, cell);
	struct passing passing = { .json = json };
	struct sym_end end;

	json_key(json, "witness");
	pkttext_json(cell->world, &answer->witness, ends[way], json);
	json_key(json, "passes");
	json_array_begin(json);
	(void)symexec_trace(certificate->proof->worlds[cell->world].exec, way, &answer->witness,
		put_step, &passing, &end);
	json_array_end(json);
}

static void put_cell(
	const struct certificate *certificate, const struct prove_cell *cell, struct json *json)
{
	json_object_begin(json);
	json_put_text(json, "from", certificate_place(certificate->policy, cell->from));
	json_put_text(json, "to", certificate_place(certificate->policy, cell->to));
	json_put_text(json, "family", cell->world == PKT_IPV4 ? "ipv4" : "ipv6");
	put_number(json, "paths", cell->paths);
	for (unsigned int phase = 0; phase < PROVE_PHASES; phase++) {
		const struct prove_answer *answer = &cell->phases[phase];

		json_key(json, prove_phase_name((enum prove_phase)phase));
		json_object_begin(json);
		json_put_text(json, "verdict", prove_verdict_name(answer->verdict));
		if (answer->path)
			json_put_text(json, "path", answer->path->name);
		if (answer->has_witness)
			put_witness(certificate, cell, answer, json);
		json_object_end(json);
	}
	json_object_end(json);
}

static void put_doubt(const struct sym_doubt *doubt, enum pkt_world world, struct json *json)
{
	static const char *const kinds[] = {
		[SYM_DOUBT_TEST] = "test",
		[SYM_DOUBT_REWRITE] = "rewrite",
		[SYM_DOUBT_DIVERT] = "divert",
	};

	json_object_begin(json);
	json_put_text(json, "world", world == PKT_IPV4 ? "ipv4" : "ipv6");
	json_put_text(json, "kind", kinds[doubt->kind]);
	put_number(json, "family", doubt->family);
	json_put_text(json, "table", doubt->table);
	json_put_text(json, "chain", doubt->chain);
	put_number(json, "handle", doubt->handle);
	json_put_text(json, "expression", doubt->expression);
	json_object_end(json);
}

static void put_cells(const struct certificate *certificate, struct json *json)
{
	const struct proof *proof = certificate->proof;

	json_key(json, "cells");
	json_array_begin(json);
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count; k++)
			put_cell(certificate, &proof->worlds[i].cells[k], json);
	json_array_end(json);
	json_key(json, "doubts");
	json_array_begin(json);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		const struct sym_doubt *doubts;
		size_t count = symexec_doubts(proof->worlds[i].exec, &doubts);

		for (size_t k = 0; k < count; k++)
			put_doubt(&doubts[k], (enum pkt_world)i, json);
	}
	json_array_end(json);
}

/* Beside the rules ----------------------------------------------------------------------------- */

static void put_inventory(const struct bypass_list *list, struct json *json)
{
	json_key(json, "inventory");
	if (!list) {
		json_null(json);
		return;
	}
	json_array_begin(json);
	for (size_t i = 0; i < list->count; i++) {
		const struct bypass_item *item = &list->items[i];

		json_object_begin(json);
		json_put_text(json, "name", item->name);
		json_put_text(json, "state", bypass_state_name(item->state));
		json_key(json, "harmless");
		json_bool(json, item->harmless);
		json_put_text(json, "what", item->what);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_connections(const struct certificate *certificate, struct json *json)
{
	const struct ctaudit *audit = certificate->connections;

	json_key(json, "connections");
	if (!audit) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_key(json, "read");
	json_bool(json, audit->error == 0);
	put_number(json, "entries", audit->entries);
	put_number(json, "marked", audit->marked);
	put_number(json, "by_their_interfaces", audit->kept);
	put_number(json, "by_other_interfaces", audit->strayed);
	put_number(json, "interfaces_untold", audit->untold);
	json_key(json, "findings");
	json_array_begin(json);
	for (size_t i = 0; i < audit->count; i++) {
		const struct ctaudit_finding *finding = &audit->findings[i];

		json_object_begin(json);
		put_number(json, "entry", finding->entry);
		json_put_text(json, "path", finding->path ? finding->path->name : NULL);
		json_put_text(json, "fault", ctaudit_fault_name(finding->fault));
		json_object_end(json);
	}
	json_array_end(json);
	json_object_end(json);
}

void certificate_write(const struct certificate *certificate, struct json *json)
{
	json_object_begin(json);
	put_number(json, "hedate.prove", CERTIFICATE_VERSION);
	json_put_text(json, "result", certificate_result_name(certificate_result(certificate)));
	put_time(json, "time", certificate->time);
	put_number(json, "seconds", (uint64_t)certificate->time);
	json_put_text(json, "program", certificate->version);
	put_sources(certificate, json);
	put_terms(certificate, json);
	put_cells(certificate, json);
	put_inventory(certificate->bypass, json);
	put_connections(certificate, json);
	json_object_end(json);
}

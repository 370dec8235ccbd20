/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "traceview.h"

#include <string.h>

#include "table.h"

/* ---- for people ---- */

/* How our own rules put it on record is the same for all that is blocked. */
static bool is_bookkeeping(const struct explain_hop *hop)
{
	static const char *const chains[] = { "blocked", "flow-" };
	const char *chain = snap_chain_name(hop->step.chain);

	if (strcmp(snap_table_name(hop->step.table), TABLE_NAME) != 0)
		return false;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		if (strncmp(chain, chains[i], strlen(chains[i])) == 0)
			return true;
	return false;
}

static enum table_style style_of(const char *verdict)
{
	if (strcmp(verdict, "accept") == 0 || strcmp(verdict, "passes") == 0)
		return TABLE_GOOD;
	return strcmp(verdict, "drop") == 0 || strcmp(verdict, "blocked") == 0 ? TABLE_BAD
									       : TABLE_PLAIN;
}

static void put_base(const struct cli *cli, const struct explain_hop *hop)
{
	const struct sym_step *step = &hop->step;

	printf("  %s %d  %s ", explain_hop_hook(hop), step->priority, explain_hop_family(hop));
	table_put(stdout, cli->color, TABLE_PLAIN, snap_table_name(step->table));
	putchar(' ');
	table_put(stdout, cli->color, TABLE_PLAIN, snap_chain_name(step->chain));
	putchar('\n');
}

static void put_step(const struct cli *cli, const struct explain_hop *hop)
{
	const struct sym_step *step = &hop->step;
	const char *verdict = explain_hop_verdict(hop);

	printf("    %*s", (int)(2 * step->depth), "");
	table_put(stdout, cli->color, TABLE_FAINT, snap_chain_name(step->chain));
	if (hop->number > 0)
		printf(_(" rule %zu (handle %llu): "), hop->number,
			(unsigned long long)hop->handle);
	else
		printf(": %s ", _("its end"));
	table_put(stdout, cli->color, style_of(verdict), verdict);
	if (step->target) {
		putchar(' ');
		table_put(stdout, cli->color, TABLE_PLAIN, snap_chain_name(step->target));
	}
	if (step->diverted)
		printf("  %s", _("(handed elsewhere)"));
	if (!step->sure)
		printf("  %s", _("(perhaps)"));
	if (step->doubt) {
		fputs("  ", stdout);
		printf(_("not understood: %s"), step->doubt);
	}
	putchar('\n');
}

static const char *verdict_text(const char *verdict)
{
	if (strcmp(verdict, "passes") == 0)
		return _("passes");
	return strcmp(verdict, "blocked") == 0 ? _("blocked") : _("it cannot be told");
}

void traceview_print(const struct cli *cli, uint32_t generation, const struct explain *explain,
	const struct explain_trace *trace)
{
	const char *verdict = explain_trace_verdict(trace);

	putchar('\n');
	table_put(stdout, cli->color, TABLE_STRONG, _("The way through all tables of the host"));
	printf(_(" (generation %u): "), generation);
	table_put(stdout, cli->color, style_of(verdict), verdict_text(verdict));
	putchar('\n');
	for (size_t i = 0; i < trace->count; i++) {
		if (is_bookkeeping(&trace->list[i]))
			continue;
		if (trace->list[i].step.kind == SYM_STEP_BASE)
			put_base(cli, &trace->list[i]);
		else
			put_step(cli, &trace->list[i]);
	}
	if (strcmp(verdict, "unknown") != 0 &&
		strcmp(verdict, explain_verdict_name(explain)) != 0) {
		fputs("  ", stdout);
		table_put(stdout, cli->color, TABLE_BAD,
			_("that is not what the configuration says"));
		putchar('\n');
	}
}

/* ---- for programs ---- */

static void put_hop(struct json *json, const struct explain_hop *hop)
{
	static const char *const kinds[] = {
		[SYM_STEP_BASE] = "base",
		[SYM_STEP_RULE] = "rule",
		[SYM_STEP_POLICY] = "policy",
	};
	const struct sym_step *step = &hop->step;

	json_object_begin(json);
	json_put_text(json, "step", kinds[step->kind]);
	json_put_text(json, "hook", explain_hop_hook(hop));
	json_key(json, "priority");
	json_signed(json, step->priority);
	json_put_text(json, "family", explain_hop_family(hop));
	json_put_text(json, "table", snap_table_name(step->table));
	json_put_text(json, "chain", snap_chain_name(step->chain));
	json_key(json, "rule");
	json_unsigned(json, hop->number);
	json_key(json, "handle");
	json_unsigned(json, hop->handle);
	json_put_text(
		json, "verdict", step->kind == SYM_STEP_BASE ? NULL : explain_hop_verdict(hop));
	json_put_text(json, "target", step->target ? snap_chain_name(step->target) : NULL);
	json_key(json, "sure");
	json_bool(json, step->sure);
	json_put_text(json, "doubt", step->doubt);
	json_key(json, "diverted");
	json_bool(json, step->diverted);
	json_object_end(json);
}

void traceview_json(struct json *json, uint32_t generation, const struct explain_trace *trace)
{
	json_key(json, "kernel");
	if (!trace) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_key(json, "generation");
	json_unsigned(json, generation);
	json_put_text(json, "verdict", explain_trace_verdict(trace));
	json_key(json, "steps");
	json_array_begin(json);
	for (size_t i = 0; i < trace->count; i++)
		put_hop(json, &trace->list[i]);
	json_array_end(json);
	json_object_end(json);
}

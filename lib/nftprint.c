/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftprint.h"

#include <errno.h>
#include <string.h>

#include "nftprint_value.h"

static const char *const hook_names[] = {
	[HOOK_NONE] = "",
	[HOOK_PREROUTING] = "prerouting",
	[HOOK_INPUT] = "input",
	[HOOK_FORWARD] = "forward",
	[HOOK_OUTPUT] = "output",
	[HOOK_EGRESS] = "egress",
};

static const char *const verdict_names[] = {
	[VERDICT_ACCEPT] = "accept",
	[VERDICT_DROP] = "drop",
	[VERDICT_JUMP] = "jump",
	[VERDICT_GOTO] = "goto",
	[VERDICT_RETURN] = "return",
};

const char *nftprint_hook(enum hook hook)
{
	return hook_names[hook];
}

void nftprint_verdict(enum verdict verdict, const char *chain, FILE *out)
{
	fputs(verdict_names[verdict], out);
	if (chain)
		fprintf(out, " %s", chain);
}

/* A text in double quotes. nft knows no escapes: a quote in it cannot be written. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text; text++)
		fputc(*text == '"' ? '\'' : *text, out);
	fputc('"', out);
}

static void print_selectors(const struct statement *statement, FILE *out)
{
	for (unsigned int i = 0; i < statement->selector_count; i++)
		fprintf(out, "%s%s", i ? " . " : "", selector_info(statement->selectors[i])->name);
}

static void print_mark(const struct statement *statement, FILE *out)
{
	uint32_t value, mask;

	memcpy(&value, statement->data, sizeof(value));
	memcpy(&mask, statement->mask, sizeof(mask));
	fputs("meta mark set ", out);
	if (mask == 0)
		fprintf(out, "0x%08x", value);
	else if ((mask | value) == UINT32_MAX)
		fprintf(out, "meta mark | 0x%08x", value);
	else
		fprintf(out, "meta mark & 0x%08x | 0x%08x", mask, value);
}

static void print_statement(const struct statement *statement, FILE *out)
{
	switch (statement->kind) {
	case STMT_COMPARE:
		nftprint_compare(statement, out);
		break;
	case STMT_LOOKUP:
		print_selectors(statement, out);
		fprintf(out, " %s@%s", statement->negate ? "!= " : "", statement->name);
		break;
	case STMT_VMAP:
		print_selectors(statement, out);
		fprintf(out, " vmap @%s", statement->name);
		break;
	case STMT_CT_MARK_MAP:
		fputs("ct mark set ", out);
		print_selectors(statement, out);
		fprintf(out, " map @%s", statement->name);
		break;
	case STMT_SET_MARK:
		print_mark(statement, out);
		break;
	case STMT_ADD:
		/* The set's own counter would do, but Linux 6.1 then lists the rule without it. */
		fprintf(out, "add @%s { ", statement->name);
		print_selectors(statement, out);
		fputs(" counter }", out);
		break;
	case STMT_COUNTER:
		fputs("counter name ", out);
		print_quoted(statement->name, out);
		break;
	case STMT_LIMIT:
		fputs("limit name ", out);
		print_quoted(statement->name, out);
		break;
	case STMT_LOG:
		fputs("log", out);
		if (statement->prefix) {
			fputs(" prefix ", out);
			print_quoted(statement->prefix, out);
		}
		fprintf(out, " group %u", statement->group);
		if (statement->snaplen)
			fprintf(out, " snaplen %u", statement->snaplen);
		break;
	case STMT_VERDICT:
		nftprint_verdict(statement->verdict, statement->name, out);
		break;
	case STMT_OPAQUE:
		fprintf(out, "<%s>", statement->name ? statement->name : "unknown");
		break;
	}
}

static int result(FILE *out)
{
	return ferror(out) ? -EIO : 0;
}

int nftprint_rule(const struct ruleset *ruleset, const struct rule *rule, FILE *out)
{
	(void)ruleset;
	for (size_t i = 0; i < rule->count; i++) {
		if (i > 0)
			fputc(' ', out);
		print_statement(&rule->statements[i], out);
	}
	if (rule->comment) {
		fputs(" comment ", out);
		print_quoted(rule->comment, out);
	}
	return result(out);
}

static void print_chain(const struct ruleset *ruleset, const struct chain *chain, FILE *out)
{
	fprintf(out, "\tchain %s {\n", chain->name);
	if (chain->hook != HOOK_NONE)
		fprintf(out, "\t\ttype filter hook %s priority %d; policy %s;\n",
			nftprint_hook(chain->hook), chain->priority,
			chain->policy_drop ? "drop" : "accept");
	for (size_t i = 0; i < chain->count; i++) {
		fputs("\t\t", out);
		nftprint_rule(ruleset, &chain->rules[i], out);
		fputc('\n', out);
	}
	fputs("\t}\n", out);
}

static void print_element(
	const struct ruleset *ruleset, const struct set *set, const uint8_t *element, FILE *out)
{
	const uint8_t *end = set->flags & SET_INTERVAL ? element + set->key_length : NULL;
	const uint8_t *value = element + set->stride - 4;
	unsigned int at = 0;
	uint32_t number;

	for (unsigned int i = 0; i < set->field_count; i++) {
		if (i > 0)
			fputs(" . ", out);
		nftprint_range(set->fields[i], element + at, end ? end + at : NULL, out);
		at += field_info(set->fields[i])->slot;
	}
	if (!(set->flags & SET_MAP))
		return;
	fputs(" : ", out);
	memcpy(&number, value, sizeof(number));
	if (set->value == FIELD_VERDICT && number < ruleset->verdict_count)
		nftprint_verdict(
			ruleset->verdicts[number].verdict, ruleset->verdicts[number].chain, out);
	else
		nftprint_value(set->value, value, out);
}

static void print_type(const struct set *set, FILE *out)
{
	fputs("\t\ttype ", out);
	for (unsigned int i = 0; i < set->field_count; i++)
		fprintf(out, "%s%s", i ? " . " : "", field_info(set->fields[i])->name);
	if (set->flags & SET_MAP)
		fprintf(out, " : %s", field_info(set->value)->name);
	fputc('\n', out);
}

static void print_set(const struct ruleset *ruleset, const struct set *set, FILE *out)
{
	fprintf(out, "\t%s %s {\n", set->flags & SET_MAP ? "map" : "set", set->name);
	print_type(set, out);
	if (set->size)
		fprintf(out, "\t\tsize %u\n", set->size);
	if (set->flags & SET_INTERVAL)
		fputs("\t\tflags interval\n", out);
	if (set->flags & SET_DYNAMIC)
		fputs("\t\tflags dynamic\n", out);
	if (set->flags & SET_TIMEOUT)
		fputs("\t\tflags timeout\n", out);
	if (set->flags & SET_COUNTER)
		fputs("\t\tcounter\n", out);
	/* What it may have, for readers: it has none of them until the daemon adds them. */
	for (size_t i = 0; i < set->count && set->flags & SET_TIMEOUT; i++) {
		fputs("\t\t# ", out);
		print_element(ruleset, set, set->elements + i * set->stride, out);
		fputc('\n', out);
	}
	if (set->count > 0 && !(set->flags & (SET_DYNAMIC | SET_TIMEOUT))) {
		fputs("\t\telements = {\n", out);
		for (size_t i = 0; i < set->count; i++) {
			fputs("\t\t\t", out);
			print_element(ruleset, set, set->elements + i * set->stride, out);
			fputs(i + 1 < set->count ? ",\n" : "\n", out);
		}
		fputs("\t\t}\n", out);
	}
	fputs("\t}\n", out);
}

static void print_limit(const struct limit *limit, FILE *out)
{
	const char *period = limit_period(limit->per_seconds);

	fprintf(out, "\tlimit %s {\n\t\trate over %u/%s burst %u packets\n\t}\n", limit->name,
		limit->rate, period ? period : "?", limit->burst);
}

int nftprint(const struct ruleset *ruleset, FILE *out)
{
	if (ruleset->revision[0])
		fprintf(out, "# revision %s\n", ruleset->revision);
	/* Adding first makes deleting possible where there is no table yet. */
	fprintf(out, "table inet %s\ndelete table inet %s\ntable inet %s {\n", ruleset->table,
		ruleset->table, ruleset->table);
	for (size_t i = 0; i < ruleset->counter_count; i++)
		fprintf(out, "\tcounter %s {\n\t}\n", ruleset->counters[i]);
	for (size_t i = 0; i < ruleset->limit_count; i++)
		print_limit(&ruleset->limits[i], out);
	for (size_t i = 0; i < ruleset->set_count; i++)
		print_set(ruleset, &ruleset->sets[i], out);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		print_chain(ruleset, &ruleset->chains[i], out);
	for (size_t i = 0; i < ruleset->unknown_count; i++)
		fprintf(out, "\t# %s\n", ruleset->unknown[i]);
	fputs("}\n", out);
	return result(out);
}

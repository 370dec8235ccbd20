/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule set as one JSON object:
 *
 *	{"table": "hedate", "revision": "…", "counters": ["…"],
 *	 "limits": [{"name": "…", "rate": 100, "per": "second", "burst": 50}],
 *	 "sets": [{"name": "…", "type": ["ipv4_addr"], "value": "mark", "flags": ["interval"],
 *	           "size": 10, "elements": [["10.0.0.0/24"], …]}],
 *	 "chains": [{"name": "…", "hook": "forward", "priority": 0, "policy": "drop",
 *	             "rules": [{"rule": "…", "line": 12, "comment": "…"}]}]}
 *
 * An element is an array of its fields, with the value of a map last. A set with the flag "timeout"
 * has "possible" instead of "elements": what it may have at times. Rules are in nft's words.
 * "limits" is there when there are some.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "nftprint.h"
#include "nftprint_value.h"

struct printer {
	struct json json;
	FILE *out;
	/* Where values are printed as text before they become JSON strings. */
	char *text;
	size_t length;
	FILE *scratch;
};

/* Write out what is there, but go on in the middle of the same JSON text. */
static void flush(struct printer *printer)
{
	bool comma = printer->json.comma, failed = printer->json.failed;

	if (printer->json.length > 0)
		fwrite(printer->json.text, 1, printer->json.length, printer->out);
	json_reset(&printer->json);
	printer->json.comma = comma;
	printer->json.failed = failed;
}

static void string_from_scratch(struct printer *printer)
{
	fflush(printer->scratch);
	json_string_n(&printer->json, printer->text, printer->length);
	rewind(printer->scratch);
}

static void name_value(struct json *json, const char *key, const char *value)
{
	json_key(json, key);
	json_string(json, value);
}

static void value_of_map(struct printer *printer, const struct ruleset *ruleset,
	const struct set *set, const uint8_t *value)
{
	uint32_t number;

	memcpy(&number, value, sizeof(number));
	if (set->value == FIELD_VERDICT && number < ruleset->verdict_count)
		nftprint_verdict(ruleset->verdicts[number].verdict, ruleset->verdicts[number].chain,
			printer->scratch);
	else
		nftprint_value(set->value, value, printer->scratch);
	string_from_scratch(printer);
}

static void print_element(struct printer *printer, const struct ruleset *ruleset,
	const struct set *set, const uint8_t *element)
{
	const uint8_t *end = set->flags & SET_INTERVAL ? element + set->key_length : NULL;
	unsigned int at = 0;

	json_array_begin(&printer->json);
	for (unsigned int i = 0; i < set->field_count; i++) {
		nftprint_range(
			set->fields[i], element + at, end ? end + at : NULL, printer->scratch);
		string_from_scratch(printer);
		at += field_info(set->fields[i])->slot;
	}
	if (set->flags & SET_MAP)
		value_of_map(printer, ruleset, set, element + set->stride - 4);
	json_array_end(&printer->json);
	flush(printer);
}

static void print_flags(struct json *json, unsigned int flags)
{
	json_key(json, "flags");
	json_array_begin(json);
	if (flags & SET_MAP)
		json_string(json, "map");
	if (flags & SET_INTERVAL)
		json_string(json, "interval");
	if (flags & SET_DYNAMIC)
		json_string(json, "dynamic");
	if (flags & SET_COUNTER)
		json_string(json, "counter");
	if (flags & SET_TIMEOUT)
		json_string(json, "timeout");
	json_array_end(json);
}

static void print_set(struct printer *printer, const struct ruleset *ruleset, const struct set *set)
{
	struct json *json = &printer->json;

	json_object_begin(json);
	name_value(json, "name", set->name);
	json_key(json, "type");
	json_array_begin(json);
	for (unsigned int i = 0; i < set->field_count; i++)
		json_string(json, field_info(set->fields[i])->name);
	json_array_end(json);
	if (set->flags & SET_MAP)
		name_value(json, "value", field_info(set->value)->name);
	print_flags(json, set->flags);
	if (set->size) {
		json_key(json, "size");
		json_unsigned(json, set->size);
	}
	json_key(json, set->flags & SET_TIMEOUT ? "possible" : "elements");
	json_array_begin(json);
	for (size_t i = 0; i < set->count && !(set->flags & SET_DYNAMIC); i++)
		print_element(printer, ruleset, set, set->elements + i * set->stride);
	json_array_end(json);
	json_object_end(json);
}

static void print_rule(
	struct printer *printer, const struct ruleset *ruleset, const struct rule *rule)
{
	struct json *json = &printer->json;

	json_object_begin(json);
	json_key(json, "rule");
	nftprint_rule(ruleset, rule, printer->scratch);
	string_from_scratch(printer);
	if (rule->line) {
		json_key(json, "line");
		json_unsigned(json, rule->line);
	}
	if (rule->comment)
		name_value(json, "comment", rule->comment);
	json_object_end(json);
}

static void print_chain(
	struct printer *printer, const struct ruleset *ruleset, const struct chain *chain)
{
	struct json *json = &printer->json;

	json_object_begin(json);
	name_value(json, "name", chain->name);
	if (chain->hook != HOOK_NONE) {
		name_value(json, "hook", nftprint_hook(chain->hook));
		json_key(json, "priority");
		json_signed(json, chain->priority);
		name_value(json, "policy", chain->policy_drop ? "drop" : "accept");
	}
	json_key(json, "rules");
	json_array_begin(json);
	for (size_t i = 0; i < chain->count; i++)
		print_rule(printer, ruleset, &chain->rules[i]);
	json_array_end(json);
	json_object_end(json);
	flush(printer);
}

static void print_strings(struct json *json, const char *key, char *const *texts, size_t count)
{
	json_key(json, key);
	json_array_begin(json);
	for (size_t i = 0; i < count; i++)
		json_string(json, texts[i]);
	json_array_end(json);
}

static void print_limits(struct json *json, const struct ruleset *ruleset)
{
	json_key(json, "limits");
	json_array_begin(json);
	for (size_t i = 0; i < ruleset->limit_count; i++) {
		const struct limit *limit = &ruleset->limits[i];

		json_object_begin(json);
		name_value(json, "name", limit->name);
		json_key(json, "rate");
		json_unsigned(json, limit->rate);
		name_value(json, "per", limit_period(limit->per_seconds));
		json_key(json, "burst");
		json_unsigned(json, limit->burst);
		json_object_end(json);
	}
	json_array_end(json);
}

static void print_ruleset(
	struct printer *printer, const struct ruleset *ruleset, unsigned int version)
{
	struct json *json = &printer->json;

	json_object_begin(json);
	json_key(json, "json_version");
	json_unsigned(json, version);
	name_value(json, "table", ruleset->table);
	name_value(json, "revision", ruleset->revision);
	print_strings(json, "counters", ruleset->counters, ruleset->counter_count);
	if (ruleset->limit_count > 0)
		print_limits(json, ruleset);
	json_key(json, "sets");
	json_array_begin(json);
	for (size_t i = 0; i < ruleset->set_count; i++)
		print_set(printer, ruleset, &ruleset->sets[i]);
	json_array_end(json);
	json_key(json, "chains");
	json_array_begin(json);
	for (size_t i = 0; i < ruleset->chain_count; i++)
		print_chain(printer, ruleset, &ruleset->chains[i]);
	json_array_end(json);
	if (ruleset->unknown_count > 0)
		print_strings(json, "unknown", ruleset->unknown, ruleset->unknown_count);
	json_object_end(json);
	json_newline(json);
	flush(printer);
}

int nftprint_json(const struct ruleset *ruleset, unsigned int version, FILE *out)
{
	struct printer printer = { .out = out };
	bool failed;

	printer.scratch = open_memstream(&printer.text, &printer.length);
	if (!printer.scratch)
		return -ENOMEM;
	json_init(&printer.json);
	print_ruleset(&printer, ruleset, version);
	failed = printer.json.failed || ferror(printer.scratch);
	json_clear(&printer.json);
	fclose(printer.scratch);
	free(printer.text);
	if (failed)
		return -ENOMEM;
	return ferror(out) ? -EIO : 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules as a snapshot's text, as the kernel tells them. */
#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "oracle.h"

static void put_bytes(FILE *out, const char *name, const uint8_t *bytes, unsigned int length)
{
	fprintf(out, "\"%s\":{\"value\":\"", name);
	for (unsigned int i = 0; i < length; i++)
		fprintf(out, "%02x", bytes[i]);
	fputs("\"}", out);
}

static void put_verdict(FILE *out, const struct oracle_verdict *verdict)
{
	fprintf(out, "\"data\":{\"verdict\":{\"code\":%u", (uint32_t)verdict->code);
	if (verdict->code == NFT_JUMP || verdict->code == NFT_GOTO)
		fprintf(out, ",\"chain\":\"c%u\"", verdict->chain);
	fputs("}}", out);
}

static void put_op(FILE *out, const struct oracle_op *op)
{
	/* The first of the registers of 4 bytes is number 8. */
	unsigned int place = NFT_REG32_00 + op->at / 4;
	static const char *const names[] = { "payload", "meta", "ct", "meta", "ct", "immediate",
		"cmp", "range", "bitwise", "lookup", "lookup", "counter", "immediate" };

	fprintf(out, "{\"name\":\"%s\",\"data\":{", names[op->kind]);
	switch (op->kind) {
	case ORACLE_PAYLOAD:
		fprintf(out, "\"dreg\":%u,\"base\":%u,\"offset\":%u,\"len\":%u", place, op->number,
			op->offset, op->length);
		break;
	case ORACLE_META:
		fprintf(out, "\"key\":%u,\"dreg\":%u", op->number, place);
		break;
	case ORACLE_CT:
		fprintf(out, "\"dreg\":%u,\"key\":%u", place, op->number);
		break;
	case ORACLE_SET_META:
	case ORACLE_SET_CT:
		fprintf(out, "\"key\":%u,\"sreg\":%u", op->number, place);
		break;
	case ORACLE_CONSTANT:
		fprintf(out, "\"dreg\":%u,\"data\":{", place);
		/* The braces of "value" are its own. */
		fputs("\"value\":\"", out);
		for (unsigned int i = 0; i < op->length; i++)
			fprintf(out, "%02x", op->a[i]);
		fputs("\"}", out);
		break;
	case ORACLE_CMP:
		fprintf(out, "\"sreg\":%u,\"op\":%u,", place, op->number);
		put_bytes(out, "data", op->a, op->length);
		break;
	case ORACLE_RANGE:
		fprintf(out, "\"sreg\":%u,\"op\":%u,", place, op->number);
		put_bytes(out, "from_data", op->a, op->length);
		fputc(',', out);
		put_bytes(out, "to_data", op->b, op->length);
		break;
	case ORACLE_BITWISE:
		fprintf(out, "\"sreg\":%u,\"dreg\":%u,\"len\":%u,\"op\":0,", place, place,
			op->length);
		put_bytes(out, "mask", op->a, op->length);
		fputc(',', out);
		put_bytes(out, "xor", op->b, op->length);
		break;
	case ORACLE_LOOKUP:
		fprintf(out, "\"set\":\"s%u\",\"sreg\":%u,\"flags\":%u", op->set, place,
			op->number);
		break;
	case ORACLE_VERDICT_MAP:
		fprintf(out, "\"set\":\"s%u\",\"sreg\":%u,\"dreg\":0,\"flags\":0", op->set, place);
		break;
	case ORACLE_COUNTER:
		fputs("\"bytes\":0,\"packets\":0", out);
		break;
	case ORACLE_VERDICT:
		fputs("\"dreg\":0,", out);
		put_verdict(out, &op->verdict);
		break;
	}
	fputs("}}", out);
}

static void put_chain(
	FILE *out, const struct oracle_chain *chain, unsigned int number, unsigned int *handle)
{
	fprintf(out, "%s{\"chain\":{\"table\":\"t\",\"name\":\"c%u\",\"handle\":%u",
		number ? "," : "", number, number + 1);
	if (chain->base)
		fprintf(out,
			",\"hook\":{\"hooknum\":%u,\"priority\":%u},\"policy\":%u,"
			"\"type\":\"filter\",\"flags\":1",
			chain->hook, (uint32_t)chain->priority, (uint32_t)chain->policy);
	fputs("},\"rules\":[", out);
	for (unsigned int i = 0; i < chain->count; i++) {
		fprintf(out, "%s{\"table\":\"t\",\"chain\":\"c%u\",\"handle\":%u,\"expressions\":[",
			i ? "," : "", number, ++*handle);
		for (unsigned int k = 0; k < chain->rules[i].count; k++) {
			fputs(k ? "," : "", out);
			put_op(out, &chain->rules[i].ops[k]);
		}
		fputs("]}", out);
	}
	fputs("]}", out);
}

/* The next number, byte by byte; false: there is none. */
static bool step_up(uint8_t *bytes, unsigned int length)
{
	while (length-- > 0)
		if (++bytes[length] != 0)
			return true;
	return false;
}

static void put_element(FILE *out, const struct oracle_set *set,
	const struct oracle_element *element, const char *comma)
{
	uint8_t end[ORACLE_KEY_BYTES];

	fputs(comma, out);
	fputc('{', out);
	put_bytes(out, "key", element->first, set->key_length);
	if (set->map) {
		fputc(',', out);
		put_verdict(out, &element->verdict);
	}
	if (set->kind == ORACLE_BOXES) {
		fputc(',', out);
		put_bytes(out, "key_end", element->last, set->key_length);
	}
	fputc('}', out);
	memcpy(end, element->last, sizeof(end));
	if (set->kind != ORACLE_INTERVAL || !step_up(end, set->lengths[0]))
		return;
	fputs(",{", out);
	put_bytes(out, "key", end, set->key_length);
	fprintf(out, ",\"flags\":%u}", NFT_SET_ELEM_INTERVAL_END);
}

static void put_set(FILE *out, const struct oracle_set *set, unsigned int number)
{
	unsigned int flags = (set->kind == ORACLE_SINGLE ? 0u : NFT_SET_INTERVAL) |
			     (set->kind == ORACLE_BOXES ? NFT_SET_CONCAT : 0u) |
			     (set->map ? NFT_SET_MAP : 0u);

	fprintf(out,
		"%s{\"set\":{\"table\":\"t\",\"name\":\"s%u\",\"handle\":%u,\"flags\":%u,"
		"\"key_type\":0,\"key_len\":%u",
		number ? "," : "", number, number + 100, flags, set->key_length);
	if (set->map)
		fputs(",\"data_type\":4294967040,\"data_len\":16", out);
	fputs(",\"desc\":{", out);
	for (unsigned int i = 0; set->kind == ORACLE_BOXES && i < set->slots; i++)
		fprintf(out, "%s{\"len\":%u}", i ? "," : "\"concat\":[", set->lengths[i]);
	fputs(set->kind == ORACLE_BOXES ? "]}},\"elements\":[" : "}},\"elements\":[", out);
	for (unsigned int i = 0; i < set->count; i++)
		put_element(out, set, &set->elements[i], i ? "," : "");
	fputs("]}", out);
}

char *oracle_text(const struct oracle_rules *rules)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	unsigned int handle = 1000;

	fputs("{\"hedate.snapshot\":1,\"generation\":1,\"time\":1,\"machine\":\"m\",\"tables\":["
	      "{\"family\":1,\"table\":{\"name\":\"t\",\"handle\":1,\"flags\":0},\"chains\":[",
		out);
	for (unsigned int i = 0; i < rules->chain_count; i++)
		put_chain(out, &rules->chains[i], i, &handle);
	fputs("],\"sets\":[", out);
	for (unsigned int i = 0; i < rules->set_count; i++)
		put_set(out, &rules->sets[i], i);
	fputs("],\"objects\":[],\"flowtables\":[]}],\"host\":null,\"connections\":null}\n", out);
	fclose(out);
	return text;
}

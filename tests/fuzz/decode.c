/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parsers of the kernel's netlink messages: any bytes, and real messages with bytes changed.
 *
 *	byte 0	odd: real messages, else any bytes
 *	real	u16 which message of a rule set, then (u16 where, u8 what) changes
 *	any	u8 type of the message, then its attributes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"
#include "compile.h"
#include "decode_impl.h"
#include "drift.h"
#include "nftgen.h"
#include "nftprint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define MESSAGE_MAX 65536

/* A batch of the closed rule set: chains, sets, elements, rules of nearly every kind. */
static struct {
	struct nlsock *socket;
	struct nftgen *batch;
	struct ruleset *ruleset;
	const uint8_t *messages[2000];
	size_t count;
} real;

static void load_real(void)
{
	const struct nlmsghdr *message;
	const void *bytes;
	size_t length;
	uint32_t last;
	int left;

	if (nlsock_open(&real.socket) < 0 || compile_closed(&real.ruleset) < 0 ||
		nftgen_new(real.socket, 0, &real.batch) < 0 ||
		nftgen_add_all(real.batch, real.ruleset) < 0 ||
		nftgen_finish(real.batch, &bytes, &length, &last) < 0)
		abort();
	message = bytes;
	for (left = (int)length; attrs_message_ok(message, left) && real.count < 2000;
		message = mnl_nlmsg_next(message, &left))
		real.messages[real.count++] = (const uint8_t *)message;
}

static size_t make_real(const uint8_t *bytes, size_t length, uint8_t *message)
{
	uint16_t number, where;
	const struct nlmsghdr *chosen;

	if (length < sizeof(number))
		return 0;
	memcpy(&number, bytes, sizeof(number));
	chosen = (const void *)real.messages[number % real.count];
	memcpy(message, chosen, chosen->nlmsg_len);
	for (size_t i = sizeof(number); i + 3 <= length; i += 3) {
		memcpy(&where, bytes + i, sizeof(where));
		if (chosen->nlmsg_len > NLMSG_HDRLEN)
			message[NLMSG_HDRLEN + where % (chosen->nlmsg_len - NLMSG_HDRLEN)] =
				bytes[i + 2];
	}
	return chosen->nlmsg_len;
}

static size_t make_any(const uint8_t *bytes, size_t length, uint8_t *message)
{
	struct nlmsghdr *header = (void *)message;

	if (length < 1 || length > MESSAGE_MAX - 64)
		return 0;
	memset(header, 0, sizeof(*header));
	header->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length - 1);
	header->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | bytes[0]);
	if (bytes[0] == 0xfe)
		header->nlmsg_type = NLMSG_ERROR;
	if (bytes[0] == 0xff)
		header->nlmsg_type = NLMSG_DONE;
	header->nlmsg_flags = NLM_F_ACK_TLVS | (length & 1 ? NLM_F_CAPPED : 0);
	memcpy(message + NLMSG_HDRLEN, bytes + 1, length - 1);
	return header->nlmsg_len;
}

static int count_element(const struct element *element, void *data)
{
	size_t *sum = data;

	for (size_t i = 0; i < element->key_length; i++)
		*sum += element->key[i];
	for (size_t i = 0; i < element->key_end_length; i++)
		*sum += element->key_end[i];
	for (size_t i = 0; i < element->data_length; i++)
		*sum += element->data[i];
	return 0;
}

/* What came of it can be compared and printed. */
static void use(struct ruleset *ruleset)
{
	FILE *out = fopen("/dev/null", "w");
	size_t count;

	ruleset_sort(ruleset);
	if (drift_compare(real.ruleset, ruleset, NULL, NULL, &count) < 0)
		abort();
	for (size_t i = 0; out && i < ruleset->chain_count; i++)
		for (size_t j = 0; j < ruleset->chains[i].count; j++)
			nftprint_rule(ruleset, &ruleset->chains[i].rules[j], out);
	if (out)
		fclose(out);
}

/* Of the length that it has, so that reading behind its end is seen. */
static void parse(const uint8_t *bytes, size_t length)
{
	static const nlsock_message callbacks[] = { decode_table_message, decode_chain_message,
		decode_set_message, decode_object_message, decode_flowtable_message,
		decode_rule_message };
	static const enum field_type host = FIELD_IPV4_ADDR;
	struct nlmsghdr *message = malloc(length);
	struct decoder decoder = { 0 };
	struct nlsock_error error = { 0 };
	size_t sum = 0;
	struct element_sink sink = { .function = count_element, .data = &sum };

	if (!message || ruleset_new("hedate", &decoder.ruleset) < 0)
		abort();
	memcpy(message, bytes, length);
	message->nlmsg_len = (uint32_t)length;
	/* Something for rules to stand in and refer to. */
	if (!ruleset_add_chain(decoder.ruleset, "forward"))
		abort();
	for (size_t i = 0; i < real.ruleset->chain_count; i++)
		(void)ruleset_add_chain(decoder.ruleset, real.ruleset->chains[i].name);
	for (size_t i = 0; i < real.ruleset->set_count; i++) {
		const struct set *set = &real.ruleset->sets[i];

		(void)ruleset_add_set(decoder.ruleset, set->name, set->flags, set->fields,
			set->field_count, set->value);
	}
	(void)ruleset_add_set(decoder.ruleset, "a", 0, &host, 1, FIELD_INVALID);
	(void)nlsock_outcome(message, &error);
	if (memchr(error.text, '\0', sizeof(error.text)) == NULL)
		abort();
	for (size_t i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++)
		(void)callbacks[i](message, &decoder);
	(void)decode_elements_message(message, &sink);
	use(decoder.ruleset);
	ruleset_free(decoder.ruleset);
	free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static uint8_t message[2 * MESSAGE_MAX + 65536] __attribute__((aligned(4)));
	size_t size;

	if (!real.count)
		load_real();
	if (length < 1)
		return 0;
	size = bytes[0] & 1 ? make_real(bytes + 1, length - 1, message)
			    : make_any(bytes + 1, length - 1, message);
	if (size >= NLMSG_HDRLEN)
		parse(message, size);
	return 0;
}

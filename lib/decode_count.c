/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What packets have counted: named counters, and elements of sets. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include "attr.h"
#include "decode_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const enum attr_kind counter_kinds[] = {
	[NFTA_COUNTER_BYTES] = ATTR_U64,
	[NFTA_COUNTER_PACKETS] = ATTR_U64,
	[NFTA_COUNTER_PAD] = ATTR_IGNORED,
};

/* A counter's packets and bytes; false when malformed. */
static bool counter_data(const struct nlattr *nest, struct counter_value *ret_value)
{
	const struct nlattr *table[COUNT(counter_kinds)];

	if (attrs_parse(attrs_of_nest(nest), counter_kinds, COUNT(counter_kinds), table) < 0)
		return false;
	ret_value->packets = attr_u64(table[NFTA_COUNTER_PACKETS], 0);
	ret_value->bytes = attr_u64(table[NFTA_COUNTER_BYTES], 0);
	return true;
}

bool decode_counter_expression(const struct nlattr *nest, struct counter_value *ret_value)
{
	static const enum attr_kind kinds[] = {
		[NFTA_EXPR_NAME] = ATTR_TEXT,
		[NFTA_EXPR_DATA] = ATTR_NEST,
	};
	const struct nlattr *table[COUNT(kinds)];

	if (attrs_parse(attrs_of_nest(nest), kinds, COUNT(kinds), table) < 0 ||
		!table[NFTA_EXPR_NAME] || !table[NFTA_EXPR_DATA] ||
		strcmp(attr_text(table[NFTA_EXPR_NAME]), "counter") != 0)
		return false;
	return counter_data(table[NFTA_EXPR_DATA], ret_value);
}

struct counter_sink {
	const char *table;
	decode_counter callback;
	void *data;
};

static int read_counter_message(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[NFTA_OBJ_MAX + 1];
	struct counter_sink *sink = data;
	struct counter_value value;

	if (decode_object_attributes(message, table) == -EBADMSG)
		return -EBADMSG;
	if (strcmp(attr_text(table[NFTA_OBJ_TABLE]), sink->table) != 0 ||
		attr_u32(table[NFTA_OBJ_TYPE], 0) != NFT_OBJECT_COUNTER)
		return 0;
	if (!table[NFTA_OBJ_DATA] || !counter_data(table[NFTA_OBJ_DATA], &value))
		return -EBADMSG;
	return sink->callback(attr_text(table[NFTA_OBJ_NAME]), value, sink->data);
}

struct one_counter {
	struct counter_value *value;
	bool found;
};

static int take_counter(const char *name, struct counter_value value, void *data)
{
	struct one_counter *one = data;

	(void)name;
	*one->value = value;
	one->found = true;
	return 0;
}

int decode_counter_named(
	struct nlsock *socket, const char *table, const char *name, struct counter_value *ret_value)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct one_counter one = { .value = ret_value };
	struct counter_sink sink = { .table = table, .callback = take_counter, .data = &one };
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETOBJ, NLM_F_ACK);
	int error;

	mnl_attr_put_strz(request, NFTA_OBJ_TABLE, table);
	mnl_attr_put_strz(request, NFTA_OBJ_NAME, name);
	mnl_attr_put_u32(request, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	error = nlsock_request(socket, request, read_counter_message, &sink);
	return error < 0 ? error : one.found ? 0 : -EBADMSG;
}

int decode_counters(struct nlsock *socket, const char *table, decode_counter callback, void *data)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct counter_sink sink = { .table = table, .callback = callback, .data = data };
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETTABLE, NLM_F_ACK);
	int error;

	/* A dump of what is not there is only empty. */
	mnl_attr_put_strz(request, NFTA_TABLE_NAME, table);
	error = nlsock_request(socket, request, NULL, NULL);
	if (error < 0)
		return error;
	request = decode_request(socket, buffer, NFT_MSG_GETOBJ, NLM_F_DUMP);
	mnl_attr_put_strz(request, NFTA_OBJ_TABLE, table);
	mnl_attr_put_u32(request, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
	return nlsock_request(socket, request, read_counter_message, &sink);
}

struct element_counter {
	decode_element callback;
	void *data;
};

static int count_element(const struct element *element, void *data)
{
	const struct element_counter *counter = data;
	uint8_t key[RULESET_KEY_MAX] = { 0 };
	unsigned int length = (unsigned int)(element->key_length + 3) / 4 * 4;

	if (!element->key || element->key_length > sizeof(key))
		return -EBADMSG;
	memcpy(key, element->key, element->key_length);
	return counter->callback(key, length, element->counter, counter->data);
}

struct decode_reading {
	struct nlsock *socket;
	struct element_counter counter;
	struct element_walk walk;
	uint32_t generation; /* at the beginning */
};

int decode_reading_begin(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data, struct decode_reading **ret_reading)
{
	struct decode_reading *reading = malloc(sizeof(*reading));
	int r;

	if (!reading)
		return -ENOMEM;
	reading->socket = socket;
	reading->counter = (struct element_counter){ .callback = callback, .data = data };
	r = nlsock_generation(socket, &reading->generation);
	if (r == 0)
		r = decode_walk_begin(
			socket, table, set, count_element, &reading->counter, &reading->walk);
	if (r < 0) {
		free(reading);
		return r;
	}
	*ret_reading = reading;
	return 0;
}

int decode_reading_step(struct decode_reading *reading)
{
	uint32_t after = 0;
	int r = decode_walk_step(reading->socket, &reading->walk);

	if (r != 0)
		return r;
	/* The kernel does not say of a dump of elements that a change got in its way. */
	r = nlsock_generation(reading->socket, &after);
	if (r < 0)
		return r;
	return reading->generation == after ? 0 : -EINTR;
}

void decode_reading_end(struct decode_reading *reading)
{
	free(reading);
}

int decode_elements(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data)
{
	struct decode_reading *reading;
	int r = decode_reading_begin(socket, table, set, callback, data, &reading);

	if (r < 0)
		return r;
	do {
		r = decode_reading_step(reading);
	} while (r > 0);
	decode_reading_end(reading);
	return r;
}

int decode_known(struct nlsock *socket, const char *table, const char *set, const uint8_t *keys,
	unsigned int key_length, size_t count, decode_element callback, void *data)
{
	struct element_counter counter = { .callback = callback, .data = data };

	return decode_walk_known(
		socket, table, set, keys, key_length, key_length, count, count_element, &counter);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Elements of sets as the kernel tells of them: dumped, or asked for by their keys. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include "attr.h"
#include "decode_impl.h"

static void read_key(const struct nlattr *nest, const uint8_t **ret_key, size_t *ret_length)
{
	const struct nlattr *value = decode_value(nest);

	*ret_key = value ? attr_value(value) : NULL;
	*ret_length = value ? attr_length(value) : 0;
}

static void read_element_value(const struct nlattr *nest, struct element *element)
{
	struct attrs attrs = attrs_of_nest(nest);
	const struct nlattr *attr = attrs_next(&attrs);

	if (attr && attr_type(attr) == NFTA_DATA_VALUE) {
		element->data = attr_value(attr);
		element->data_length = attr_length(attr);
	} else {
		element->verdict = nest;
	}
}

static void read_milliseconds(const struct nlattr *attr, uint64_t *ret_value, bool *unknown)
{
	if (attr_length(attr) == sizeof(uint64_t))
		*ret_value = attr_u64(attr, 0);
	else
		*unknown = true;
}

/* Not through attrs_parse(): there are hundreds of thousands of them. */
static void read_element(const struct nlattr *item, struct element *element)
{
	struct attrs attrs = attrs_of_nest(item);
	const struct nlattr *attr;

	*element = (struct element){ 0 };
	while ((attr = attrs_next(&attrs)) != NULL) {
		switch (attr_type(attr)) {
		case NFTA_SET_ELEM_KEY:
			read_key(attr, &element->key, &element->key_length);
			break;
		case NFTA_SET_ELEM_KEY_END:
			read_key(attr, &element->key_end, &element->key_end_length);
			break;
		case NFTA_SET_ELEM_DATA:
			read_element_value(attr, element);
			break;
		case NFTA_SET_ELEM_FLAGS:
			if (attr_length(attr) == sizeof(uint32_t))
				element->flags = attr_u32(attr, 0);
			else
				element->unknown = true;
			break;
		case NFTA_SET_ELEM_TIMEOUT:
			read_milliseconds(attr, &element->timeout, &element->unknown);
			break;
		case NFTA_SET_ELEM_EXPIRATION:
			read_milliseconds(attr, &element->expiration, &element->unknown);
			break;
		case NFTA_SET_ELEM_EXPR:
			element->has_counter = decode_counter_expression(attr, &element->counter);
			element->unknown |= !element->has_counter;
			break;
		case NFTA_SET_ELEM_USERDATA:
		case NFTA_SET_ELEM_PAD:
			break;
		default:
			element->unknown = true;
		}
	}
	element->unknown |= attrs.left != 0;
}

int decode_elements_message(const struct nlmsghdr *message, void *data)
{
	struct element_sink *sink = data;
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr, *item;

	while ((attr = attrs_next(&attrs)) != NULL) {
		struct attrs items;

		if (attr_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS)
			continue;
		items = attrs_of_nest(attr);
		while ((item = attrs_next(&items)) != NULL) {
			struct element element;
			int error;

			read_element(item, &element);
			error = sink->function(&element, sink->data);
			if (error < 0)
				return error;
			sink->count++;
		}
		if (items.left)
			return -EBADMSG;
	}
	return attrs.left ? -EBADMSG : 0;
}

static struct nlmsghdr *element_request(
	struct nlsock *socket, void *buffer, const char *table, const char *set, unsigned int flags)
{
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETSETELEM, flags);

	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, table);
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, set);
	return request;
}

int decode_walk(struct nlsock *socket, const char *table, const char *set,
	element_function function, void *data)
{
	struct element_walk walk;
	int r = decode_walk_begin(socket, table, set, function, data, &walk);

	while (r > 0)
		r = decode_walk_step(socket, &walk);
	return r;
}

int decode_walk_begin(struct nlsock *socket, const char *table, const char *set,
	element_function function, void *data, struct element_walk *ret_walk)
{
	void *buffer = malloc(DECODE_REQUEST_MAX);
	int error;

	if (!buffer)
		return -ENOMEM;
	ret_walk->sink = (struct element_sink){ .function = function, .data = data };
	error = nlsock_begin(socket, element_request(socket, buffer, table, set, NLM_F_DUMP),
		decode_elements_message, &ret_walk->sink, &ret_walk->answer);
	free(buffer);
	return error < 0 ? error : 1;
}

int decode_walk_step(struct nlsock *socket, struct element_walk *walk)
{
	return nlsock_step(socket, &walk->answer);
}

static void put_key(struct nlmsghdr *request, const uint8_t *key, unsigned int length)
{
	struct nlattr *item = mnl_attr_nest_start(request, NFTA_LIST_ELEM);
	struct nlattr *nest = mnl_attr_nest_start(request, NFTA_SET_ELEM_KEY);

	mnl_attr_put(request, NFTA_DATA_VALUE, length, key);
	mnl_attr_nest_end(request, nest);
	mnl_attr_nest_end(request, item);
}

/* Keys of one request: the list's length has 16 bits. Each is answered by a message of its own,
 * all of which wait in the socket at once. */
#define KNOWN_KEYS_MAX	500
#define KNOWN_KEY_BYTES (RULESET_KEY_MAX + 12)
static_assert(KNOWN_KEYS_MAX * KNOWN_KEY_BYTES < 60000, "the list would not fit");

/* One request. The kernel answers key after key and stops at the first one that is absent. */
static int ask(struct nlsock *socket, void *buffer, const char *table, const char *set,
	const uint8_t *keys, unsigned int length, size_t stride, size_t count,
	struct element_sink *sink)
{
	struct nlmsghdr *request = element_request(socket, buffer, table, set, NLM_F_ACK);
	struct nlattr *list = mnl_attr_nest_start(request, NFTA_SET_ELEM_LIST_ELEMENTS);

	for (size_t i = 0; i < count; i++)
		put_key(request, keys + i * stride, length);
	mnl_attr_nest_end(request, list);
	return nlsock_request(socket, request, decode_elements_message, sink);
}

static int check_set(struct nlsock *socket, void *buffer, const char *table, const char *set)
{
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETSET, NLM_F_ACK);

	mnl_attr_put_strz(request, NFTA_SET_TABLE, table);
	mnl_attr_put_strz(request, NFTA_SET_NAME, set);
	return nlsock_request(socket, request, NULL, NULL);
}

int decode_walk_known(struct nlsock *socket, const char *table, const char *set,
	const uint8_t *keys, unsigned int length, size_t stride, size_t count,
	element_function function, void *data)
{
	void *buffer = malloc(DECODE_REQUEST_MAX);
	size_t chunk = KNOWN_KEYS_MAX;
	int error;

	if (!buffer)
		return -ENOMEM;
	/* After this, ENOENT can only mean an element. */
	error = check_set(socket, buffer, table, set);
	for (size_t i = 0; i < count && error == 0;) {
		struct element_sink sink = { .function = function, .data = data };
		size_t asked = count - i < chunk ? count - i : chunk;

		error = ask(socket, buffer, table, set, keys + i * stride, length, stride, asked,
			&sink);
		i += sink.count;
		if (error == -ENOENT) {
			i++;
			error = 0;
		} else if (error == -ENOBUFS && chunk > 1) {
			chunk /= 2;
			error = 0;
		}
	}
	free(buffer);
	return error;
}

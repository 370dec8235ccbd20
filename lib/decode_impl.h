/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of decode. The functions that take a message may be given any bytes that are a
 * complete message (attrs_message_ok).
 */
#ifndef HEDATE_DECODE_IMPL_H
#define HEDATE_DECODE_IMPL_H

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <stdbool.h>

#include "decode.h"

/* A table that is being read. */
struct decoder {
	struct ruleset *ruleset;
	const char *only_chain; /* NULL: rules of all chains */
	bool foreign;		/* see decode_names() */
};

/* Requests are small but for lists of keys. */
#define DECODE_REQUEST_MAX (72u << 10)
#define DECODE_TEXT_MAX	   300 /* of a text in ruleset.unknown */

/* Begin a request of the socket's family in buffer, at least DECODE_REQUEST_MAX bytes. */
struct nlmsghdr *decode_request(
	struct nlsock *socket, void *buffer, unsigned int type, unsigned int flags);

/* Note something that the rule set cannot hold. 0, or -ENOMEM. */
__attribute__((format(printf, 2, 3))) int decode_unknown(
	struct ruleset *ruleset, const char *format, ...);

/* Callbacks of nlsock_request(); data is a struct decoder. */
int decode_table_message(const struct nlmsghdr *message, void *data);
int decode_chain_message(const struct nlmsghdr *message, void *data);
int decode_set_message(const struct nlmsghdr *message, void *data);
int decode_object_message(const struct nlmsghdr *message, void *data);
int decode_flowtable_message(const struct nlmsghdr *message, void *data);
int decode_rule_message(const struct nlmsghdr *message, void *data);

struct nlattr;

/* The attributes of a stateful object, by NFTA_OBJ_*; table and name are there. 0; -EBADMSG;
 * -EOPNOTSUPP when it has an attribute that is not known. */
int decode_object_attributes(
	const struct nlmsghdr *message, const struct nlattr *ret_table[NFTA_OBJ_MAX + 1]);
/* Expressions of a rule, a list, added to rule as statements. 0, or -ENOMEM. */
int decode_expressions(const struct ruleset *ruleset, const struct nlattr *list, struct rule *rule);
/* A verdict nest. 0; -EOPNOTSUPP for one that is not known, or malformed. *ret_chain is borrowed
 * from the message, NULL for a verdict without one. */
int decode_verdict(const struct nlattr *nest, enum verdict *ret_verdict, const char **ret_chain);
/* A value inside a data nest; NULL when there is none. */
const struct nlattr *decode_value(const struct nlattr *nest);
/* An expression nest is a counter? Then its value. */
bool decode_counter_expression(const struct nlattr *nest, struct counter_value *ret_value);

/* One element as it came, pointing into the message. */
struct element {
	const uint8_t *key, *key_end, *data; /* NULL: none */
	size_t key_length, key_end_length, data_length;
	const struct nlattr *verdict;
	uint32_t flags;
	uint64_t timeout, expiration; /* milliseconds; 0: none */
	bool has_counter;
	bool unknown; /* has something that this version does not know */
	struct counter_value counter;
};
typedef int (*element_function)(const struct element *element, void *data);

struct element_sink {
	element_function function;
	void *data;
	size_t count; /* elements seen */
};
/* Callback of nlsock_request(); data is a struct element_sink. */
int decode_elements_message(const struct nlmsghdr *message, void *data);

/* Dump a set / ask for elements by key: count keys of length bytes, stride bytes apart. */
int decode_walk(struct nlsock *socket, const char *table, const char *set,
	element_function function, void *data);
/* The same by pieces (nlsock_begin()): both return 1 while there is more, 0, or negative errno. The
 * walk stays where it is until then. */
struct element_walk {
	struct element_sink sink;
	struct nlsock_answer answer;
};
int decode_walk_begin(struct nlsock *socket, const char *table, const char *set,
	element_function function, void *data, struct element_walk *ret_walk);
int decode_walk_step(struct nlsock *socket, struct element_walk *walk);
int decode_walk_known(struct nlsock *socket, const char *table, const char *set,
	const uint8_t *keys, unsigned int length, size_t stride, size_t count,
	element_function function, void *data);

/* The elements of a set of ruleset that was defined by decode_set_message(). */
int decode_set_elements(
	struct nlsock *socket, struct ruleset *ruleset, size_t index, const struct ruleset *like);

#endif

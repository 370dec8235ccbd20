/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing rules into a rule set, one statement after the other. The first failure is kept and
 * makes all further calls do nothing, so that a caller checks once, at the end. Statements go to
 * the rule begun last, rules to the chain begun last.
 */
#ifndef HEDATE_RULEMAKE_H
#define HEDATE_RULEMAKE_H

#include <stdbool.h>

#include "addrset.h"
#include "ruleset.h"

struct maker {
	struct ruleset *ruleset; /* borrowed */
	int error;		 /* 0, -ENOMEM, or -EEXIST: taken holds the name */
	char taken[RULESET_NAME_MAX + 1];
	size_t chain; /* index of the chain begun last */
};

/* Selectors of a lookup, in order. */
struct selectors {
	enum selector list[RULESET_FIELDS_MAX];
	unsigned int count;
};

void make_chain(struct maker *maker, const char *name);
void make_base_chain(struct maker *maker, const char *name, enum hook hook, int priority);
void make_rule(struct maker *maker, unsigned int line);

/* selector == value, or != with negate. A mask of 0 means all bits. */
void make_test(struct maker *maker, enum selector selector, uint32_t value);
void make_test_mask(
	struct maker *maker, enum selector selector, uint32_t mask, uint32_t value, bool negate);
/* meta nfproto, meta l4proto: what later selectors of the rule need. */
void make_family(struct maker *maker, enum addr_family family);
void make_protocol(struct maker *maker, uint8_t protocol);
void make_interface(struct maker *maker, enum selector selector, const char *name);
/* A MAC address: SEL_ETHER_SADDR, SEL_ETHER_DADDR. */
void make_device(struct maker *maker, enum selector selector, const uint8_t mac[MAC_LENGTH]);
/* Address in a prefix; its family was tested before. */
void make_prefix(struct maker *maker, enum selector selector, enum addr_family family,
	const uint8_t *bytes, unsigned int length);
/* STMT_LOOKUP, STMT_VMAP, STMT_CT_MARK_MAP, STMT_ADD. */
void make_keyed(struct maker *maker, enum statement_kind kind, const struct selectors *selectors,
	const char *set);
void make_lookup_not(struct maker *maker, const struct selectors *selectors, const char *set);
/* meta mark = (meta mark & mask) | value */
void make_mark(struct maker *maker, uint32_t mask, uint32_t value);
void make_counter(struct maker *maker, const char *counter);
/* Go on only when the named limit has none left. */
void make_limit(struct maker *maker, const char *limit);
void make_log(struct maker *maker, const char *prefix, uint16_t group, uint32_t snaplen);
void make_verdict(struct maker *maker, enum verdict verdict, const char *chain);
void make_comment(struct maker *maker, const char *comment);

void make_counter_object(struct maker *maker, const char *name);
void make_limit_object(
	struct maker *maker, const char *name, uint32_t rate, uint32_t per_seconds, uint32_t burst);
/* NULL on failure. */
struct set *make_set(struct maker *maker, const char *name, unsigned int flags,
	const enum field_type *fields, unsigned int field_count, enum field_type value);
void make_element(struct maker *maker, struct set *set, const uint8_t *key, const uint8_t *key_end,
	uint32_t value, unsigned int line);
/* A verdict map's element: goto chain, or accept when chain is NULL. */
void make_element_goto(struct maker *maker, struct set *set, const uint8_t *key, const char *chain);

#endif

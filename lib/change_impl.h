/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of change.h share: a table of keys for each kind of thing in a policy. A key
 * writes itself as text; two texts that are the same are no difference, so each key's text says all
 * of it.
 */
#ifndef HEDATE_CHANGE_IMPL_H
#define HEDATE_CHANGE_IMPL_H

#include "addrset.h"
#include "change.h"

/* A text that grows. */
struct change_text {
	char *bytes; /* owned */
	size_t length, room;
	bool failed; /* out of memory */
};
__attribute__((format(printf, 2, 3))) void change_put(
	struct change_text *text, const char *format, ...);
void change_put_text(struct change_text *text, const char *words);
/* What goes between the words of a list: nothing before the first. */
void change_put_comma(struct change_text *text);
/* "10.1.0.0/24, 10.2.0.5-10.2.0.9, fd00::/64", after what the text has already. */
void change_put_sets(struct change_text *text, const struct addrset sets[ADDR_FAMILIES]);
/* "tcp 443, 8443; udp 53"; all of it. */
void change_put_entries(struct change_text *text, const struct policy_service *service);

/* A thing on one side of the comparison: a zone, a path ...; of settings the policy itself. */
struct change_side {
	const struct policy *policy;
	const void *object;
};

/* What a value did; or-ed. */
enum change_relation {
	CHANGE_GREW = 1,   /* it has what it had not */
	CHANGE_SHRANK = 2, /* it has no more what it had */
};
#define CHANGE_OTHER (CHANGE_GREW | CHANGE_SHRANK)

struct change_key {
	const char *name;
	void (*put)(struct change_text *text, const struct change_side *side, size_t offset);
	size_t offset; /* in the object, of what put and relate look at */
	/* Relations of values whose texts differ, or -ENOMEM. NULL: CHANGE_OTHER. */
	int (*relate)(
		const struct change_side *before, const struct change_side *after, size_t offset);
	unsigned int grew, shrank;   /* effects of the relations */
	unsigned int added, removed; /* effects of a thing that comes, or goes, with this key */
};

struct change_kind {
	enum change_what what;
	size_t (*count)(const struct policy *policy);
	const void *(*at)(const struct policy *policy, size_t index);
	/* Its name, unique among its kind, into text. Nothing: it is left out. */
	void (*name)(struct change_text *text, const struct change_side *side);
	const struct change_key *keys; /* the last has no name */
	unsigned int added, removed;   /* effects */
};

/* Members of an object at an offset: a string that may be NULL, a number, a flag. */
void change_put_string(struct change_text *text, const struct change_side *side, size_t offset);
void change_put_number(struct change_text *text, const struct change_side *side, size_t offset);
void change_put_flag(struct change_text *text, const struct change_side *side, size_t offset);
/* Two sets of addresses in an array. */
void change_put_addresses(struct change_text *text, const struct change_side *side, size_t offset);

int change_relate_number(
	const struct change_side *before, const struct change_side *after, size_t offset);
/* 0 is more than any other. */
int change_relate_limit(
	const struct change_side *before, const struct change_side *after, size_t offset);
/* From false to true, from 0 to something, from "" to a text: it grew; else CHANGE_OTHER. */
int change_relate_flag(
	const struct change_side *before, const struct change_side *after, size_t offset);
int change_relate_string(
	const struct change_side *before, const struct change_side *after, size_t offset);
int change_relate_addresses(
	const struct change_side *before, const struct change_side *after, size_t offset);
/* Of sets. */
int change_relate_sets(const struct addrset *before, const struct addrset *after);
/* Whatever it is, it has no effect. */
int change_relate_not(
	const struct change_side *before, const struct change_side *after, size_t offset);

extern const struct change_key change_settings[]; /* change_setting.c */
extern const struct change_kind change_places[];  /* change_place.c; the last has no count */
extern const struct change_kind change_paths[];	  /* change_path.c */
extern const struct change_kind change_claims[];  /* change_claim.c */

#endif

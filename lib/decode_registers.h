/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of a rule that is being decoded, followed from the expression that loads them to
 * the one that reads them: what was loaded, and the mask that was put on it.
 */
#ifndef HEDATE_DECODE_REGISTERS_H
#define HEDATE_DECODE_REGISTERS_H

#include "attr.h"
#include "implied.h"
#include "ruleset.h"

#define SLOTS 16 /* registers of four bytes each */

enum slot_kind {
	SLOT_EMPTY,    /* not known */
	SLOT_LOADED,   /* part of what a selector loads */
	SLOT_CONSTANT, /* an immediate value */
	SLOT_MAPPED,   /* the value that a map gave */
	SLOT_IIFTYPE,  /* the type of the incoming interface */
};

struct slot {
	enum slot_kind kind;
	enum selector selector;
	unsigned int part;   /* which four bytes of the loaded value */
	unsigned int length; /* of the whole loaded value */
	bool used;
	bool masked;
	uint8_t keep[4], flip[4]; /* (value & keep) ^ flip; CONSTANT: flip is the value */
};

struct reader {
	const struct ruleset *ruleset;
	struct rule *rule;
	struct slot slots[SLOTS];
	struct implied known;
	bool ether_waits;      /* tested for Ethernet, and nothing has needed it yet */
	bool map_waits;	       /* a map was looked up, and its value not yet used */
	struct statement map;  /* that lookup; name is borrowed from the set */
	unsigned int map_slot; /* where its value is */
};

/* Expression "cmp": 0, -EOPNOTSUPP when it is opaque, -ENOMEM. */
int decode_comparison(struct reader *reader, struct attrs attrs);

/* Each: 0, or -ENOMEM. */

/* Say that something is not known, by the name of its expression. */
int reader_opaque(struct reader *reader, const char *name);
/* What waits for its use must stand directly before it; where next (NULL: no comparison, and
 * nothing with selectors) does not use it, no statement would say it, and it becomes opaque. */
int reader_settle(struct reader *reader, const struct statement *next);
/* Add a statement; its name is copied. */
int reader_add(struct reader *reader, const struct statement *wanted);
/* Slots are written anew. A load that nothing has read still ends the rule when it fails, which no
 * statement says: opaque. */
int reader_forget_slots(struct reader *reader, unsigned int first, unsigned int count);
/* What the selector would load has changed: copies of it in registers are not that any more. */
int reader_forget(struct reader *reader, enum selector selector);

/* The first slot of a register that length bytes fit into; -1 for none such. */
int reader_slot(uint32_t number, unsigned int length);
/* Was everything tested that the selector needs? */
bool reader_tested(const struct reader *reader, const struct selector_info *info);
/* The selector that loads this, given what was tested; an address also by its first bytes.
 * SEL_COUNT: none. */
enum selector reader_selector(const struct reader *reader, enum selector_source source,
	uint32_t key, uint32_t offset, unsigned int length);
/* Load into a register. 0, -EOPNOTSUPP for one that does not exist, -ENOMEM. */
int reader_load(struct reader *reader, uint32_t number, enum slot_kind kind, enum selector selector,
	unsigned int length);
/* Is one whole value of length bytes at number? Its first slot, marked as used; NULL if not. */
struct slot *reader_value(
	struct reader *reader, uint32_t number, enum slot_kind kind, unsigned int length);

#endif

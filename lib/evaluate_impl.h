/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the interpreter share. */
#ifndef HEDATE_EVALUATE_IMPL_H
#define HEDATE_EVALUATE_IMPL_H

#include "evaluate.h"

struct evaluation {
	const struct ruleset *ruleset;
	const struct eval_packet *packet;
	struct eval_result *result;
	unsigned int steps;
	eval_visitor visitor; /* or NULL */
	void *data;
	unsigned int line; /* of the last element that the rule found */
};

/* It cannot be told, because of this. The first doubt stays. */
void eval_doubt(struct evaluation *run, enum eval_doubt doubt, const char *name);

/* evaluate_load.c. Load a selector in register form. False: the kernel's expression would break
 * off and the rule not match, or a doubt was raised. */
bool eval_load(struct evaluation *run, enum selector selector, uint8_t bytes[16]);
/* The key of a statement for its set. False as above. */
bool eval_load_key(struct evaluation *run, const struct statement *statement, const struct set *set,
	uint8_t key[RULESET_KEY_MAX]);
/* The set of a statement; NULL after a doubt. */
const struct set *eval_set(struct evaluation *run, const struct statement *statement);
/* The element that holds a key, or NULL; more than one is a doubt. */
const uint8_t *eval_find(struct evaluation *run, const struct set *set, const uint8_t *key);

#endif

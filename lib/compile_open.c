/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule set that blocks nothing: see compile.h. */
#include <string.h>

#include "compile_internal.h"

static const struct selectors packet_mark = { { SEL_META_MARK }, 1 };

/* Packets of everybody else have mark 0 here; what another table has marked is judged as ever. */
void open_set(struct compiler *compiler)
{
	static const enum field_type fields[] = { FIELD_MARK };
	const uint8_t nothing[4] = { 0 };
	struct set *set;

	if (!compiler->open)
		return;
	set = make_set(&compiler->make, SET_OPEN, SET_TIMEOUT, fields, 1, FIELD_INVALID);
	if (set)
		make_element(&compiler->make, set, nothing, NULL, 0, 0);
	make_counter_object(&compiler->make, COUNTER_OPEN);
}

void open_accept(struct compiler *compiler, bool count)
{
	struct maker *make = &compiler->make;

	if (!compiler->open)
		return;
	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &packet_mark, SET_OPEN);
	if (count)
		make_counter(make, COUNTER_OPEN);
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

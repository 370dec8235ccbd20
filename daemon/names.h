/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts that many entries share, by number: log prefixes, names of interfaces. */
#ifndef HEDATE_NAMES_H
#define HEDATE_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/strmap.h"

#define NAMES_MAX  UINT16_MAX
#define NAMES_NONE UINT16_MAX

/* All zero is an empty one. */
struct names {
	char **texts;
	size_t count, room;
	struct strmap numbers;
};

/* The text's number, a new one if need be; NAMES_NONE for "", when there are too many, and when
 * memory is out. */
uint16_t names_add(struct names *names, const char *text);
/* "" for NAMES_NONE. */
const char *names_text(const struct names *names, uint16_t number);
void names_clear(struct names *names);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rule at the end of a TZif file, as POSIX writes TZ: "CET-1CEST,M3.5.0,M10.5.0/3". */
#ifndef HEDATE_ZONETIME_RULE_H
#define HEDATE_ZONETIME_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_form {
	RULE_JULIAN,  /* Jn: day 1..365, without 29 February */
	RULE_DAY,     /* n: day 0..365 */
	RULE_WEEKDAY, /* Mm.w.d: the w-th (5: last) weekday d (0: Sunday) of month m */
};

/* When the clock is changed, every year. */
struct rule_date {
	enum rule_form form;
	int day, month, week;
	int32_t seconds; /* after 00:00 of that day, -167..167 hours */
};

struct zone_rule {
	int32_t standard, summer; /* offsets, seconds ahead of UTC */
	bool has_summer;
	struct rule_date begin, end; /* of summer time; the seconds are of the time before it */
};

/* Parse it, without what is around it. 0, or -EBADMSG. */
int zone_rule_parse(const char *text, size_t length, struct zone_rule *ret_rule);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t instant);
/* The first change after an instant; INT64_MAX for a rule without summer time. */
int64_t zone_rule_next(const struct zone_rule *rule, int64_t instant);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated says of its status, for people as a table, and for programs as JSON. */
#ifndef HEDATE_STATUSVIEW_H
#define HEDATE_STATUSVIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/json.h"
#include "cmd.h"
#include "ctlclient.h"

/* Blocked packets: kernel = recorded + lost + pending. */
struct status_equation {
	uint64_t kernel, recorded, lost, pending;
	bool known; /* all four of them */
	bool holds;
};

/* The sum is done here again: a daemon that says "balanced" of numbers that are not is in error. */
struct status_equation statusview_equation(const struct ctl_fields *status);

/* Both: 0, or EXIT_FAILED, which was said. */
int statusview_print(const struct cli *cli, const struct ctl_fields *status,
	const struct status_equation *equation);
int statusview_print_json(const struct ctl_fields *status);

/* The parts of a text, between separators and spaces, as an array. */
void statusview_put_list(struct json *json, const char *pairs, char separator);

#endif

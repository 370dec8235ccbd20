/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alerts of a configuration: fed with the log's records, they run their commands. */
#ifndef HEDATE_ALERTS_H
#define HEDATE_ALERTS_H

#include "../lib/alert.h"
#include "cmd.h"

struct alerts;

/* Of a configuration file. NULL with an exit code after complaints. */
struct alerts *alerts_read(const struct cli *cli, const char *file, int *ret_exit);
/* Waits for commands that still run. Accepts NULL. */
void alerts_free(struct alerts *alerts);

/* Of the configuration. */
const char *alerts_revision(const struct alerts *alerts);
size_t alerts_count(const struct alerts *alerts);
const struct policy_alert *alerts_rule(const struct alerts *alerts, size_t index);
/* SIZE_MAX: there is none. */
size_t alerts_find(const struct alerts *alerts, const char *name);

/* A record of the log: with what it leads to, commands are run. EXIT_OK, or EXIT_FAILED when memory
 * has run out. */
int alerts_take(struct alerts *alerts, const char *line, const struct log_record *record);
/* As time passes: what had to wait, and the ends of commands. */
void alerts_tick(struct alerts *alerts);

/* Nothing is run: what would have been is handed to function, by the time of the records. */
typedef void (*alerts_would)(
	const struct policy_alert *rule, int64_t time, const struct alert_told *told, void *data);
void alerts_only_show(struct alerts *alerts, alerts_would function, void *data);

/* Run the command of one as if there had been an alert, and wait for it. Did it go well? */
bool alerts_try(struct alerts *alerts, size_t index);

#endif

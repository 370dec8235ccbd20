/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate status --check: all that calls for somebody, as one line and an exit status of monitoring
 * plugins.
 */
#ifndef HEDATE_STATUSCHECK_H
#define HEDATE_STATUSCHECK_H

#include "ctlclient.h"

/* As monitoring plugins have them (Nagios, Icinga, Zabbix). 2 is also that of a wrong command line,
 * 3 also that of a daemon that does not answer: both are worth a look. */
enum check_level {
	CHECK_OK = 0,
	CHECK_WARNING = 1,
	CHECK_CRITICAL = 2,
	CHECK_UNKNOWN = 3,
};

#define STATUSCHECK_MAX 2048

struct statuscheck {
	enum check_level level;
	size_t problems;
	char text[STATUSCHECK_MAX]; /* what is wrong, the worst first, "; " between; "" for nothing
				     */
};

/* balanced: the equation of blocked packets holds. In the caller's language. */
void statuscheck_judge(
	const struct ctl_fields *status, bool balanced, struct statuscheck *ret_check);

/* "OK", "WARNING", ...: never translated, programs look for it. */
const char *statuscheck_level_name(enum check_level level);

#endif

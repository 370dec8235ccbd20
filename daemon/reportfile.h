/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports as files of JSON (report_json.h). */
#ifndef HEDATE_REPORTFILE_H
#define HEDATE_REPORTFILE_H

#include <stdint.h>

#include "../lib/report_json.h"

#define REPORTFILE_DIGEST 32

/* Read one; digest: SHA-256 of its bytes, may be NULL. 0 with *ret_report, the caller's; -ENOMEM;
 * other negative errno with the problem in words. */
int reportfile_read(const char *name, uint8_t digest[REPORTFILE_DIGEST],
	char problem[REPORT_PROBLEM_MAX], struct report **ret_report);

/* Write it as a new file, on disk. 0, or negative errno. */
int reportfile_write(const char *name, const struct report *report);
/* The same with any bytes. */
int reportfile_put(const char *name, const char *text, size_t length);

#endif

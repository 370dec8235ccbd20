/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <sodium.h>

#include "../lib/errtext.h"
#include "../lib/fileio.h"
#include "newfile.h"

#define SIZE_LARGEST ((size_t)256 << 20)

int reportfile_read(const char *name, uint8_t digest[REPORTFILE_DIGEST],
	char problem[REPORT_PROBLEM_MAX], struct report **ret_report)
{
	char *text = NULL;
	size_t length = 0;
	int r = fileio_load_path(name, SIZE_LARGEST, &text, &length);

	if (r < 0) {
		snprintf(problem, REPORT_PROBLEM_MAX, "%s", errtext(r));
		return r;
	}
	if (digest)
		crypto_hash_sha256(digest, (const unsigned char *)text, length);
	r = report_load(text, length, problem, ret_report);
	free(text);
	return r;
}

int reportfile_put(const char *name, const char *text, size_t length)
{
	struct newfile file;
	int r = newfile_begin(&file, name);

	if (r < 0)
		return r;
	r = fileio_write(write, file.fd, text, length, NULL);
	if (r == 0)
		r = newfile_finish(&file, false);
	newfile_abandon(&file);
	return r;
}

int reportfile_write(const char *name, const struct report *report)
{
	struct json json;
	int r;

	json_init(&json);
	report_write(report, &json);
	json_newline(&json);
	r = json.failed ? -ENOMEM : reportfile_put(name, json.text, json.length);
	json_clear(&json);
	return r;
}

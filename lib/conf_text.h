/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a configuration file before anything is read from it: may it be read at all, and
 * where in it is a byte? Internal to conf.
 */
#ifndef HEDATE_CONF_TEXT_H
#define HEDATE_CONF_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "diag.h"

#define CONF_LINE_MAX 16384 /* bytes of a line; keeps the search for a column short */

struct conf_text {
	const char *name;   /* of the file, borrowed */
	const char *bytes;  /* borrowed */
	size_t length;	    /* at most CONF_SIZE_MAX */
	uint32_t *newlines; /* owned: how many there are before each block */
};

/* 0, or -ENOMEM. */
int conf_text_init(struct conf_text *text, const char *name, const char *bytes, size_t length);
void conf_text_clear(struct conf_text *text);

/* Line and column of a byte. */
struct diag_loc conf_text_loc(const struct conf_text *text, size_t offset);

/* UTF-8 without control characters, of lines that are not too long? 0, or -EINVAL with
 * diagnostics. */
int conf_text_check(const struct conf_text *text, struct diag_list *diags);

/*
 * Read a whole file into memory that the caller frees. Refused with a diagnostic (-EINVAL): not a
 * regular file, larger than CONF_SIZE_MAX, owned by somebody else than root or the caller, writable
 * by others. -ENOMEM.
 */
int conf_text_read(
	int fd, const char *name, struct diag_list *diags, char **ret_bytes, size_t *ret_length);

#endif

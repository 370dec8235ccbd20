/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file as a whole, into memory. */
#ifndef HEDATE_WHOLEFILE_H
#define HEDATE_WHOLEFILE_H

#include <stddef.h>

/* *ret_text is the caller's, with a NUL behind its bytes. 0; -EFBIG: it has more than max bytes;
 * -EINVAL: it is no regular file; other negative errno. */
int wholefile_read(const char *file, size_t max, char **ret_text, size_t *ret_length);

#endif

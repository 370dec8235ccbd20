/* SPDX-License-Identifier: GPL-2.0-or-later */
/* This host's rules, network and connections as the bytes of a snapshot. Needs CAP_NET_ADMIN. */
#ifndef HEDATE_SNAPREAD_H
#define HEDATE_SNAPREAD_H

#include <stddef.h>

/* One line of JSON, the caller's, with a NUL behind it. 0, or negative errno. */
int snapread(char **ret_text, size_t *ret_length);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of interfaces, by the index that NFLOG gives. */
#ifndef HEDATE_IFNAMES_H
#define HEDATE_IFNAMES_H

#include <stdint.h>

struct ifnames;

/* 0, or negative errno. */
int ifnames_new(struct ifnames **ret_names);
void ifnames_free(struct ifnames *names); /* accepts NULL */

/* Ask in the network namespace of this socket, which stays the caller's: a recorder that has a
 * network namespace of its own does not see the gateway's interfaces. 0, or negative errno. */
int ifnames_ask_at(struct ifnames *names, int socket);

/* The interface's name, asked again when the answer is some seconds old, since interfaces are
 * renamed and indexes used again; one that is gone keeps its last name. "" for 0 and for one that
 * was never seen. Valid until the next call. */
const char *ifnames_get(struct ifnames *names, uint32_t index);

#endif

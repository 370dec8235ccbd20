/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of local users, for people to read: who somebody is, the kernel says by number. */
#ifndef HEDATE_LOCALUSER_H
#define HEDATE_LOCALUSER_H

#include <sys/types.h>

#define LOCALUSER_MAX 64

/* The name in /etc/passwd, "" for none. Nothing else is asked: a directory service that does not
 * answer must not hold up whoever calls. */
void localuser_name(uid_t uid, char name[LOCALUSER_MAX]);

#endif

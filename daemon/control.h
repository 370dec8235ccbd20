/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket (ctlproto.h): who asks, may they, and what they are answered. One request a
 * connection; nobody is waited for.
 */
#ifndef HEDATE_CONTROL_H
#define HEDATE_CONTROL_H

#include "enforcer.h"

#define CONTROL_CONNECTIONS_MAX 32
#define CONTROL_IDLE_MS		10000 /* a connection in which nothing moves is closed */
#define CONTROL_STRANGERS_MAX	8     /* of those who may ask nothing */
#define CONTROL_STRANGER_MS	1000

struct control;

/* Listen at path. enforcer is borrowed and complete. The groups' names are looked up here, before
 * privileges are dropped. 0, or negative errno. */
int control_new(struct enforcer *enforcer, const char *path, struct control **ret_control);
void control_free(struct control *control); /* accepts NULL; the socket's file is removed */

#endif

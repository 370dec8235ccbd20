/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starting a command of the administrator's without a shell, and ending it with all that it
 * started. */
#ifndef HEDATE_CHILDRUN_H
#define HEDATE_CHILDRUN_H

#include <stddef.h>
#include <sys/types.h>

#define SPAWN_NOT_STARTED 127 /* its status then, as a shell says it */
#define SPAWN_PATH	  "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct spawn {
	char *const *words;	  /* the first a full name, NULL behind the last */
	char *const *environment; /* all of it, NULL behind the last */
	int input;		  /* its standard input; -1: nothing to read */
	int output;		  /* its standard output; -1: ours */
};

/* "LANG=", with our language. */
void spawn_language(char *text, size_t size);

/* In a process group of its own, with no signal blocked or ignored and no other descriptor open but
 * stderr. 0, or negative errno with *ret_pid 0. */
int spawn_start(const struct spawn *spawn, pid_t *ret_pid);
/* Kill it and its process group, and wait for its end. */
void spawn_kill(pid_t pid);

#endif

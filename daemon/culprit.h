/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who made a change: what the kernel tells, and what /proc tells of that process while it lives. */
#ifndef HEDATE_CULPRIT_H
#define HEDATE_CULPRIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CULPRIT_TEXT_MAX 256

struct culprit {
	uint32_t pid;	/* 0: not known */
	char name[16];	/* as the kernel tells it; a process can give itself any */
	bool found;	/* the process was there still; all else is of it */
	uid_t uid;	/* effective */
	bool has_login; /* somebody logged in, and this came of it: */
	uid_t login;
	char program[CULPRIT_TEXT_MAX]; /* "" when it may not be known */
	char command[CULPRIT_TEXT_MAX]; /* its words, what is not plain text made '?' */
};

/*
 * pid is one of the first process namespace. In another one the number may mean somebody else, or
 * nobody: the name must be the same too; then the netlink port, which as a rule is the number of
 * the process in its own namespace, is tried in the same way. proc is /proc, but for tests.
 */
void culprit_find(const char *proc, uint32_t pid, uint32_t port, const char *name,
	struct culprit *ret_culprit);

/* Pairs of key and value for an event ("pid", "name", "uid", "login_uid", "program", "command"),
 * added to pairs at *count; room for CULPRIT_PAIRS of them, and for text that they point to. */
#define CULPRIT_PAIRS 12
struct culprit_text {
	char pid[12], uid[12], login[12];
};
void culprit_pairs(const struct culprit *culprit, struct culprit_text *text, const char **pairs,
	size_t *count);

#endif

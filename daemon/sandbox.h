/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a daemon gives up once it is set up: its user, its capabilities, and the system calls that
 * it has no use for. None of it can be taken back by the process.
 *
 * Order: sandbox_find_user() and everything that needs privileges; sandbox_drop();
 * sandbox_filter(). Processes forked in between inherit what was given up until then.
 */
#ifndef HEDATE_SANDBOX_H
#define HEDATE_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SANDBOX_CAPABILITY(number) (UINT64_C(1) << (number))

struct sandbox_user {
	char name[33];
	uid_t uid;
	gid_t gid;
};

/* 0; -ENOENT when there is no such user. */
int sandbox_find_user(const char *name, struct sandbox_user *ret_user);

/*
 * Become user (NULL: stay who we are) with its groups. Keep exactly the capabilities of the mask
 * keep as permitted and effective ones, none beyond it inheritable, none ambient; cut the bounding
 * set down to keep where we may (CAP_SETPCAP); never gain privileges again
 * (PR_SET_NO_NEW_PRIVS).
 * 0; negative errno, with *ret_step the step that failed, in words: the process is then in
 * between and has to end.
 */
int sandbox_drop(const struct sandbox_user *user, uint64_t keep, const char **ret_step);

/* Is the capability among our effective ones? */
bool sandbox_has_capability(unsigned int capability);

enum sandbox_profile {
	SANDBOX_ENFORCER, /* netlink and UNIX sockets, reads files, ends its sockets' files */
	SANDBOX_RECORDER, /* UNIX sockets, writes files */
	SANDBOX_PROVER,	  /* as the enforcer, makes processes and may give up more */
	SANDBOX_DECIDER,  /* computes, and sends what it has found */
};

/*
 * Let only the profile's system calls through. Others fail with EPERM; those that only an
 * intruder would make (execve, ptrace, bpf, mount ...) end the process. Memory cannot be made
 * executable. Programs built with AddressSanitizer go without, because its run time needs calls
 * of its own: sandbox_can_filter() is false then and this does nothing.
 * 0, or negative errno: -EOPNOTSUPP for a kernel without seccomp filters.
 */
int sandbox_filter(enum sandbox_profile profile);
bool sandbox_can_filter(void);

#endif

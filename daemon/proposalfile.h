/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proposals on disk, in the directory "proposals" of the state directory: each a file of its own,
 * called by the digest of its bytes, "<64 digits>.proposal"; a line (proposal.h), then the bytes. A
 * file is there as a whole or not at all, and on disk before anybody is told of it. What is read is
 * compared with its digest.
 */
#ifndef HEDATE_PROPOSALFILE_H
#define HEDATE_PROPOSALFILE_H

#include "../lib/proposal.h"
#include "sandbox.h"

#define PROPOSALFILE_DIRECTORY "proposals"
#define PROPOSALFILE_EXTENSION ".proposal"
#define PROPOSALFILE_NAME_MAX  128

/* Open the directory, making it where it is not there, for user (NULL: ours). *ret_directory is the
 * caller's. 0; -EPERM: it belongs to somebody else than root, the user and us, or others may write
 * to it; other negative errno. */
int proposalfile_open(
	const char *state_directory, const struct sandbox_user *user, int *ret_directory);

/* Write one. 0: it is on disk; negative errno: nothing changed. */
int proposalfile_put(
	int directory, const struct proposal *proposal, const char *bytes, size_t length);
/* Take one away. 0, or negative errno. */
int proposalfile_remove(int directory, const struct proposal *proposal);

/* Read one by its file's name; the caller frees the bytes, which may be NULL when only the line is
 * wanted: they are compared all the same. 0; -EBADMSG: broken; other negative errno. */
int proposalfile_get(int directory, const char *name, struct proposal *ret_proposal,
	char **ret_bytes, size_t *ret_length);
void proposalfile_name(const struct proposal *proposal, char name[PROPOSALFILE_NAME_MAX]);

/* Call function for the name of each file that is or should be a proposal; the file that an
 * interrupted write left is removed. 0, what function returned if negative, or negative errno. */
typedef int (*proposalfile_function)(const char *name, void *data);
int proposalfile_each(int directory, proposalfile_function function, void *data);

#endif

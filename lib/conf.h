/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration file → policy. Only conf.c and conf_*.c include libconfig. The grammar is in
 * hedate.conf(5). Reading is strict: an unknown key, a wrong type, a repeated name, an
 * unresolved reference are all errors, and all of them are reported in one run.
 */
#ifndef HEDATE_CONF_H
#define HEDATE_CONF_H

#include <stddef.h>

#include "calendar.h"
#include "diag.h"
#include "policy.h"

#define CONF_SIZE_MAX (64u << 20) /* bytes of a configuration file */

/* What reading needs beside the file. Borrowed while it is read. */
struct conf_options {
	/* Directories that hold "profiles" and "models", in which a site's profile "x" is the file
	 * x.conf. The first that has it counts. */
	const char *const *roots;
	size_t root_count;
	struct calendar_date today; /* for what is due at a time; year 0: nothing is */
};

/*
 * Read the configuration from an open descriptor (not closed). name is used in diagnostics and
 * copied. Refused: not a regular file, larger than CONF_SIZE_MAX, owned by somebody else than root
 * or the effective user, writable by others (R32), not UTF-8, containing NUL or other control
 * characters. A profile and a model that the file names are read with the same
 * strictness, and the policy is judged by them; options may be NULL for a file that names none.
 * 0 with *ret_policy (the caller owns it); -EINVAL when diags holds at least one error;
 * -ENOMEM. Warnings do not refuse.
 */
int conf_read(int fd, const char *name, const struct conf_options *options, struct diag_list *diags,
	struct policy **ret_policy);

/* Open and read a file by name: as above; a file that cannot be opened is a diagnostic. */
int conf_read_file(const char *path, const struct conf_options *options, struct diag_list *diags,
	struct policy **ret_policy);

/*
 * The same in two steps, for who needs the bytes as well. Loading refuses the file as a whole, with
 * the same results; the caller frees the bytes.
 */
int conf_load(
	int fd, const char *name, struct diag_list *diags, char **ret_bytes, size_t *ret_length);
int conf_load_file(const char *path, struct diag_list *diags, char **ret_bytes, size_t *ret_length);
int conf_read_bytes(const char *bytes, size_t length, const char *name,
	const struct conf_options *options, struct diag_list *diags, struct policy **ret_policy);

/* Parse text that was read already and names neither profile nor model (tests, fuzzing). */
int conf_parse(const char *text, size_t length, const char *name, struct diag_list *diags,
	struct policy **ret_policy);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Profiles and models: file → struct profile. The language is that of the configuration, read as
 * strictly; hedate.profile(5) describes it.
 *
 *	profile = { name; label; document; dated; };
 *	clauses = ( { number; title; text; document; checks = ( { kind; severity; asks; models;
 *		and the parameters of the kind } ); permits = ( "specified" ); } );
 */
#ifndef HEDATE_CONF_PROFILE_H
#define HEDATE_CONF_PROFILE_H

#include <stddef.h>

#include "diag.h"
#include "profile.h"

/*
 * Read one from an open descriptor (not closed), with the checks of conf_read(). path is used in
 * diagnostics and copied. 0 with *ret_profile (the caller owns it); -EINVAL after errors in diags;
 * -ENOMEM.
 */
int conf_profile_read(
	int fd, const char *path, struct diag_list *diags, struct profile **ret_profile);

/* The same of text that was read already (tests, fuzzing). */
int conf_profile_parse(const char *text, size_t length, const char *path, struct diag_list *diags,
	struct profile **ret_profile);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of conf_profile: the file and its clauses, a clause's checks, finding the files. */
#ifndef HEDATE_CONF_PROFILE_IMPL_H
#define HEDATE_CONF_PROFILE_IMPL_H

#include "conf_node.h"
#include "profile.h"

/* Reads the list "checks"; object is the clause (struct profile_clause). */
int conf_read_checks(struct conf *conf, const config_setting_t *setting, void *object);

/* Reads "permits" into the clause's mask. */
int conf_read_permits(struct conf *conf, const config_setting_t *setting, void *object);

/* The names of an enumeration with count values, for conf_choice(). */
#define CONF_NAMES(names, count, name_of, type)                                                    \
	const char *names[count];                                                                  \
	for (size_t name_index = 0; name_index < (count); name_index++)                            \
	(names)[name_index] = name_of((type)name_index)

#endif

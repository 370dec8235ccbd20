/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of conf_check that compares the paths with each other. */
#ifndef HEDATE_CONF_CHECK_CONTAINED_H
#define HEDATE_CONF_CHECK_CONTAINED_H

#include "conf_check_content.h"
#include "diag.h"

/* Errors for paths that permit exactly what an earlier one permits. 0, or -ENOMEM. */
int conf_check_repeated(const struct path_content *contents, size_t count, struct diag_list *diags);
/* Warnings for paths that another one permits already; none where there are so many paths or
 * addresses that comparing each with each other would take too long. 0, or -ENOMEM. */
int conf_check_contained(
	const struct path_content *contents, size_t count, struct diag_list *diags);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the test that runs has been told; its fixture makes it. */
#ifndef HEDATE_TEST_DIAGS_H
#define HEDATE_TEST_DIAGS_H

#include "../../lib/diag.h"

extern struct diag_list *diags;

void show_diags(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diags.h"

#include <stdio.h>

struct diag_list *diags;

void show_diags(void)
{
	diag_list_print(diags, stdout, false);
	fflush(stdout);
}

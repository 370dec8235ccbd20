/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pager for what a person is to read at a terminal, as git and systemctl have one: less, which
 * ends by itself when everything fits the screen. HEDATE_PAGER and PAGER name another one; "" and
 * "cat" mean none.
 *
 * As root it is less in any case, with LESSSECURE, by its full path and without what people may
 * have set for it: whoever may run "hedate log" through sudo must not get a shell or an editor by
 * it.
 */
#ifndef HEDATE_PAGER_H
#define HEDATE_PAGER_H

#include "cmd.h"

/* Call it before the first line is printed, by commands that ask nothing. From here on what is
 * printed goes to the pager, if there is a terminal and no --no-pager; errors, too. */
void pager_begin(const struct cli *cli);

/* Everything was printed and stdout is closed: wait until the reader has seen enough. */
void pager_end(void);

/* Is, or was, there one? Then a reader who has seen enough is no error. */
bool pager_is_used(void);

#endif

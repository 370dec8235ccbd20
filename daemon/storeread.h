/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The store of configurations, for commands that only read it. */
#ifndef HEDATE_STOREREAD_H
#define HEDATE_STOREREAD_H

#include "store.h"

/* As store_open() with STORE_READ. Root reads what belongs to hedated's user, as the guard does. */
int storeread_open(const char *config_file, struct store **ret_store);

#endif

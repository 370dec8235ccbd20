/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of store.h share. */
#ifndef HEDATE_STORE_IMPL_H
#define HEDATE_STORE_IMPL_H

#include "store.h"

struct store {
	char *path;
	int directory;
	struct sandbox_user user;
	bool has_user; /* whose files they are made, as long as we are root */
	struct store_current current;
	uint64_t last; /* the highest number that was ever given, as far as is known */
};

#define STORE_FILE_MAX 40 /* bytes of a file's name */
void store_file_name(char name[STORE_FILE_MAX], uint64_t number, const char *extension);
/* Read a file whole, the caller frees it; a NUL follows it. 0; -EFBIG; other negative errno. */
int store_read_file(const struct store *store, const char *name, size_t max, char **ret_bytes,
	size_t *ret_length);
/* This boot's, or zeros when it cannot be read. */
void store_boot(char boot[STORE_BOOT_MAX]);
/* After opening it for writing: what a crash left is put in order, as far as that can be had. */
void store_tidy(struct store *store);

#endif

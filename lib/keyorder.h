/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of keys of one length, as memcmp() has it, which is that of the kernel's sets. */
#ifndef HEDATE_KEYORDER_H
#define HEDATE_KEYORDER_H

#include <stddef.h>
#include <stdint.h>

/* Keys that lie stride bytes apart, of which the first length bytes, at most stride, are told
 * apart. */
struct keyorder {
	const uint8_t *keys; /* borrowed */
	size_t stride, length;
};

/* Order so many numbers of keys; those of equal keys stay as they were. 0; -ENOMEM: order is as it
 * was. */
int keyorder_sort(const struct keyorder *keyorder, uint32_t *order, size_t count);

#endif

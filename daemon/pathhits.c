/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pathhits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/compile.h"

#define ATTEMPTS 10

void path_hits_clear(struct path_hits *hits)
{
	free(hits->items);
	*hits = (struct path_hits){ 0 };
}

static int add_hit(const uint8_t *key, unsigned int length, struct counter_value value, void *data)
{
	struct path_hits *hits = data;

	if (length != sizeof(uint32_t))
		return -EPROTO;
	struct path_hit *items =
		array_reserve(hits->items, sizeof(*items), hits->count, &hits->room);

	if (!items)
		return -ENOMEM;
	hits->items = items;
	struct path_hit *hit = &hits->items[hits->count++];

	memcpy(&hit->id, key, sizeof(hit->id)); /* a mark is in host byte order */
	hit->value = value;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct path_hit *left = a, *right = b;

	return (left->id > right->id) - (left->id < right->id);
}

int path_hits_read(struct nlsock *socket, struct path_hits *ret_hits)
{
	int r = -EINTR;

	*ret_hits = (struct path_hits){ 0 };
	for (int attempt = 0; attempt < ATTEMPTS && (r == -EINTR || r == -ENOBUFS); attempt++) {
		ret_hits->count = 0;
		r = decode_elements(socket, TABLE_NAME, "hits", add_hit, ret_hits);
	}
	if (r < 0)
		path_hits_clear(ret_hits);
	else if (ret_hits->count)
		qsort(ret_hits->items, ret_hits->count, sizeof(*ret_hits->items), compare);
	return r == -ENOENT ? 0 : r;
}

struct counter_value path_hits_of(const struct path_hits *hits, uint32_t id)
{
	const struct path_hit key = { .id = id };
	const struct path_hit *hit = NULL;

	if (hits->count)
		hit = bsearch(&key, hits->items, hits->count, sizeof(key), compare);
	return hit ? hit->value : (struct counter_value){ 0 };
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logcount_impl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "array.h"

#define SLOTS_FIRST 1024

int logcount_new(enum logcount_by by, struct logcount **ret_count)
{
	struct logcount *count = calloc(1, sizeof(*count));

	if (!count)
		return -ENOMEM;
	count->by = by;
	count->slot_count = SLOTS_FIRST;
	count->slots = calloc(SLOTS_FIRST, sizeof(*count->slots));
	if (!count->slots) {
		free(count);
		return -ENOMEM;
	}
	if (getrandom(&count->seed, sizeof(count->seed), GRND_NONBLOCK) < 0)
		count->seed = (uintptr_t)count; /* early at boot: better than nothing */
	*ret_count = count;
	return 0;
}

void logcount_free(struct logcount *count)
{
	if (!count)
		return;
	free(count->entries);
	free(count->keys);
	free(count->slots);
	free(count->bounds);
	free(count->spans);
	logcount_clear_piles(count);
	free(count);
}

enum logcount_by logcount_of(const struct logcount *count)
{
	return count->by;
}

struct logcount_totals logcount_totals(const struct logcount *count)
{
	return count->totals;
}

/* Keys ----------------------------------------------------------------------------------------
 */

void logcount_key_address(struct logcount_key *ret_key, const struct addr *addr)
{
	ret_key->length = addr_length(addr->family);
	memcpy(ret_key->bytes, addr->bytes, ret_key->length);
}

static size_t put_part(uint8_t *bytes, const char *text)
{
	size_t length = text ? strnlen(text, LOGCOUNT_TEXT_MAX - 1) : 0;

	if (length > 0)
		memcpy(bytes, text, length);
	bytes[length] = '\0';
	return length + 1;
}

void logcount_key_text(struct logcount_key *ret_key, const char *name, const char *second)
{
	ret_key->length = put_part(ret_key->bytes, name);
	ret_key->length += put_part(ret_key->bytes + ret_key->length, second);
	if (ret_key->length == 2)
		ret_key->length = 0;
}

/* Fixed in length: the protocol's name, whether there is a port, the port. */
#define PROTOCOL_BYTES 12

void logcount_key_port(struct logcount_key *ret_key, const char *protocol, int port)
{
	memset(ret_key->bytes, 0, LOGCOUNT_KEY_LONG);
	if (protocol)
		memcpy(ret_key->bytes, protocol, strnlen(protocol, PROTOCOL_BYTES));
	if (port >= 0) {
		ret_key->bytes[PROTOCOL_BYTES] = 1;
		ret_key->bytes[PROTOCOL_BYTES + 1] = (uint8_t)(port >> 8);
		ret_key->bytes[PROTOCOL_BYTES + 2] = (uint8_t)port;
	}
	ret_key->length = protocol || port >= 0 ? LOGCOUNT_KEY_LONG : 0;
}

static void key_of_port(struct logcount_key *ret_key, const struct log_record *record)
{
	const char *text = record->destination_port;
	unsigned long port = text ? strtoul(text, NULL, 10) : 0;

	logcount_key_port(ret_key, record->transport ? record->transport : record->protocol_number,
		text && port <= UINT16_MAX ? (int)port : -1);
}

static void key_of_address(struct logcount_key *ret_key, const char *text)
{
	struct addr addr;

	ret_key->length = 0;
	if (text && addr_parse(text, &addr) == 0)
		logcount_key_address(ret_key, &addr);
}

static void key_of(
	enum logcount_by by, const struct log_record *record, struct logcount_key *ret_key)
{
	switch (by) {
	case LOGCOUNT_SOURCE:
		key_of_address(ret_key, record->source_ip);
		return;
	case LOGCOUNT_DESTINATION:
		key_of_address(ret_key, record->destination_ip);
		return;
	case LOGCOUNT_PORT:
		key_of_port(ret_key, record);
		return;
	case LOGCOUNT_PAIR:
		logcount_key_text(ret_key, record->zone_source, record->zone_destination);
		return;
	case LOGCOUNT_REASON:
		logcount_key_text(ret_key, record->reason, NULL);
		return;
	case LOGCOUNT_ALL:
	case LOGCOUNT_BY_COUNT:
		break;
	}
	ret_key->length = 0;
}

/* Rows ----------------------------------------------------------------------------------------
 */

static uint32_t hash_key(const struct logcount *count, const void *key, size_t length)
{
	const uint8_t *bytes = key;
	uint64_t value = count->seed ^ length;

	for (size_t i = 0; i < length; i += sizeof(uint64_t)) {
		uint64_t word = 0;

		if (length - i >= sizeof(word))
			memcpy(&word, bytes + i, sizeof(word));
		else if (length == sizeof(uint32_t))
			memcpy(&word, bytes, sizeof(uint32_t));
		else
			memcpy(&word, bytes + i, length - i);
		value = logcount_mix(value, word);
	}
	return logcount_mixed(value);
}

static bool is_key(const struct logcount *count, const struct entry *entry, uint32_t value,
	const void *key, size_t length)
{
	return entry->hash == value && entry->length == length &&
	       memcmp(count->keys + entry->key, key, length) == 0;
}

/* Twice as many slots. */
static int grow_slots(struct logcount *count)
{
	size_t slot_count = count->slot_count * 2;
	uint32_t *slots = calloc(slot_count, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < count->count; i++) {
		size_t slot = count->entries[i].hash & (slot_count - 1);

		while (slots[slot] != 0)
			slot = (slot + 1) & (slot_count - 1);
		slots[slot] = (uint32_t)i + 1;
	}
	free(count->slots);
	count->slots = slots;
	count->slot_count = slot_count;
	return 0;
}

static int make_room(struct logcount *count, size_t bytes)
{
	struct entry *entries =
		array_reserve(count->entries, sizeof(*entries), count->count, &count->room);

	if (!entries)
		return -ENOMEM;
	count->entries = entries;
	/* Also when the first keys are empty. */
	if (!count->keys || count->keys_room - count->keys_used < bytes) {
		size_t room = count->keys_room * 2 + 4096 + bytes;
		uint8_t *keys = realloc(count->keys, room);

		if (!keys)
			return -ENOMEM;
		count->keys = keys;
		count->keys_room = room;
	}
	if (count->count >= UINT32_MAX - 1)
		return -ENOMEM;
	return count->count < count->slot_count / 2 ? 0 : grow_slots(count);
}

struct entry *logcount_find(
	const struct logcount *count, const void *key, size_t length, uint32_t value)
{
	size_t slot = value & (count->slot_count - 1);

	for (; count->slots[slot] != 0; slot = (slot + 1) & (count->slot_count - 1)) {
		struct entry *entry = &count->entries[count->slots[slot] - 1];

		if (is_key(count, entry, value, key, length))
			return entry;
	}
	return NULL;
}

struct entry *logcount_row(struct logcount *count, const void *key, size_t length)
{
	uint32_t value = hash_key(count, key, length);
	struct entry *entry = logcount_find(count, key, length, value);
	size_t slot;

	if (entry)
		return entry;
	if (make_room(count, length) < 0)
		return NULL;
	slot = value & (count->slot_count - 1);
	while (count->slots[slot] != 0)
		slot = (slot + 1) & (count->slot_count - 1);
	entry = &count->entries[count->count++];
	*entry = (struct entry){
		.key = count->keys_used, .length = (uint32_t)length, .hash = value
	};
	memcpy(count->keys + count->keys_used, key, length);
	count->keys_used += length;
	count->slots[slot] = (uint32_t)count->count;
	return entry;
}

int logcount_add_many(
	struct logcount *count, const struct logcount_key *key, uint64_t records, uint64_t packets)
{
	if (count->by != LOGCOUNT_ALL) {
		struct entry *entry = logcount_row(count, key->bytes, key->length);

		if (!entry)
			return -ENOMEM;
		entry->records += records;
		entry->packets += packets;
	}
	count->totals.records += records;
	count->totals.packets += packets;
	return 0;
}

void logcount_add_losses(struct logcount *count, uint64_t losses, uint64_t packets)
{
	count->totals.losses += losses;
	count->totals.lost_packets += packets;
}

int logcount_add(struct logcount *count, const struct log_record *record)
{
	struct logcount_key key = { .length = 0 };
	bool loss = log_record_class(record) == LOG_CLASS_LOSS;

	if (count->by == LOGCOUNT_TIME) {
		logcount_add_to_span(count, logcount_span_of(count, record->time), loss, 1,
			log_record_packets(record));
		return 0;
	}
	if (loss) {
		logcount_add_losses(count, 1, log_record_packets(record));
		return 0;
	}
	key_of(count->by, record, &key);
	return logcount_add_many(count, &key, 1, log_record_packets(record));
}

/* The order of rows ---------------------------------------------------------------------------
 */

static int compare_keys(const struct logcount *count, const struct entry *a, const struct entry *b)
{
	uint32_t length = a->length < b->length ? a->length : b->length;
	int order = memcmp(count->keys + a->key, count->keys + b->key, length);

	return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

/* Does a stand before b? */
static bool before(const struct logcount *count, const struct entry *a, const struct entry *b)
{
	if (a->packets != b->packets)
		return a->packets > b->packets;
	if (a->records != b->records)
		return a->records > b->records;
	return compare_keys(count, a, b) < 0;
}

/* A heap of the best ones so far, the worst of them on top. */
static void sift_down(
	const struct logcount *count, const struct entry **heap, size_t used, size_t at)
{
	for (;;) {
		size_t child = 2 * at + 1;
		const struct entry *moved;

		if (child >= used)
			return;
		if (child + 1 < used && before(count, heap[child], heap[child + 1]))
			child++;
		if (!before(count, heap[at], heap[child]))
			return;
		moved = heap[at];
		heap[at] = heap[child];
		heap[child] = moved;
		at = child;
	}
}

static size_t choose(const struct logcount *count, const struct entry **heap, size_t limit)
{
	size_t used = limit < count->count ? limit : count->count;

	for (size_t i = 0; i < used; i++)
		heap[i] = &count->entries[i];
	for (size_t i = used / 2; i-- > 0;)
		sift_down(count, heap, used, i);
	for (size_t i = used; i < count->count; i++) {
		if (used == 0 || !before(count, &count->entries[i], heap[0]))
			continue;
		heap[0] = &count->entries[i];
		sift_down(count, heap, used, 0);
	}
	return used;
}

/* The worst one goes to the end, again and again. */
static void sort(const struct logcount *count, const struct entry **heap, size_t used)
{
	while (used > 1) {
		const struct entry *worst = heap[0];

		heap[0] = heap[--used];
		heap[used] = worst;
		sift_down(count, heap, used, 0);
	}
}

static void name_row(
	const struct logcount *count, const struct entry *entry, struct logcount_row *ret_row)
{
	const uint8_t *key = count->keys + entry->key;
	size_t first;

	memset(ret_row, 0, sizeof(*ret_row));
	ret_row->records = entry->records;
	ret_row->packets = entry->packets;
	if (entry->length == 0)
		return;
	if (count->by == LOGCOUNT_SOURCE || count->by == LOGCOUNT_DESTINATION) {
		addr_format(entry->length == 4 ? ADDR_IPV4 : ADDR_IPV6, key, ret_row->name);
		return;
	}
	if (count->by == LOGCOUNT_PORT) {
		memcpy(ret_row->name, key, PROTOCOL_BYTES);
		if (key[PROTOCOL_BYTES])
			snprintf(ret_row->second, sizeof(ret_row->second), "%u",
				key[PROTOCOL_BYTES + 1] * 256u + key[PROTOCOL_BYTES + 2]);
		return;
	}
	/* Both parts have their NUL. */
	first = strlen((const char *)key) + 1;
	memcpy(ret_row->name, key, first);
	memcpy(ret_row->second, key + first, entry->length - first);
}

int logcount_top(
	struct logcount *count, size_t limit, struct logcount_row **ret_rows, size_t *ret_count)
{
	int r = logcount_settle(count, limit);
	size_t most = limit < count->count ? limit : count->count;
	const struct entry **heap = r == 0 ? calloc(most + 1, sizeof(struct entry *)) : NULL;
	struct logcount_row *rows = r == 0 ? calloc(most + 1, sizeof(*rows)) : NULL;

	if (!heap || !rows) {
		free(heap);
		free(rows);
		return -ENOMEM;
	}
	choose(count, heap, most);
	sort(count, heap, most);
	for (size_t i = 0; i < most; i++)
		name_row(count, heap[i], &rows[i]);
	free(heap);
	*ret_rows = rows;
	*ret_count = most;
	return 0;
}

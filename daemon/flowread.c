/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowread.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/compile.h"
#include "../lib/decode.h"
#include "../lib/flowkey.h"
#include "clock.h"
#include "seenset.h"

#define ATTEMPTS 10
#define SLICE_NS (4 * INT64_C(1000000))

/* The sets of a generation, the spare ones behind the others, and the codes of what overflowed. */
#define CODES (2 * FLOW_SETS)
#define SETS  (CODES + 1)

struct flowread {
	struct nlsock *socket;
	struct decode_reading *reading; /* of the set that is under way, or NULL */
	unsigned int generation;
	unsigned int set;     /* that is under way, or to be begun: of SETS; the last for codes */
	unsigned int attempt; /* at it */
	struct rec_count *counts;
	size_t count, room;
	struct seenset seen; /* elements of each attempt at each set */
	size_t before;	     /* counts of the sets before it */
	struct rec_overflow *codes;
	size_t code_count, code_room;
};

int flowread_new(struct flowread **ret_reader)
{
	struct flowread *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	int r = nlsock_open(&reader->socket);

	if (r < 0) {
		free(reader);
		return r;
	}
	reader->set = SETS;
	seenset_init(&reader->seen);
	*ret_reader = reader;
	return 0;
}

static void stop(struct flowread *reader)
{
	decode_reading_end(reader->reading);
	reader->reading = NULL;
}

void flowread_end(struct flowread *reader)
{
	stop(reader);
	free(reader->counts);
	free(reader->codes);
	seenset_clear(&reader->seen);
	reader->counts = NULL;
	reader->codes = NULL;
	reader->count = reader->room = reader->code_count = reader->code_room = 0;
	reader->set = SETS;
}

void flowread_free(struct flowread *reader)
{
	if (!reader)
		return;
	flowread_end(reader);
	nlsock_close(reader->socket);
	free(reader);
}

void flowread_begin(struct flowread *reader, unsigned int generation, bool counts)
{
	flowread_end(reader);
	reader->generation = generation;
	reader->set = counts ? 0 : CODES;
	reader->attempt = 0;
	reader->before = 0;
}

struct flowread_result flowread_result(const struct flowread *reader)
{
	struct flowread_result result = {
		.counts = reader->counts,
		.count = reader->count,
		.codes = reader->codes,
		.code_count = reader->code_count,
	};

	for (size_t i = 0; i < reader->count; i++)
		result.packets += reader->counts[i].packets;
	return result;
}

/* Elements ------------------------------------------------------------------------------------ */

static enum flow_class class_of(unsigned int set)
{
	return (enum flow_class)(set % FLOW_SETS / ADDR_FAMILIES);
}

static unsigned int family_of(unsigned int set)
{
	return set % ADDR_FAMILIES;
}

/*
 * While the kernel rebuilds the set's hash, it may tell of one element twice and, in its stead, of
 * another not at all: by the number of packets alone that would not be seen. A flow may be in two
 * sets, its own and the spare one, which is no mistake.
 */
static int told_before(struct flowread *reader, const uint8_t *key, unsigned int length)
{
	uint8_t bytes[RULESET_KEY_MAX + 2 * sizeof(unsigned int)];
	const unsigned int where[] = { reader->set, reader->attempt };

	if (length > RULESET_KEY_MAX)
		return -EBADMSG;
	memcpy(bytes, where, sizeof(where));
	memcpy(bytes + sizeof(where), key, length);
	return seenset_add(&reader->seen, bytes, sizeof(where) + length);
}

static int add_count(
	const uint8_t *key, unsigned int length, struct counter_value value, void *data)
{
	struct flowread *reader = data;
	struct rec_count *counts =
		array_reserve(reader->counts, sizeof(*counts), reader->count, &reader->room);

	if (!counts)
		return -ENOMEM;
	reader->counts = counts;
	int r = told_before(reader, key, length);
	if (r != 0)
		return r < 0 ? r : 0;
	struct rec_count *count = &reader->counts[reader->count];

	*count = (struct rec_count){ .packets = value.packets, .bytes = value.bytes };
	r = flow_key_from_element(reader->generation, class_of(reader->set), family_of(reader->set),
		key, length, &count->key);
	if (r == 0)
		reader->count++;
	return r;
}

static int add_code(const uint8_t *key, unsigned int length, struct counter_value value, void *data)
{
	struct flowread *reader = data;
	uint32_t mark;

	if (length != sizeof(mark))
		return -EBADMSG;
	if (value.packets == 0)
		return 0;
	struct rec_overflow *codes = array_reserve(
		reader->codes, sizeof(*codes), reader->code_count, &reader->code_room);

	if (!codes)
		return -ENOMEM;
	reader->codes = codes;
	memcpy(&mark, key, sizeof(mark));
	reader->codes[reader->code_count++] = (struct rec_overflow){
		.code = mark & DENY_CODE_MASK, .packets = value.packets, .bytes = value.bytes
	};
	return 0;
}

/* Sets ---------------------------------------------------------------------------------------- */

/* NULL: there is no such set. */
static const char *set_name(const struct flowread *reader, char codes[FLOW_NAME_MAX])
{
	unsigned int generation = reader->generation, set = reader->set;

	if (set == CODES) {
		flow_name(codes, FLOW_CODES, generation);
		return codes;
	}
	return (set < FLOW_SETS ? flow_set_name : flow_spare_name)(
		generation, class_of(set), family_of(set));
}

static int begin_set(struct flowread *reader, const char *name)
{
	reader->count = reader->before;
	reader->code_count = 0;
	return decode_reading_begin(reader->socket, TABLE_NAME, name,
		reader->set == CODES ? add_code : add_count, reader, &reader->reading);
}

static void end_set(struct flowread *reader)
{
	stop(reader);
	reader->before = reader->count;
	reader->attempt = 0;
	reader->set++;
}

static int read_step(struct flowread *reader)
{
	char codes[FLOW_NAME_MAX];
	const char *name = set_name(reader, codes);
	int r = reader->reading || !name ? 0 : begin_set(reader, name);

	if (r == 0 && name)
		r = decode_reading_step(reader->reading);
	if (r == 0)
		end_set(reader);
	if (r >= 0)
		return 0;
	stop(reader);
	/* Nothing adds to the set any more: it is simply read again. */
	return (r == -EINTR || r == -ENOBUFS) && ++reader->attempt < ATTEMPTS ? 0 : r;
}

int flowread_next(struct flowread *reader)
{
	int64_t end = clock_monotonic() + SLICE_NS;
	int r = 0;

	do {
		if (reader->set == SETS)
			return 0;
		r = read_step(reader);
	} while (r == 0 && clock_monotonic() < end);
	return r < 0 ? r : 1;
}

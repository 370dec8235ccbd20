/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which packets' keys are in boxes. A key whose fields are each all of a field of the packet, or
 * known, or not known at all, is asked for with all boxes at once (hdrspace_boxes()); what is
 * masked or put together otherwise, box by box.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symexec_impl.h"

/* What one field of the key is. */
enum slot_kind {
	SLOT_FIELD, /* bytes of a packet's field, then known ones */
	SLOT_KNOWN,
	SLOT_FREE,
};
struct slot {
	enum slot_kind kind;
	unsigned int length;
	unsigned int field, bytes; /* SLOT_FIELD */
};

#define SLOTS_MAX (2 * SYM_KEY_FIELDS_MAX)

/* A key, and what is asked of it: boxes, as ranges of the packet's fields. */
struct asking {
	struct symexec *exec;
	const struct sym_boxes *boxes;
	const struct sym_key *key;
	struct slot slots[SLOTS_MAX];
	unsigned int slot_count;
	unsigned int fields[SLOTS_MAX];
	unsigned int field_count;
	struct hdr_range *ranges, *sure_ranges; /* of boxes that may, that do hold packets */
	size_t count, sure_count;
};

/* Slots ---------------------------------------------------------------------------------------- */

static bool is_kind(const struct pkt_byte *bytes, unsigned int count, enum pkt_byte_kind kind)
{
	unsigned int i = 0;

	while (i < count && bytes[i].kind == kind)
		i++;
	return i == count;
}

/* All bytes of a field, unmasked. */
static bool is_whole_field(const struct pkt_byte *bytes, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (bytes[i].kind != PKT_BYTE_FIELD || bytes[i].field != bytes[0].field ||
			bytes[i].index != i || bytes[i].mask != 0xff || bytes[i].flip != 0 ||
			bytes[i].minus != 0)
			return false;
	return true;
}

/* False: it is of no kind. */
static bool find_slot(enum pkt_world world, const struct pkt_byte *bytes, struct slot *slot)
{
	unsigned int length = slot->length;

	if (bytes[0].kind == PKT_BYTE_FIELD) {
		unsigned int bits = pkt_field_bits(world, bytes[0].field);

		slot->kind = SLOT_FIELD;
		slot->field = bytes[0].field;
		slot->bytes = bits / 8;
		return bits % 8 == 0 && slot->bytes <= length &&
		       is_whole_field(bytes, slot->bytes) &&
		       is_kind(bytes + slot->bytes, length - slot->bytes, PKT_BYTE_CONSTANT);
	}
	slot->kind = is_kind(bytes, length, PKT_BYTE_CONSTANT) ? SLOT_KNOWN : SLOT_FREE;
	for (unsigned int i = 0; i < length; i++)
		if (bytes[i].kind == PKT_BYTE_FIELD)
			return false;
	return true;
}

/* Where elements are single values, the key's own bytes tell how to part it: a field's, or others
 * up to the next field. */
static unsigned int slot_length(
	enum pkt_world world, const struct pkt_byte *bytes, unsigned int length)
{
	unsigned int run = 1;

	if (bytes[0].kind == PKT_BYTE_FIELD)
		run = pkt_field_bits(world, bytes[0].field) / 8;
	else
		while (run < length && bytes[run].kind == bytes[0].kind)
			run++;
	return run < length ? run : length;
}

/* False: the key is not to be asked for at once. */
static bool find_slots(struct asking *asking)
{
	const struct sym_boxes *boxes = asking->boxes;
	const struct pkt_byte *bytes = asking->key->bytes;
	unsigned int length;

	for (unsigned int at = 0; at < boxes->key_length; at += length) {
		struct slot *slot = &asking->slots[asking->slot_count];

		if (asking->slot_count == SLOTS_MAX)
			return false;
		length = boxes->points ? slot_length(asking->exec->world, bytes + at,
						 boxes->key_length - at)
				       : boxes->lengths[asking->slot_count];
		slot->length = length;
		if (length == 0 || !find_slot(asking->exec->world, bytes + at, slot))
			return false;
		asking->slot_count++;
		if (slot->kind != SLOT_FIELD)
			continue;
		for (unsigned int k = 0; k < asking->field_count; k++)
			if (asking->fields[k] == slot->field)
				return false;
		asking->fields[asking->field_count++] = slot->field;
	}
	return true;
}

/* Boxes ---------------------------------------------------------------------------------------- */

static void last_of(const struct sym_boxes *boxes, const struct sym_box *box, uint8_t *ret_last)
{
	unsigned int length = boxes->key_length;

	if (box->last)
		memcpy(ret_last, box->last, length);
	else
		memset(ret_last, 0xff, length);
	if (box->before)
		pkt_step(ret_last, length, false);
}

/* How known bytes stand to a bound, as memcmp() says. */
static int compare_known(const struct pkt_byte *bytes, const uint8_t *bound, unsigned int length)
{
	for (unsigned int i = 0; i < length; i++)
		if (bytes[i].flip != bound[i])
			return bytes[i].flip < bound[i] ? -1 : 1;
	return 0;
}

/* The field's values with which first <= key <= last, the bytes behind it being known. False: none
 * are. */
static bool fill_range(const struct slot *slot, const struct pkt_byte *bytes, unsigned int length,
	const uint8_t *first, const uint8_t *last, struct hdr_range *ret_range)
{
	unsigned int behind = slot->bytes, rest = length - slot->bytes;
	hdr_value low = pkt_number(first, behind), high = pkt_number(last, behind);

	if (low > high)
		return false;
	if (rest && compare_known(bytes + behind, last + behind, rest) > 0) {
		if (high == low)
			return false;
		high--;
	}
	if (rest && compare_known(bytes + behind, first + behind, rest) < 0) {
		if (high == low)
			return false;
		low++;
	}
	*ret_range = (struct hdr_range){ low, high };
	return true;
}

/* Is there a packet with such a protocol among those that are asked for? */
static bool has_protocol(
	enum pkt_world world, unsigned int transports, const struct hdr_range *range)
{
	if (transports == PKT_ANY)
		return true;
	for (hdr_value protocol = range->first; protocol <= range->last; protocol++)
		if (pkt_transport_of(world, (uint8_t)protocol) & transports)
			return true;
	return false;
}

static bool is_all(const uint8_t *bytes, unsigned int length, uint8_t value)
{
	unsigned int i = 0;

	while (i < length && bytes[i] == value)
		i++;
	return i == length;
}

/* A box's ranges; whether its packets are in it for sure. False: none are. */
static bool fill_box(const struct asking *asking, const struct sym_box *box,
	struct hdr_range *ranges, bool *ret_sure)
{
	uint8_t whole_last[PKT_BYTES_MAX];
	const struct pkt_byte *bytes = asking->key->bytes;
	const uint8_t *first = box->first, *last = whole_last;
	unsigned int filled = 0, length;

	last_of(asking->boxes, box, whole_last);
	*ret_sure = !box->unsure;
	for (unsigned int i = 0; i < asking->slot_count;
		i++, bytes += length, first += length, last += length) {
		const struct slot *slot = &asking->slots[i];
		struct hdr_range *range = &ranges[filled];

		length = slot->length;
		if (slot->kind == SLOT_FREE) {
			*ret_sure &= is_all(first, length, 0) && is_all(last, length, 0xff);
			continue;
		}
		if (slot->kind == SLOT_KNOWN) {
			if (compare_known(bytes, first, length) < 0 ||
				compare_known(bytes, last, length) > 0)
				return false;
			continue;
		}
		if (!fill_range(slot, bytes, length, first, last, range))
			return false;
		const struct hdr_slice whole = pkt_slice(asking->exec->world, slot->field);

		if (sym_share(asking->exec, whole, *range) == SYM_NONE)
			return false;
		if (slot->field == PKT_L4PROTO &&
			!has_protocol(asking->exec->world, asking->key->transports, range))
			return false;
		filled++;
	}
	return true;
}

static void fill_boxes(struct asking *asking, size_t first, size_t count)
{
	const struct sym_boxes *boxes = asking->boxes;
	size_t size = asking->field_count * sizeof(*asking->ranges);

	for (size_t i = first; i < first + count; i++) {
		struct hdr_range *ranges = &asking->ranges[asking->count * asking->field_count];
		bool sure;

		if (!fill_box(asking, &boxes->boxes[i], ranges, &sure))
			continue;
		if (asking->exec->trace)
			sym_trace_hit(asking->exec, boxes->set, boxes->boxes[i].element);
		if (sure)
			memcpy(&asking->sure_ranges[asking->sure_count++ * asking->field_count],
				ranges, size);
		asking->count++;
	}
}

/* Answers -------------------------------------------------------------------------------------- */

static bdd_node in_ranges(const struct asking *asking, const struct hdr_range *ranges, size_t count)
{
	struct symexec *exec = asking->exec;
	const struct hdr_boxes boxes = { asking->fields, asking->field_count, ranges, count };

	if (count == 0)
		return BDD_EMPTY;
	if (asking->field_count == 0 || exec->trace)
		return BDD_ALL;
	if (!exec->noting)
		return hdrspace_boxes(exec->space, &boxes);
	int r = hdrspace_note_boxes(exec->space, &boxes);
	if (r < 0)
		sym_fail(exec, r);
	return BDD_ALL;
}

/* All boxes at once; false: no memory. */
static bool in_all(struct asking *asking, size_t first, size_t count, struct sym_match *ret_match)
{
	asking->ranges = calloc(count * asking->field_count + 1, sizeof(*asking->ranges));
	asking->sure_ranges = calloc(count * asking->field_count + 1, sizeof(*asking->ranges));
	bool done = asking->ranges && asking->sure_ranges;

	if (done) {
		fill_boxes(asking, first, count);
		ret_match->may = in_ranges(asking, asking->ranges, asking->count);
		ret_match->must =
			asking->sure_count == asking->count
				? ret_match->may
				: in_ranges(asking, asking->sure_ranges, asking->sure_count);
	}
	free(asking->ranges);
	free(asking->sure_ranges);
	return done;
}

static struct sym_match in_box(struct symexec *exec, const struct sym_boxes *boxes,
	const struct sym_box *box, const struct sym_key *key)
{
	struct sym_match match = SYM_ALWAYS;
	uint8_t last[PKT_BYTES_MAX];
	unsigned int at = 0;

	last_of(boxes, box, last);
	for (unsigned int i = 0; i < boxes->field_count; i++) {
		match = sym_match_and(exec, match,
			sym_between(exec, key->bytes + at, boxes->lengths[i], box->first + at,
				last + at));
		at += boxes->lengths[i];
	}
	return match;
}

static bool one_by_one(
	const struct asking *asking, size_t first, size_t count, struct sym_match *ret_match)
{
	struct symexec *exec = asking->exec;
	bdd_node *may = calloc(count + 1, sizeof(*may));
	bdd_node *must = calloc(count + 1, sizeof(*must));
	size_t sure = 0;
	bool done = may && must;

	for (size_t i = 0; done && i < count; i++) {
		const struct sym_box *box = &asking->boxes->boxes[first + i];
		struct sym_match here = in_box(exec, asking->boxes, box, asking->key);

		if (exec->trace && here.may != BDD_EMPTY)
			sym_trace_hit(exec, asking->boxes->set, box->element);
		may[i] = here.may;
		if (!box->unsure)
			must[sure++] = here.must;
	}
	if (done)
		*ret_match = (struct sym_match){ sym_or_all(exec, may, count),
			sym_or_all(exec, must, sure) };
	free(may);
	free(must);
	return done;
}

struct sym_match sym_in_boxes(struct symexec *exec, const struct sym_boxes *boxes, size_t first,
	size_t count, const struct sym_key *key)
{
	struct asking asking = { .exec = exec, .boxes = boxes, .key = key };
	struct sym_match match = SYM_UNKNOWN;
	bool done = find_slots(&asking) ? in_all(&asking, first, count, &match)
					: one_by_one(&asking, first, count, &match);

	if (!done)
		sym_fail(exec, -ENOMEM);
	/* What was not noted is not understood. */
	if (!exec->noting && !exec->trace && match.may == BDD_NONE &&
		!bdd_error(hdrspace_bdd(exec->space)))
		return SYM_UNKNOWN;
	return match;
}

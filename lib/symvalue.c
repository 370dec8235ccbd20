/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of packets, and comparisons of what was loaded from them. */
#include "symexec_impl.h"

#include <string.h>

void sym_fail(struct symexec *exec, int error)
{
	if (!exec->error)
		exec->error = error;
}

struct sym_bounds *sym_bounds_of(struct sym_written *written, enum pkt_field field)
{
	return field == PKT_MARK ? &written->mark : field == PKT_CT_MARK ? &written->ct_mark : NULL;
}

static void join_bounds(struct sym_bounds *to, const struct sym_bounds *from)
{
	if (memcmp(from->first, to->first, sizeof(to->first)) < 0)
		memcpy(to->first, from->first, sizeof(to->first));
	if (memcmp(from->last, to->last, sizeof(to->last)) > 0)
		memcpy(to->last, from->last, sizeof(to->last));
}

static void join_field(struct sym_written *to, const struct sym_written *from, enum pkt_field field)
{
	struct sym_written other = *from;
	struct sym_bounds *bounds = sym_bounds_of(to, field);

	if (bounds && to->fields[field] == SYM_BOUNDED && from->fields[field] == SYM_BOUNDED) {
		join_bounds(bounds, sym_bounds_of(&other, field));
		return;
	}
	if (to->fields[field] == from->fields[field])
		return;
	if (to->fields[field] <= SYM_TRANSLATED && from->fields[field] <= SYM_TRANSLATED) {
		to->fields[field] = SYM_TRANSLATED;
		return;
	}
	to->fields[field] = SYM_WRITTEN;
	if (bounds)
		*bounds = (struct sym_bounds){ { 0 }, { 0 } };
}

void sym_join_written(struct sym_written *to, const struct sym_written *from)
{
	if (from->nobody)
		return;
	if (to->nobody)
		*to = *from;
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		join_field(to, from, i);
}

/* Sets ----------------------------------------------------------------------------------------- */

/* While tests are noted, BDD_ALL stands for any set that may have a member. What is empty whatever
 * the tests say stays empty, so that tests which no packet comes to are not noted. */

static bool is_plain(const struct symexec *exec)
{
	return exec->noting || exec->trace;
}

bdd_node sym_and(struct symexec *exec, bdd_node a, bdd_node b)
{
	if (is_plain(exec))
		return a == BDD_EMPTY || b == BDD_EMPTY ? BDD_EMPTY : BDD_ALL;
	return bdd_and(hdrspace_bdd(exec->space), a, b);
}

bdd_node sym_or(struct symexec *exec, bdd_node a, bdd_node b)
{
	if (is_plain(exec))
		return a == BDD_EMPTY && b == BDD_EMPTY ? BDD_EMPTY : BDD_ALL;
	return bdd_or(hdrspace_bdd(exec->space), a, b);
}

bdd_node sym_or_and(struct symexec *exec, bdd_node a, bdd_node b, bdd_node c)
{
	if (is_plain(exec))
		return sym_or(exec, a, sym_and(exec, b, c));
	return bdd_or_and(hdrspace_bdd(exec->space), a, b, c);
}

bdd_node sym_or_all(struct symexec *exec, bdd_node *nodes, size_t count)
{
	bdd_node any = BDD_EMPTY;

	if (!is_plain(exec))
		return bdd_or_all(hdrspace_bdd(exec->space), nodes, count);
	for (size_t i = 0; i < count; i++)
		any = sym_or(exec, any, nodes[i]);
	return any;
}

bdd_node sym_not(struct symexec *exec, bdd_node a)
{
	if (exec->trace)
		return a == BDD_EMPTY ? BDD_ALL : BDD_EMPTY;
	return exec->noting ? BDD_ALL : bdd_not(hdrspace_bdd(exec->space), a);
}

/* The only packet's. */
static bdd_node test_value(
	const struct sym_trace *trace, struct hdr_slice slice, struct hdr_range range)
{
	hdr_value value = trace->packet.values[slice.field] >> slice.shift;

	if (slice.bits < 128)
		value &= ((hdr_value)1 << slice.bits) - 1;
	return value >= range.first && value <= range.last ? BDD_ALL : BDD_EMPTY;
}

bdd_node sym_test(struct symexec *exec, struct hdr_slice slice, struct hdr_range range)
{
	if (exec->trace)
		return test_value(exec->trace, slice, range);
	enum sym_share share = sym_share(exec, slice, range);

	if (share != SYM_SOME)
		return share == SYM_ALL ? BDD_ALL : BDD_EMPTY;
	if (!exec->noting)
		return hdrspace_test(exec->space, slice, range);
	int r = hdrspace_note(exec->space, slice, range);
	if (r < 0)
		sym_fail(exec, r);
	return BDD_ALL;
}

struct sym_match sym_match_and(struct symexec *exec, struct sym_match a, struct sym_match b)
{
	return (struct sym_match){ sym_and(exec, a.may, b.may), sym_and(exec, a.must, b.must) };
}

struct sym_match sym_match_or(struct symexec *exec, struct sym_match a, struct sym_match b)
{
	return (struct sym_match){ sym_or(exec, a.may, b.may), sym_or(exec, a.must, b.must) };
}

struct sym_match sym_match_not(struct symexec *exec, struct sym_match a)
{
	return (struct sym_match){ sym_not(exec, a.must), sym_not(exec, a.may) };
}

void sym_tell_drops(struct symexec *exec, struct sym_outcome *outcome)
{
	if (outcome->exact)
		outcome->may[SYM_DROP] = sym_not(exec,
			sym_or(exec,
				sym_or(exec, outcome->may[SYM_ACCEPT], outcome->may[SYM_RETURN]),
				outcome->may[SYM_CONTINUE]));
	outcome->exact = false;
}

/* A test that was not noted, since no packet seemed to come to it, is one that is not understood.
 */
static struct sym_match exactly(struct symexec *exec, bdd_node set)
{
	if (set == BDD_NONE && !bdd_error(hdrspace_bdd(exec->space)))
		return SYM_UNKNOWN;
	return (struct sym_match){ set, set };
}

/* Bytes ---------------------------------------------------------------------------------------- */

/*
 * A run: bytes that are tested together. Neighbouring bytes of a field that nothing was masked of
 * are one number; any other byte is a run of its own.
 */
static size_t run_length(const struct pkt_byte *bytes, size_t length)
{
	size_t run = 1;

	if (bytes[0].kind == PKT_BYTE_BOUNDED) {
		while (run < length && bytes[run].kind == PKT_BYTE_BOUNDED &&
			bytes[run].index == run)
			run++;
		return run;
	}
	if (bytes[0].kind != PKT_BYTE_FIELD || bytes[0].mask != 0xff || bytes[0].flip != 0 ||
		bytes[0].minus != 0)
		return 1;
	while (run < length && bytes[run].kind == PKT_BYTE_FIELD &&
		bytes[run].field == bytes[0].field && bytes[run].mask == 0xff &&
		bytes[run].flip == 0 && bytes[run].index == bytes[run - 1].index + 1)
		run++;
	return run;
}

static struct hdr_slice slice_of(
	const struct symexec *exec, const struct pkt_byte *bytes, size_t run)
{
	unsigned int bits = pkt_field_bits(exec->world, bytes[0].field);

	return (struct hdr_slice){ bytes[0].field, bits - 8 * (bytes[0].index + (unsigned int)run),
		8 * (unsigned int)run };
}

/* One byte with bits masked or flipped, or less than it was: the values of the field's byte that it
 * stands for, as ranges. */
static bdd_node masked_between(
	struct symexec *exec, const struct pkt_byte *byte, uint8_t first, uint8_t last)
{
	struct hdr_slice slice = slice_of(exec, byte, 1);
	bdd_node result = BDD_EMPTY;
	unsigned int from = 0;
	bool inside = false;

	for (unsigned int value = 0; value <= 256; value++) {
		uint8_t seen = (uint8_t)(((value - byte->minus) & byte->mask) ^ byte->flip);
		bool wanted = value < 256 && seen >= first && seen <= last;

		if (wanted && !inside)
			from = value;
		if (!wanted && inside)
			result = sym_or(exec, result,
				sym_test(exec, slice, (struct hdr_range){ from, value - 1 }));
		inside = wanted;
	}
	return result;
}

/* A number of four bytes of which only bounds are known. */
static struct sym_match bounded_between(
	const struct pkt_byte *bytes, size_t run, const uint8_t *first, const uint8_t *last)
{
	struct sym_bounds bounds;

	if (run != sizeof(bounds.first) || bytes[0].index != 0)
		return SYM_UNKNOWN;
	for (size_t i = 0; i < run; i++) {
		bounds.first[i] = bytes[i].flip;
		bounds.last[i] = bytes[i].mask;
	}
	if (memcmp(bounds.first, last, run) > 0 || memcmp(bounds.last, first, run) < 0)
		return SYM_NEVER;
	return memcmp(bounds.first, first, run) >= 0 && memcmp(bounds.last, last, run) <= 0
		       ? SYM_ALWAYS
		       : SYM_UNKNOWN;
}

/* A run whose bytes are from first to last. */
static struct sym_match run_between(struct symexec *exec, const struct pkt_byte *bytes, size_t run,
	const uint8_t *first, const uint8_t *last)
{
	if (memcmp(first, last, run) > 0)
		return SYM_NEVER;
	if (bytes[0].kind == PKT_BYTE_CONSTANT)
		return bytes[0].flip >= first[0] && bytes[0].flip <= last[0] ? SYM_ALWAYS
									     : SYM_NEVER;
	if (bytes[0].kind == PKT_BYTE_BOUNDED)
		return bounded_between(bytes, run, first, last);
	if (bytes[0].kind == PKT_BYTE_FREE)
		return first[0] == 0 && last[0] == 0xff ? SYM_ALWAYS : SYM_UNKNOWN;
	if (bytes[0].mask != 0xff || bytes[0].flip != 0 || bytes[0].minus != 0)
		return exactly(exec, masked_between(exec, bytes, first[0], last[0]));
	return exactly(
		exec, sym_test(exec, slice_of(exec, bytes, run),
			      (struct hdr_range){ pkt_number(first, run), pkt_number(last, run) }));
}

/* Equal: bit by bit, so that a prefix of a field that stands in masked bytes stays a prefix. */

/* The first of the run of ones in mask that ends before bit, and its length; false: there is none.
 * Bits are counted from the most significant one of length bytes. */
static bool next_ones(const uint8_t *mask, unsigned int bits, unsigned int from,
	unsigned int *ret_first, unsigned int *ret_count)
{
	while (from < bits && !(mask[from / 8] >> (7 - from % 8) & 1))
		from++;
	*ret_first = from;
	while (from < bits && mask[from / 8] >> (7 - from % 8) & 1)
		from++;
	*ret_count = from - *ret_first;
	return *ret_count > 0;
}

static hdr_value bits_of(const uint8_t *bytes, unsigned int first, unsigned int count)
{
	hdr_value number = 0;

	for (unsigned int bit = first; bit < first + count; bit++)
		number = number << 1 | (bytes[bit / 8] >> (7 - bit % 8) & 1);
	return number;
}

/* Neighbouring bytes of one field, masked or not. */
static size_t field_length(const struct pkt_byte *bytes, size_t length)
{
	size_t run = 1;

	while (run < length && bytes[run].kind == PKT_BYTE_FIELD &&
		bytes[run].field == bytes[0].field && bytes[run].index == bytes[run - 1].index + 1)
		run++;
	return run;
}

static struct sym_match field_equals(
	struct symexec *exec, const struct pkt_byte *bytes, size_t run, const uint8_t *value)
{
	unsigned int field_bits = pkt_field_bits(exec->world, bytes[0].field);
	unsigned int before = 8u * bytes[0].index, first = 0, count = 0;
	uint8_t mask[PKT_BYTES_MAX], wanted[PKT_BYTES_MAX];
	bdd_node result = BDD_ALL;

	for (size_t i = 0; i < run; i++) {
		mask[i] = bytes[i].mask;
		wanted[i] = value[i] ^ bytes[i].flip;
		if (wanted[i] & ~mask[i])
			return SYM_NEVER;
	}
	for (unsigned int at = 0; next_ones(mask, 8 * (unsigned int)run, at, &first, &count);
		at = first + count) {
		hdr_value number = bits_of(wanted, first, count);
		struct hdr_slice slice = { bytes[0].field, field_bits - before - first - count,
			count };

		result = sym_and(
			exec, result, sym_test(exec, slice, (struct hdr_range){ number, number }));
	}
	return exactly(exec, result);
}

static struct sym_match equals(
	struct symexec *exec, const struct pkt_byte *bytes, size_t length, const uint8_t *value)
{
	struct sym_match result = SYM_ALWAYS;
	size_t run;

	for (size_t i = 0; i < length; i += run) {
		struct sym_match here;

		if (bytes[i].kind == PKT_BYTE_FIELD && bytes[i].minus == 0) {
			run = field_length(bytes + i, length - i);
			here = field_equals(exec, bytes + i, run, value + i);
		} else {
			run = run_length(bytes + i, length - i);
			here = run_between(exec, bytes + i, run, value + i, value + i);
		}
		result = sym_match_and(exec, result, here);
	}
	return result;
}

/* At least (or at most) a bound: a run is beyond it, or the same and the rest is not on this side.
 */
static struct sym_match beyond(struct symexec *exec, const struct pkt_byte *bytes, size_t length,
	const uint8_t *bound, bool upwards)
{
	uint8_t end[PKT_BYTES_MAX], next[PKT_BYTES_MAX];

	if (length == 0)
		return SYM_ALWAYS;
	size_t run = run_length(bytes, length);

	memset(end, upwards ? 0xff : 0, run);
	if (run == length)
		return upwards ? run_between(exec, bytes, run, bound, end)
			       : run_between(exec, bytes, run, end, bound);
	struct sym_match further = SYM_NEVER;

	if (memcmp(bound, end, run) != 0) {
		/* The neighbour of the bound: it is not the last value on this side. */
		memcpy(next, bound, run);
		pkt_step(next, run, upwards);
		further = upwards ? run_between(exec, bytes, run, next, end)
				  : run_between(exec, bytes, run, end, next);
	}
	struct sym_match same = sym_match_and(exec, run_between(exec, bytes, run, bound, bound),
		beyond(exec, bytes + run, length - run, bound + run, upwards));

	return sym_match_or(exec, further, same);
}

struct sym_match sym_between(struct symexec *exec, const struct pkt_byte *bytes, size_t length,
	const uint8_t *first, const uint8_t *last)
{
	if (memcmp(first, last, length) == 0)
		return equals(exec, bytes, length, first);
	if (length > 0 && run_length(bytes, length) == length)
		return run_between(exec, bytes, length, first, last);
	return sym_match_and(exec, beyond(exec, bytes, length, first, true),
		beyond(exec, bytes, length, last, false));
}

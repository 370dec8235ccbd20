/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule has loaded into registers. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "symrule_impl.h"

/* The byte at which a register begins; REGISTER_BYTES for none. */
static unsigned int register_at(uint64_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (unsigned int)(number - NFT_REG_1) * NFT_REG_SIZE;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (unsigned int)(number - NFT_REG32_00) * NFT_REG32_SIZE;
	return REGISTER_BYTES;
}

/* Whole registers are written: what is behind the bytes is zero. */
static void pad(struct pkt_load *load)
{
	while (load->length % NFT_REG32_SIZE && load->length < PKT_BYTES_MAX)
		load->bytes[load->length++] = (struct pkt_byte){ .kind = PKT_BYTE_CONSTANT };
}

static bool overlaps(const struct sym_loaded *loaded, unsigned int at, unsigned int length)
{
	return at < loaded->at + loaded->loads[0].length && loaded->at < at + length;
}

/* Bytes at .. at + length - 1 are written anew: what was there is not known any more. */
static void forget(struct sym_run *run, unsigned int at, unsigned int length)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < run->loaded_count; i++)
		if (!overlaps(&run->loaded[i], at, length))
			run->loaded[kept++] = run->loaded[i];
	run->loaded_count = kept;
}

void sym_store(struct sym_run *run, uint64_t number, struct pkt_load *loads, unsigned int count)
{
	unsigned int at = register_at(number);

	for (unsigned int i = 0; i < count; i++)
		pad(&loads[i]);
	forget(run, at, loads[0].length);
	if (run->loaded_count == LOADS_MAX || at + loads[0].length > REGISTER_BYTES) {
		/* Not in what the kernel takes; without it the bytes are free. */
		return;
	}
	struct sym_loaded *loaded = &run->loaded[run->loaded_count++];

	loaded->at = at;
	loaded->count = count;
	memcpy(loaded->loads, loads, count * sizeof(loads[0]));
}

struct pkt_byte sym_bounded_byte(const struct sym_bounds *bounds, unsigned int index)
{
	bool known = memcmp(bounds->first, bounds->last, sizeof(bounds->first)) == 0;

	return (struct pkt_byte){ .kind = known ? PKT_BYTE_CONSTANT : PKT_BYTE_BOUNDED,
		.index = (uint8_t)index,
		.flip = bounds->first[index],
		.mask = bounds->last[index] };
}

void sym_load_bounded(struct sym_run *run, uint64_t target, const struct sym_bounds *bounds)
{
	struct pkt_load load = { .length = sizeof(bounds->first) };

	for (unsigned int i = 0; i < load.length; i++)
		load.bytes[i] = sym_bounded_byte(bounds, i);
	sym_store(run, target, &load, 1);
}

void sym_store_free(struct sym_run *run, uint64_t number, unsigned int length)
{
	unsigned int at = register_at(number);

	forget(run, at, at + length > REGISTER_BYTES ? REGISTER_BYTES - at : length);
}

/* Bytes that were not written, or that a rule may have rewritten, are free. */
static void fill_key(const struct sym_run *run, unsigned int at, unsigned int length,
	unsigned int transport, struct sym_key *ret_key)
{
	memset(ret_key, 0, sizeof(*ret_key));
	ret_key->length = length;
	for (unsigned int i = 0; i < run->loaded_count; i++) {
		const struct sym_loaded *loaded = &run->loaded[i];
		const struct pkt_load *load = &loaded->loads[0];

		for (unsigned int k = 0; k < loaded->count; k++)
			if (loaded->loads[k].transports & transport)
				load = &loaded->loads[k];
		for (unsigned int k = 0; k < load->length; k++)
			if (loaded->at + k >= at && loaded->at + k < at + length)
				ret_key->bytes[loaded->at + k - at] = load->bytes[k];
	}
}

/* Which transports make a difference to these bytes? */
static unsigned int transports_of(const struct sym_run *run, unsigned int at, unsigned int length)
{
	for (unsigned int i = 0; i < run->loaded_count; i++)
		if (run->loaded[i].count > 1 && overlaps(&run->loaded[i], at, length))
			return PKT_TCP | PKT_PORTS | PKT_ICMP | PKT_OTHER;
	return PKT_ANY;
}

static bool is_translated(const struct sym_key *key)
{
	for (unsigned int i = 0; i < key->length; i++)
		if (key->bytes[i].translated)
			return true;
	return false;
}

/* What connections have been translated to is told by the connection: of those that are not new it
 * is not known. */
static struct sym_match test_translated(
	struct symexec *exec, const struct sym_key *key, sym_key_test test, const void *data)
{
	const struct sym_match as_it_came = { exec->untranslated, exec->untranslated };
	struct sym_key came = *key, told = *key;

	if (!is_translated(key))
		return test(exec, key, data);
	for (unsigned int i = 0; i < key->length; i++) {
		came.bytes[i].translated = false;
		if (key->bytes[i].translated)
			told.bytes[i] = (struct pkt_byte){ .kind = PKT_BYTE_FREE };
	}
	return sym_match_or(exec, sym_match_and(exec, as_it_came, test(exec, &came, data)),
		sym_match_and(exec, sym_match_not(exec, as_it_came), test(exec, &told, data)));
}

struct sym_match sym_test_key(struct sym_run *run, uint64_t number, unsigned int length,
	sym_key_test test, const void *data)
{
	unsigned int at = register_at(number);
	struct sym_match result = SYM_NEVER;
	struct sym_key key;

	if (length == 0 || at + length > REGISTER_BYTES)
		return SYM_UNKNOWN;
	unsigned int transports = transports_of(run, at, length);

	if (transports == PKT_ANY) {
		fill_key(run, at, length, PKT_ANY, &key);
		return test_translated(run->exec, &key, test, data);
	}
	/* Where two transports have the same there, it is one question. */
	struct sym_key keys[PKT_TRANSPORTS];
	bdd_node guards[PKT_TRANSPORTS];
	unsigned int masks[PKT_TRANSPORTS], count = 0;

	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++) {
		unsigned int same = 0;

		fill_key(run, at, length, 1u << i, &keys[count]);
		while (same < count && memcmp(&keys[same], &keys[count], sizeof(keys[0])) != 0)
			same++;
		if (same == count) {
			guards[count] = BDD_EMPTY;
			masks[count++] = 0;
		}
		guards[same] = sym_or(run->exec, guards[same], run->exec->transports[i]);
		masks[same] |= 1u << i;
	}
	for (unsigned int i = 0; i < count; i++) {
		struct sym_match guard = { guards[i], guards[i] };

		/* Later fragments are of any protocol. */
		if (!(masks[i] & PKT_OTHER) || !sym_meets_pieces(run))
			keys[i].transports = masks[i];
		/* Of none of these a packet has come so far. */
		if (masks[i] & run->transports &&
			sym_and(run->exec, guards[i], run->alive.may) != BDD_EMPTY)
			result = sym_match_or(run->exec, result,
				sym_match_and(run->exec, guard,
					test_translated(run->exec, &keys[i], test, data)));
	}
	return result;
}

void sym_load_constant(struct sym_run *run, uint64_t target, const void *bytes, size_t length)
{
	struct pkt_load load = { .length = (unsigned int)length };

	for (size_t i = 0; i < length; i++)
		load.bytes[i] = (struct pkt_byte){ .kind = PKT_BYTE_CONSTANT,
			.flip = ((const uint8_t *)bytes)[i] };
	sym_store(run, target, &load, 1);
}

struct sym_loaded *sym_loaded_at(struct sym_run *run, uint64_t from, uint64_t length)
{
	unsigned int at = register_at(from);

	for (unsigned int i = 0; i < run->loaded_count; i++) {
		struct sym_loaded *loaded = &run->loaded[i];

		if (loaded->at == at && length <= loaded->loads[0].length)
			return loaded;
	}
	return NULL;
}

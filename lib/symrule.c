/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule: its expressions from left to right, with registers whose bytes are known as far as
 * pktspace.h knows them. An expression that fails (NFT_BREAK) ends the rule and the next one goes
 * on. What is written to a packet makes that field free for all rules behind: a packet may or may
 * not have come by here.
 */
#include "symexec_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#define REGISTER_BYTES 64 /* NFT_REG32_00 .. NFT_REG32_15 */
#define LOADS_MAX      8  /* of registers that are there at one time */

/* What registers hold from a byte on: one of several answers, by the packet's transport. */
struct loaded {
	unsigned int at;
	struct pkt_load loads[PKT_TRANSPORTS];
	unsigned int count;
};

struct run {
	struct symexec *exec;
	const struct sym_place *place;
	struct sym_field_set dirty; /* what may have been rewritten up to here */
	struct sym_dirt *dirt;
	struct loaded loaded[LOADS_MAX];
	unsigned int loaded_count;
	struct sym_match alive; /* the packets that have come so far */
	bdd_node left;		/* those that have left for sure */
	struct sym_outcome *outcome;
	bool ended;	  /* by a verdict */
	const char *name; /* of the expression */
};

/* Registers ------------------------------------------------------------------------------------ */

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
		load->bytes[load->length++] = (struct pkt_byte){ PKT_BYTE_CONSTANT, 0, 0, 0, 0 };
}

static bool overlaps(const struct loaded *loaded, unsigned int at, unsigned int length)
{
	return at < loaded->at + loaded->loads[0].length && loaded->at < at + length;
}

/* Bytes at .. at + length - 1 are written anew: what was there is not known any more. */
static void forget(struct run *run, unsigned int at, unsigned int length)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < run->loaded_count; i++)
		if (!overlaps(&run->loaded[i], at, length))
			run->loaded[kept++] = run->loaded[i];
	run->loaded_count = kept;
}

static void store(struct run *run, uint64_t number, struct pkt_load *loads, unsigned int count)
{
	unsigned int at = register_at(number);

	for (unsigned int i = 0; i < count; i++)
		pad(&loads[i]);
	forget(run, at, loads[0].length);
	if (run->loaded_count == LOADS_MAX || at + loads[0].length > REGISTER_BYTES) {
		/* Not in what the kernel takes; without it the bytes are free. */
		return;
	}
	struct loaded *loaded = &run->loaded[run->loaded_count++];

	loaded->at = at;
	loaded->count = count;
	memcpy(loaded->loads, loads, count * sizeof(loads[0]));
}

static void store_free(struct run *run, uint64_t number, unsigned int length)
{
	unsigned int at = register_at(number);

	forget(run, at, at + length > REGISTER_BYTES ? REGISTER_BYTES - at : length);
}

/* The packets that an answer is for. */
static bdd_node guard_of(struct run *run, unsigned int transports)
{
	bdd_node guard = BDD_EMPTY;

	if (transports == PKT_ANY)
		return BDD_ALL;
	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++)
		if (transports & 1u << i)
			guard = sym_or(run->exec, guard, run->exec->transports[i]);
	return guard;
}

/* Bytes that were not written, or that a rule may have rewritten, are free. */
static void fill_key(const struct run *run, unsigned int at, unsigned int length,
	unsigned int transport, struct sym_key *ret_key)
{
	memset(ret_key, 0, sizeof(*ret_key));
	ret_key->length = length;
	for (unsigned int i = 0; i < run->loaded_count; i++) {
		const struct loaded *loaded = &run->loaded[i];
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
static unsigned int transports_of(const struct run *run, unsigned int at, unsigned int length)
{
	for (unsigned int i = 0; i < run->loaded_count; i++)
		if (run->loaded[i].count > 1 && overlaps(&run->loaded[i], at, length))
			return PKT_TCP | PKT_PORTS | PKT_ICMP | PKT_OTHER;
	return PKT_ANY;
}

/* A test of the bytes from a register on. */
typedef struct sym_match (*key_test)(
	struct symexec *exec, const struct sym_key *key, const void *data);

static struct sym_match test_key(
	struct run *run, uint64_t number, unsigned int length, key_test test, const void *data)
{
	unsigned int at = register_at(number);
	struct sym_match result = SYM_NEVER;
	struct sym_key key;

	if (length == 0 || at + length > REGISTER_BYTES)
		return SYM_UNKNOWN;
	unsigned int transports = transports_of(run, at, length);

	if (transports == PKT_ANY) {
		fill_key(run, at, length, PKT_ANY, &key);
		return test(run->exec, &key, data);
	}
	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++) {
		bdd_node guard = guard_of(run, 1u << i);

		fill_key(run, at, length, 1u << i, &key);
		result = sym_match_or(run->exec, result,
			sym_match_and(run->exec, (struct sym_match){ guard, guard },
				test(run->exec, &key, data)));
	}
	return result;
}

/* What expressions do ----------------------------------------------------------------------------
 */

static void doubt(struct run *run, enum sym_doubt_kind kind)
{
	sym_doubt(run->exec, kind, run->place, run->name);
}

/* Only packets that meet this go on. */
static void narrow(struct run *run, struct sym_match match)
{
	bool matters =
		match.may != match.must &&
		sym_and(run->exec, run->alive.may,
			sym_and(run->exec, match.may, sym_not(run->exec, match.must))) != BDD_EMPTY;

	run->alive = sym_match_and(run->exec, run->alive, match);
	if (run->alive.may == BDD_EMPTY)
		run->ended = true; /* nobody comes to what follows */
	else if (matters)
		doubt(run, SYM_DOUBT_TEST);
}

static void leave(struct run *run, enum sym_exit way)
{
	run->outcome->may[way] = sym_or(run->exec, run->outcome->may[way], run->alive.may);
	run->left = sym_or(run->exec, run->left, run->alive.must);
	sym_add_fields(&run->dirt->gone, &run->dirty);
	run->ended = true;
}

static void rewrite(struct run *run, enum pkt_field field)
{
	run->dirty.fields[field] = true;
}

static void rewrite_all(struct run *run)
{
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		run->dirty.fields[i] = true;
	doubt(run, SYM_DOUBT_REWRITE);
}

/* Something that packets go through, or not. */
static void may_stop(struct run *run)
{
	narrow(run, SYM_UNKNOWN);
}

static uint64_t number(const struct nltree *data, uint16_t attribute)
{
	return nltree_number(data, attribute, UINT32_MAX);
}

static const uint8_t *value(const struct nltree *data, uint16_t attribute, size_t *ret_length)
{
	return nltree_bytes(nltree_find(data, attribute), NFTA_DATA_VALUE, ret_length);
}

/* A field that may have been rewritten is free. */
static void load_clean(struct run *run, uint64_t target, struct pkt_load *loads, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int k = 0; k < loads[i].length; k++)
			if (loads[i].bytes[k].kind == PKT_BYTE_FIELD &&
				run->dirty.fields[loads[i].bytes[k].field])
				loads[i].bytes[k] = (struct pkt_byte){ .kind = PKT_BYTE_FREE };
	store(run, target, loads, count);
}

static void load_constant(struct run *run, uint64_t target, const void *bytes, size_t length)
{
	struct pkt_load load = { .length = (unsigned int)length };

	for (size_t i = 0; i < length; i++)
		load.bytes[i] = (struct pkt_byte){ PKT_BYTE_CONSTANT, 0, 0, 0,
			((const uint8_t *)bytes)[i] };
	store(run, target, &load, 1);
}

static void load_field(struct run *run, uint64_t target, enum pkt_field field)
{
	struct pkt_load load;

	pkt_load_field(run->exec->world, field, &load);
	load_clean(run, target, &load, 1);
}

/* Does the packet have an incoming, an outgoing interface at this hook? */
static bool has_interface(const struct run *run, bool incoming)
{
	uint32_t hook = run->place->hook;

	return incoming ? hook != NF_INET_LOCAL_OUT && hook != NF_INET_POST_ROUTING
			: hook != NF_INET_PRE_ROUTING && hook != NF_INET_LOCAL_IN;
}

static void load_interface(struct run *run, uint64_t target, enum pkt_field field, bool incoming)
{
	/* Forwarded packets still have theirs in postrouting, the host's own never had one. */
	if (incoming && run->place->hook == NF_INET_POST_ROUTING) {
		may_stop(run);
		store_free(run, target, 16);
		return;
	}
	if (!has_interface(run, incoming))
		narrow(run, SYM_NEVER);
	load_field(run, target, field);
}

static void do_meta(struct run *run, const struct nltree *data)
{
	static const uint8_t families[PKT_WORLDS] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	static const uint8_t types[PKT_WORLDS][2] = { { 0x08, 0x00 }, { 0x86, 0xdd } };
	uint64_t key = number(data, NFTA_META_KEY), target = number(data, NFTA_META_DREG);

	if (nltree_has(data, NFTA_META_SREG)) {
		if (key == NFT_META_MARK)
			rewrite(run, PKT_MARK);
		else if (key == NFT_META_PKTTYPE)
			rewrite(run, PKT_PKTTYPE);
		return;
	}
	switch (key) {
	case NFT_META_NFPROTO:
		load_constant(run, target, &families[run->exec->world], 1);
		break;
	case NFT_META_PROTOCOL:
		load_constant(run, target, types[run->exec->world], 2);
		break;
	case NFT_META_L4PROTO:
		load_field(run, target, PKT_L4PROTO);
		break;
	case NFT_META_MARK:
		load_field(run, target, PKT_MARK);
		break;
	case NFT_META_PKTTYPE:
		load_field(run, target, PKT_PKTTYPE);
		break;
	case NFT_META_IIFNAME:
		load_interface(run, target, PKT_IIFNAME, true);
		break;
	case NFT_META_OIFNAME:
		load_interface(run, target, PKT_OIFNAME, false);
		break;
	case NFT_META_IIFTYPE:
		load_interface(run, target, PKT_IIFTYPE, true);
		break;
	case NFT_META_OIFTYPE:
		load_interface(run, target, PKT_OIFTYPE, false);
		break;
	default:
		may_stop(run);
		store_free(run, target, 16);
	}
}

static void do_ct(struct run *run, const struct nltree *data)
{
	static const uint32_t untracked = 1; /* NF_CT_STATE_INVALID_BIT */
	uint64_t key = number(data, NFTA_CT_KEY), target = number(data, NFTA_CT_DREG);
	bdd_node connection = sym_not(run->exec, run->exec->no_connection);
	struct sym_match has_one = { connection, connection };

	if (nltree_has(data, NFTA_CT_SREG)) {
		if (key == NFT_CT_MARK)
			rewrite(run, PKT_CT_MARK);
		return;
	}
	if (!run->place->tracked) {
		/* Nothing is known of a connection yet. */
		if (key == NFT_CT_STATE)
			load_constant(run, target, &untracked, sizeof(untracked));
		else
			narrow(run, SYM_NEVER);
		return;
	}
	if (run->dirty.fields[PKT_CT_STATE])
		has_one = SYM_UNKNOWN;
	switch (key) {
	case NFT_CT_STATE:
		load_field(run, target, PKT_CT_STATE);
		break;
	case NFT_CT_DIRECTION:
		narrow(run, has_one);
		load_field(run, target, PKT_CT_DIRECTION);
		break;
	case NFT_CT_MARK:
		narrow(run, has_one);
		load_field(run, target, PKT_CT_MARK);
		break;
	case NFT_CT_STATUS:
		narrow(run, has_one);
		load_field(run, target, PKT_CT_STATUS);
		break;
	default:
		may_stop(run);
		store_free(run, target, 16);
	}
}

/* Which field does a write of the packet change? All that it touches. */
static void write_payload(struct run *run, const struct nltree *data)
{
	struct pkt_load loads[PKT_TRANSPORTS];
	uint64_t length = number(data, NFTA_PAYLOAD_LEN);

	if (length == 0 || length > PKT_BYTES_MAX) {
		rewrite_all(run);
		return;
	}
	unsigned int count =
		pkt_load_payload(run->exec->world, (uint32_t)number(data, NFTA_PAYLOAD_BASE),
			(uint32_t)number(data, NFTA_PAYLOAD_OFFSET), (uint32_t)length, loads);

	for (unsigned int i = 0; i < count; i++)
		for (unsigned int k = 0; k < loads[i].length; k++)
			if (loads[i].bytes[k].kind == PKT_BYTE_FIELD)
				rewrite(run, loads[i].bytes[k].field);
	doubt(run, SYM_DOUBT_REWRITE);
}

static void do_payload(struct run *run, const struct nltree *data)
{
	uint64_t base = number(data, NFTA_PAYLOAD_BASE), length = number(data, NFTA_PAYLOAD_LEN);
	struct pkt_load loads[PKT_TRANSPORTS];

	if (nltree_has(data, NFTA_PAYLOAD_SREG)) {
		write_payload(run, data);
		return;
	}
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
		bdd_node there = sym_not(run->exec, run->exec->no_transport);

		narrow(run, (struct sym_match){ there, there });
	} else if (base != NFT_PAYLOAD_NETWORK_HEADER) {
		/* Without an Ethernet header there may be something else. */
		narrow(run, (struct sym_match){ BDD_ALL, run->exec->ethernet });
	}
	if (length == 0 || length > PKT_BYTES_MAX) {
		may_stop(run);
		return;
	}
	unsigned int count = pkt_load_payload(run->exec->world, (uint32_t)base,
		(uint32_t)number(data, NFTA_PAYLOAD_OFFSET), (uint32_t)length, loads);

	load_clean(run, number(data, NFTA_PAYLOAD_DREG), loads, count);
}

/* Registers to registers ----------------------------------------------------------------------- */

/* All that stands from a register on, for length bytes, in one place; NULL when it does not. */
static struct loaded *loaded_at(struct run *run, uint64_t from, uint64_t length)
{
	unsigned int at = register_at(from);

	for (unsigned int i = 0; i < run->loaded_count; i++) {
		struct loaded *loaded = &run->loaded[i];

		if (loaded->at == at && length <= loaded->loads[0].length)
			return loaded;
	}
	return NULL;
}

static void do_bitwise(struct run *run, const struct nltree *data)
{
	uint64_t target = number(data, NFTA_BITWISE_DREG), length = number(data, NFTA_BITWISE_LEN);
	struct loaded *from = loaded_at(run, number(data, NFTA_BITWISE_SREG), length);
	size_t mask_length, flip_length;
	const uint8_t *mask = value(data, NFTA_BITWISE_MASK, &mask_length);
	const uint8_t *flip = value(data, NFTA_BITWISE_XOR, &flip_length);

	if (!from || nltree_number(data, NFTA_BITWISE_OP, 0) != NFT_BITWISE_BOOL || !mask ||
		!flip || mask_length != length || flip_length != length) {
		store_free(run, target, PKT_BYTES_MAX);
		return;
	}
	struct loaded copy = *from;

	for (unsigned int i = 0; i < copy.count; i++) {
		copy.loads[i].length = (unsigned int)length;
		for (uint64_t k = 0; k < length; k++) {
			struct pkt_byte *byte = &copy.loads[i].bytes[k];

			byte->mask &= mask[k];
			byte->flip = (uint8_t)((byte->flip & mask[k]) ^ flip[k]);
			/* Nothing is left of it. */
			if (mask[k] == 0)
				byte->kind = PKT_BYTE_CONSTANT;
		}
	}
	store(run, target, copy.loads, copy.count);
}

/* On a machine that stores the least significant byte first both directions turn bytes round. */
static void do_byteorder(struct run *run, const struct nltree *data)
{
	uint64_t target = number(data, NFTA_BYTEORDER_DREG);
	uint64_t length = number(data, NFTA_BYTEORDER_LEN),
		 size = number(data, NFTA_BYTEORDER_SIZE);
	struct loaded *from = loaded_at(run, number(data, NFTA_BYTEORDER_SREG), length);

	if (!from || (size != 2 && size != 4 && size != 8)) {
		store_free(run, target, PKT_BYTES_MAX);
		return;
	}
	struct loaded copy = *from;

	for (unsigned int i = 0; i < copy.count; i++) {
		struct pkt_load *load = &copy.loads[i];

		load->length = (unsigned int)length;
		for (uint64_t k = 0;
			k + size <= length && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; k += size)
			for (uint64_t n = 0; n < size / 2; n++) {
				struct pkt_byte byte = load->bytes[k + n];

				load->bytes[k + n] = load->bytes[k + size - 1 - n];
				load->bytes[k + size - 1 - n] = byte;
			}
	}
	store(run, target, copy.loads, copy.count);
}

/* Tests ---------------------------------------------------------------------------------------- */

struct bounds {
	uint8_t first[PKT_BYTES_MAX], last[PKT_BYTES_MAX];
	bool negate;
};

static struct sym_match test_bounds(
	struct symexec *exec, const struct sym_key *key, const void *data)
{
	const struct bounds *bounds = data;
	struct sym_match match =
		sym_between(exec, key->bytes, key->length, bounds->first, bounds->last);

	return bounds->negate ? sym_match_not(exec, match) : match;
}

/* One more, or less, than a number of length bytes; false: there is none. */
static bool step(uint8_t *bytes, size_t length, bool up)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)(bytes[length] + (up ? 1 : -1));
		if (bytes[length] != (up ? 0 : 0xff))
			return true;
	}
	return false;
}

static void do_cmp(struct run *run, const struct nltree *data)
{
	uint64_t from = number(data, NFTA_CMP_SREG), operation = number(data, NFTA_CMP_OP);
	struct bounds bounds = { .negate = operation == NFT_CMP_NEQ };
	bool any = true;
	size_t length;
	const uint8_t *bytes = value(data, NFTA_CMP_DATA, &length);

	if (!bytes || length == 0 || length > PKT_BYTES_MAX || operation > NFT_CMP_GTE) {
		may_stop(run);
		return;
	}
	memcpy(bounds.first, bytes, length);
	memcpy(bounds.last, bytes, length);
	if (operation == NFT_CMP_LT || operation == NFT_CMP_LTE)
		memset(bounds.first, 0, length);
	if (operation == NFT_CMP_GT || operation == NFT_CMP_GTE)
		memset(bounds.last, 0xff, length);
	if (operation == NFT_CMP_LT)
		any = step(bounds.last, length, false);
	if (operation == NFT_CMP_GT)
		any = step(bounds.first, length, true);
	narrow(run,
		any ? test_key(run, from, (unsigned int)length, test_bounds, &bounds) : SYM_NEVER);
}

static void do_range(struct run *run, const struct nltree *data)
{
	struct bounds bounds = { .negate = number(data, NFTA_RANGE_OP) == NFT_RANGE_NEQ };
	size_t length, last_length;
	const uint8_t *first = value(data, NFTA_RANGE_FROM_DATA, &length);
	const uint8_t *last = value(data, NFTA_RANGE_TO_DATA, &last_length);

	if (!first || !last || length != last_length || length == 0 || length > PKT_BYTES_MAX) {
		may_stop(run);
		return;
	}
	memcpy(bounds.first, first, length);
	memcpy(bounds.last, last, length);
	narrow(run, test_key(run, number(data, NFTA_RANGE_SREG), (unsigned int)length, test_bounds,
			    &bounds));
}

struct membership {
	const struct snap_set *set;
	const struct sym_verdict *verdict;
};

static struct sym_match test_set(struct symexec *exec, const struct sym_key *key, const void *data)
{
	const struct membership *membership = data;

	return sym_in_set(exec, membership->set, key, membership->verdict);
}

/* Verdicts ------------------------------------------------------------------------------------- */

/* The packets of match take a verdict; the rest of the rule is for the others. */
static void take_verdict(struct run *run, struct sym_match match, const struct sym_verdict *verdict)
{
	struct sym_place there = *run->place;
	struct sym_field_set dirty = run->dirty;
	bdd_node taken = sym_and(run->exec, run->alive.may, match.may);
	bdd_node *may = run->outcome->may;

	run->left = sym_or(run->exec, run->left, sym_and(run->exec, run->alive.must, match.must));
	switch ((int32_t)verdict->code) {
	case NF_ACCEPT:
		may[SYM_ACCEPT] = sym_or(run->exec, may[SYM_ACCEPT], taken);
		return;
	case NF_DROP:
		may[SYM_DROP] = sym_or(run->exec, may[SYM_DROP], taken);
		return;
	case NFT_RETURN:
		may[SYM_RETURN] = sym_or(run->exec, may[SYM_RETURN], taken);
		return;
	case NFT_CONTINUE:
		sym_add_fields(&run->dirt->on, &run->dirty);
		may[SYM_CONTINUE] = sym_or(run->exec, may[SYM_CONTINUE], taken);
		return;
	case NFT_JUMP:
	case NFT_GOTO:
		there.chain = snap_find_chain(run->place->table, verdict->chain);
		break;
	default:
		there.chain = NULL;
	}
	if (!there.chain) {
		for (unsigned int i = 0; i < SYM_EXITS; i++)
			may[i] = sym_or(run->exec, may[i], taken);
		sym_add_fields(&run->dirt->on, &run->dirty);
		doubt(run, SYM_DOUBT_TEST);
		return;
	}
	struct sym_outcome outcome = sym_chain(run->exec, &there, &dirty);
	enum sym_exit back = (int32_t)verdict->code == NFT_GOTO ? SYM_RETURN : SYM_CONTINUE;

	sym_add_fields(&run->dirt->gone, &dirty);
	/* From a chain that was jumped to packets come back; of a map's verdicts it is one of many.
	 */
	if (back == SYM_CONTINUE)
		sym_add_fields(&run->dirt->on, &dirty);
	may[SYM_ACCEPT] = sym_or(
		run->exec, may[SYM_ACCEPT], sym_and(run->exec, taken, outcome.may[SYM_ACCEPT]));
	may[SYM_DROP] =
		sym_or(run->exec, may[SYM_DROP], sym_and(run->exec, taken, outcome.may[SYM_DROP]));
	may[back] =
		sym_or(run->exec, may[back], sym_and(run->exec, taken, outcome.may[SYM_CONTINUE]));
}

static void do_verdict(struct run *run, const struct nltree *node)
{
	struct sym_verdict verdict = { (uint32_t)number(node, NFTA_VERDICT_CODE),
		nltree_text(node, NFTA_VERDICT_CHAIN) };

	/* "continue" goes on with the next rule. */
	take_verdict(run, SYM_ALWAYS, &verdict);
	run->ended = true;
}

static void do_immediate(struct run *run, const struct nltree *data)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	uint64_t target = number(data, NFTA_IMMEDIATE_DREG);
	size_t length;
	const uint8_t *bytes = value(data, NFTA_IMMEDIATE_DATA, &length);

	if (verdict)
		do_verdict(run, verdict);
	else if (bytes && length <= PKT_BYTES_MAX && length > 0)
		load_constant(run, target, bytes, length);
	else
		store_free(run, target, PKT_BYTES_MAX);
}

/* Packets whose key is in no element of a verdict map go on behind it, here in the same rule. */
static void do_verdict_map(
	struct run *run, const struct snap_set *set, uint64_t from, unsigned int length)
{
	struct membership membership = { set, NULL };
	struct sym_verdict *verdicts = NULL;
	size_t count = 0;
	int r = sym_set_verdicts(set, &verdicts, &count);

	if (r < 0)
		sym_fail(run->exec, r);
	if (nltree_number(&set->tree, NFTA_SET_FLAGS, 0) & NFT_SET_EVAL)
		doubt(run, SYM_DOUBT_TEST);
	for (size_t i = 0; i < count; i++) {
		membership.verdict = &verdicts[i];
		take_verdict(run, test_key(run, from, length, test_set, &membership), &verdicts[i]);
	}
	free(verdicts);
	membership.verdict = NULL;
	struct sym_match found = test_key(run, from, length, test_set, &membership);

	narrow(run, sym_match_not(run->exec, found));
}

static void do_lookup(struct run *run, const struct nltree *data)
{
	const struct snap_set *set =
		snap_find_set(run->place->table, nltree_text(data, NFTA_LOOKUP_SET));
	uint64_t from = number(data, NFTA_LOOKUP_SREG), target = number(data, NFTA_LOOKUP_DREG);
	struct membership membership = { set, NULL };

	if (!set) {
		may_stop(run);
		return;
	}
	unsigned int length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);

	if (nltree_has(data, NFTA_LOOKUP_DREG) && target == NFT_REG_VERDICT) {
		do_verdict_map(run, set, from, length);
		return;
	}
	struct sym_match found = test_key(run, from, length, test_set, &membership);

	if (nltree_number(data, NFTA_LOOKUP_FLAGS, 0) & NFT_LOOKUP_F_INV)
		found = sym_match_not(run->exec, found);
	narrow(run, found);
	if (nltree_has(data, NFTA_LOOKUP_DREG))
		store_free(run, target, PKT_BYTES_MAX);
}

/* Other expressions ---------------------------------------------------------------------------- */

static void do_nothing(struct run *run, const struct nltree *data)
{
	(void)run;
	(void)data;
}

/* Sets and meters that fill up, limits, quotas: who comes later is stopped. */
static void do_stop_some(struct run *run, const struct nltree *data)
{
	(void)data;
	may_stop(run);
}

/* Loads of what is not modelled; their target is the attribute of that number. */
static void load_free(struct run *run, const struct nltree *data, uint16_t target)
{
	may_stop(run);
	store_free(run, number(data, target), PKT_BYTES_MAX);
}

static void do_exthdr(struct run *run, const struct nltree *data)
{
	if (nltree_has(data, NFTA_EXTHDR_SREG)) {
		doubt(run, SYM_DOUBT_REWRITE);
		may_stop(run);
		return;
	}
	load_free(run, data, NFTA_EXTHDR_DREG);
}

static void do_fib(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_FIB_DREG);
}

static void do_rt(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_RT_DREG);
}

static void do_socket(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_SOCKET_DREG);
}

static void do_hash(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_HASH_DREG);
}

static void do_numgen(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_NG_DREG);
}

static void do_osf(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_OSF_DREG);
}

static void do_xfrm(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_XFRM_DREG);
}

static void do_tunnel(struct run *run, const struct nltree *data)
{
	load_free(run, data, NFTA_TUNNEL_DREG);
}

static void do_reject(struct run *run, const struct nltree *data)
{
	(void)data;
	leave(run, SYM_DROP);
}

/* Of a chain of type nat; the packet is accepted there. */
static void do_nat(struct run *run, const struct nltree *data)
{
	(void)data;
	rewrite(run, PKT_SADDR);
	rewrite(run, PKT_DADDR);
	rewrite(run, PKT_SPORT);
	rewrite(run, PKT_DPORT);
	doubt(run, SYM_DOUBT_REWRITE);
	leave(run, SYM_ACCEPT);
}

static void do_notrack(struct run *run, const struct nltree *data)
{
	(void)data;
	rewrite(run, PKT_CT_STATE);
	rewrite(run, PKT_CT_MARK);
	rewrite(run, PKT_CT_DIRECTION);
	rewrite(run, PKT_CT_STATUS);
	doubt(run, SYM_DOUBT_REWRITE);
}

/* Elsewhere: to a program, another interface, past the hooks. Whoever has it may let it go on. */
static void do_divert(struct run *run, const struct nltree *data)
{
	(void)data;
	doubt(run, SYM_DOUBT_DIVERT);
	run->outcome->may[SYM_ACCEPT] =
		sym_or(run->exec, run->outcome->may[SYM_ACCEPT], run->alive.may);
	leave(run, SYM_DROP);
}

/* A copy, or what comes of the connection later; this packet goes on. */
static void do_divert_more(struct run *run, const struct nltree *data)
{
	(void)data;
	doubt(run, SYM_DOUBT_DIVERT);
}

static void do_unknown(struct run *run, const struct nltree *data)
{
	(void)data;
	rewrite_all(run);
	doubt(run, SYM_DOUBT_DIVERT);
	sym_add_fields(&run->dirt->gone, &run->dirty);
	sym_add_fields(&run->dirt->on, &run->dirty);
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		run->outcome->may[i] = sym_or(run->exec, run->outcome->may[i], run->alive.may);
	may_stop(run);
}

/* Which of them let everybody pass is told by the object's type. */
static void do_object(struct run *run, const struct nltree *data)
{
	uint64_t type = number(data, NFTA_OBJREF_IMM_TYPE);

	if (type == NFT_OBJECT_COUNTER)
		return;
	if (type == NFT_OBJECT_SYNPROXY)
		do_divert(run, data);
	else
		may_stop(run);
}

static const struct {
	const char *name;
	void (*function)(struct run *run, const struct nltree *data);
} actions[] = {
	{ "bitwise", do_bitwise },
	{ "byteorder", do_byteorder },
	{ "cmp", do_cmp },
	{ "connlimit", do_stop_some },
	{ "counter", do_nothing },
	{ "ct", do_ct },
	{ "dup", do_divert_more },
	{ "dynset", do_stop_some },
	{ "exthdr", do_exthdr },
	{ "fib", do_fib },
	{ "flow_offload", do_divert_more },
	{ "fwd", do_divert },
	{ "hash", do_hash },
	{ "immediate", do_immediate },
	{ "last", do_nothing },
	{ "limit", do_stop_some },
	{ "log", do_nothing },
	{ "lookup", do_lookup },
	{ "masq", do_nat },
	{ "match", do_stop_some },
	{ "meta", do_meta },
	{ "nat", do_nat },
	{ "notrack", do_notrack },
	{ "numgen", do_numgen },
	{ "objref", do_object },
	{ "osf", do_osf },
	{ "payload", do_payload },
	{ "queue", do_divert },
	{ "quota", do_stop_some },
	{ "range", do_range },
	{ "redir", do_nat },
	{ "reject", do_reject },
	{ "rt", do_rt },
	{ "socket", do_socket },
	{ "synproxy", do_divert },
	{ "tproxy", do_divert },
	{ "tunnel", do_tunnel },
	{ "xfrm", do_xfrm },
};

static void do_expression(struct run *run, const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	run->name = name ? name : "?";
	for (size_t i = 0;
		name && nltree_is_known(expression) && i < sizeof(actions) / sizeof(actions[0]);
		i++)
		if (strcmp(actions[i].name, name) == 0) {
			actions[i].function(run, nltree_find(expression, NFTA_EXPR_DATA));
			return;
		}
	do_unknown(run, expression);
}

struct sym_outcome sym_rule(struct symexec *exec, const struct sym_place *place,
	const struct sym_field_set *before, struct sym_dirt *dirt)
{
	const struct nltree *list = nltree_find(place->rule, NFTA_RULE_EXPRESSIONS);
	struct sym_outcome outcome = { { BDD_EMPTY, BDD_EMPTY, BDD_EMPTY, BDD_EMPTY } };
	struct run run = { .exec = exec,
		.place = place,
		.dirty = *before,
		.dirt = dirt,
		.alive = SYM_ALWAYS,
		.left = BDD_EMPTY,
		.outcome = &outcome };

	if (!nltree_is_known(place->rule)) {
		/* Something of the rule beside its expressions: also of those, it says nothing. */
		run.name = "rule";
		for (size_t i = 0; i < place->rule->count; i++)
			if (place->rule->children[i].kind == NLTREE_UNKNOWN)
				do_unknown(&run, NULL);
	}
	for (size_t i = 0; list && i < list->count && !run.ended; i++)
		do_expression(&run, &list->children[i]);
	if (!run.ended)
		sym_add_fields(&dirt->on, &run.dirty);
	outcome.may[SYM_CONTINUE] =
		sym_or(exec, outcome.may[SYM_CONTINUE], sym_not(exec, run.left));
	return outcome;
}

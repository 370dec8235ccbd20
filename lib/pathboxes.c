/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pathboxes.h"

#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "array.h"

#define BOXES_MAX   256 /* of one path; one with more is made by itself */
#define COLUMNS_MAX 8

/* One box, column by column. */
enum column { IN, OUT, PROTOCOL, SOURCE, DESTINATION, PORT, TYPE, CODE };
enum { MARK = PROTOCOL };

struct box {
	struct hdr_range columns[COLUMNS_MAX];
};

/* Ways into the path, or out of it: an interface and addresses. */
struct end {
	struct hdr_range interface, addresses;
};

struct gathering {
	const struct pathboxes *pathboxes;
	enum pathboxes_kind kind;
	unsigned int fields[COLUMNS_MAX];
	unsigned int column_count;
	struct hdr_range *ranges;
	size_t count, room; /* boxes */
	struct end in[BOXES_MAX], out[BOXES_MAX];
	size_t in_count, out_count; /* BOXES_MAX + 1: too many */
	bool failed;		    /* no memory */
};

static struct hdr_range one(const void *bytes, size_t length)
{
	hdr_value number = pkt_number(bytes, length);

	return (struct hdr_range){ number, number };
}

static struct hdr_range all_of(const struct gathering *gathering, enum pkt_field field)
{
	unsigned int bits = pkt_field_bits(gathering->pathboxes->world, field);

	return (struct hdr_range){ 0, ~(hdr_value)0 >> (128 - bits) };
}

static bool is_marked(enum pathboxes_kind kind)
{
	return kind >= PATHBOXES_MARKED;
}

static bool is_back(enum pathboxes_kind kind)
{
	return kind == PATHBOXES_REPLIES || kind == PATHBOXES_MARKED_BACK ||
	       kind == PATHBOXES_MARKED_BACK_HERE;
}

/* Ends ----------------------------------------------------------------------------------------- */

static void add_end(struct end *ends, size_t *count, struct end end)
{
	if (*count < BOXES_MAX)
		ends[*count] = end;
	*count += *count <= BOXES_MAX;
}

static void add_part(const struct gathering *gathering, const struct policy_part *part,
	struct end *ends, size_t *count)
{
	const struct pathboxes *pathboxes = gathering->pathboxes;
	enum addr_family family = pathboxes->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	const struct addrset *addresses = &part->addresses[family];
	size_t length = addr_length(family);
	hdr_value name = pkt_interface(pathboxes->policy->segments[part->segment].interface);

	if (is_marked(gathering->kind)) {
		if (gathering->kind < PATHBOXES_MARKED_HERE || addresses->count)
			add_end(ends, count, (struct end){ { name, name }, { 0, 0 } });
		return;
	}
	for (size_t i = 0; i < addresses->count; i++)
		add_end(ends, count,
			(struct end){ { name, name },
				{ pkt_number(addresses->ranges[i].first, length),
					pkt_number(addresses->ranges[i].last, length) } });
}

/* The gateway's own end has no parts: it says nothing. */
static size_t find_ends(
	const struct gathering *gathering, const struct policy_end *end, struct end *ends)
{
	size_t count = 0;

	if (end->part_count == 0)
		add_end(ends, &count,
			(struct end){
				all_of(gathering, PKT_IIFNAME), all_of(gathering, PKT_SADDR) });
	for (size_t i = 0; i < end->part_count; i++)
		add_part(gathering, &end->parts[i], ends, &count);
	return count;
}

/* Boxes ---------------------------------------------------------------------------------------- */

static void add_box(struct gathering *gathering, const struct box *box)
{
	unsigned int columns = gathering->column_count;
	struct hdr_range *grown = array_reserve(gathering->ranges,
		columns * sizeof(*gathering->ranges), gathering->count, &gathering->room);

	if (!grown) {
		gathering->failed = true;
		return;
	}
	gathering->ranges = grown;
	memcpy(gathering->ranges + gathering->count * columns, box->columns,
		columns * sizeof(*gathering->ranges));
	gathering->count++;
}

/* For each way in and out. */
static void add_ends(struct gathering *gathering, struct box *box)
{
	for (size_t i = 0; i < gathering->in_count && !gathering->failed; i++)
		for (size_t k = 0; k < gathering->out_count && !gathering->failed; k++) {
			box->columns[IN] = gathering->in[i].interface;
			box->columns[OUT] = gathering->out[k].interface;
			if (!is_marked(gathering->kind)) {
				box->columns[SOURCE] = gathering->in[i].addresses;
				box->columns[DESTINATION] = gathering->out[k].addresses;
			}
			add_box(gathering, box);
		}
}

/* As by_entry() of zonespace.c. */
static void add_entry(struct gathering *gathering, const struct policy_service_entry *entry)
{
	bool icmp = entry && (entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6);
	struct box box;

	box.columns[PROTOCOL] = all_of(gathering, PKT_L4PROTO);
	box.columns[PORT] = all_of(gathering, PKT_DPORT);
	box.columns[TYPE] = all_of(gathering, PKT_ICMP_TYPE);
	box.columns[CODE] = all_of(gathering, PKT_ICMP_CODE);
	if (entry)
		box.columns[PROTOCOL] = one(&entry->protocol, 1);
	if (entry && !entry->whole && !icmp) {
		box.columns[PORT] = (struct hdr_range){ entry->ports.first, entry->ports.last };
	} else if (entry && !entry->whole && gathering->kind != PATHBOXES_REPLIES) {
		box.columns[TYPE] =
			(struct hdr_range){ entry->ports.first >> 8, entry->ports.last >> 8 };
		if (entry->ports.first >> 8 == entry->ports.last >> 8)
			box.columns[CODE] = (struct hdr_range){ entry->ports.first & 0xff,
				entry->ports.last & 0xff };
	}
	add_ends(gathering, &box);
}

static void add_services(struct gathering *gathering, const struct policy_path *path)
{
	const struct policy *policy = gathering->pathboxes->policy;

	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		if (service->any)
			add_entry(gathering, NULL);
		for (size_t k = 0; k < service->entry_count && !service->any; k++)
			add_entry(gathering, &service->entries[k]);
	}
}

/* False: it has too many boxes. */
static bool add_path(struct gathering *gathering, const struct policy_path *path)
{
	bool back = is_back(gathering->kind);
	struct box box;

	gathering->in_count = find_ends(gathering, back ? &path->to : &path->from, gathering->in);
	gathering->out_count = find_ends(gathering, back ? &path->from : &path->to, gathering->out);
	if (gathering->in_count * gathering->out_count > BOXES_MAX)
		return false;
	if (is_marked(gathering->kind)) {
		box.columns[MARK] = one(&path->id, sizeof(path->id));
		add_ends(gathering, &box);
	} else {
		add_services(gathering, path);
	}
	return true;
}

/* One by itself. */
static bdd_node one_path(const struct gathering *gathering, const struct policy_path *path)
{
	struct zonespace *zones = gathering->pathboxes->zones;
	enum pathboxes_kind kind = gathering->kind;

	if (kind == PATHBOXES_OPEN)
		return zonespace_path(zones, path);
	if (kind == PATHBOXES_REPLIES)
		return zonespace_replies(zones, path);
	return zonespace_marked(zones, path, is_back(kind), kind >= PATHBOXES_MARKED_HERE);
}

static bdd_node gather(
	struct gathering *gathering, const struct policy_path *const *paths, size_t count)
{
	struct hdrspace *space = gathering->pathboxes->space;
	bdd_node odd = BDD_EMPTY;

	for (size_t i = 0; i < count && !gathering->failed; i++)
		if (paths[i] && !add_path(gathering, paths[i]))
			odd = bdd_or(hdrspace_bdd(space), odd, one_path(gathering, paths[i]));
	if (gathering->failed)
		return BDD_NONE;
	const struct hdr_boxes boxes = { gathering->fields, gathering->column_count,
		gathering->ranges, gathering->count };

	return gathering->count ? bdd_or(hdrspace_bdd(space), odd, hdrspace_boxes(space, &boxes))
				: odd;
}

bdd_node pathboxes_all(const struct pathboxes *pathboxes, enum pathboxes_kind kind,
	const struct policy_path *const *paths, size_t count)
{
	static const unsigned int marked[] = { PKT_IIFNAME, PKT_OIFNAME, PKT_CT_MARK };
	const unsigned int permitted[] = { PKT_IIFNAME, PKT_OIFNAME, PKT_L4PROTO, PKT_SADDR,
		PKT_DADDR, kind == PATHBOXES_REPLIES ? PKT_SPORT : PKT_DPORT, PKT_ICMP_TYPE,
		PKT_ICMP_CODE };
	struct gathering *gathering = calloc(1, sizeof(*gathering));

	if (!gathering)
		return BDD_NONE;
	gathering->pathboxes = pathboxes;
	gathering->kind = kind;
	gathering->column_count = is_marked(kind) ? 3 : COLUMNS_MAX;
	memcpy(gathering->fields, is_marked(kind) ? marked : permitted,
		gathering->column_count * sizeof(gathering->fields[0]));
	bdd_node all = gather(gathering, paths, count);

	free(gathering->ranges);
	free(gathering);
	return all;
}

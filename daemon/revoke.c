/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "revoke.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/errtext.h"
#include "../lib/nlconntrack.h"
#include "../lib/permitted.h"
#include "clock.h"
#include "ownaddr.h"

#define SLICE_NS   (2 * INT64_C(1000000)) /* of the loop's time, at most about that at once */
#define RETRY_MS   1000
#define ATTEMPTS   10
#define SHOWN_ROOM (REVOKE_SHOWN * CONNTRACK_TEXT_MAX)

enum phase {
	PHASE_NONE,
	PHASE_FINDING,	/* going through the table, to put on record */
	PHASE_WAITING,	/* for the grace to be over */
	PHASE_REMOVING, /* going through it again, to take out */
};

struct ids {
	uint32_t *list;
	size_t count, room;
};

struct revoke {
	const struct lifecycle *lifecycle;
	struct reclink *reclink;
	const struct isolation *isolation; /* or NULL */
	struct loop_source *timer;
	struct nlsock *reader, *writer;
	enum phase phase;
	const char *why;
	/* While the table is gone through. */
	struct nlsock_answer answer;
	struct openings openings;
	struct permitted *permitted;
	struct ownaddr own;
	unsigned int serial; /* of the policy that they are of */
	unsigned int attempt;
	int error; /* of taking out; the last one */
	/* What was found since the last event. */
	size_t found, failed;
	char *shown;
	size_t shown_length;
	struct ids known; /* on record, and not taken out yet; sorted */
	struct ids seen;  /* to be cut, in this pass */
	struct revoke_totals totals;
};

/* Which are on record already ------------------------------------------------------------------ */

static int compare_ids(const void *a, const void *b)
{
	const uint32_t *one = a, *other = b;

	return (*one > *other) - (*one < *other);
}

static bool is_known(const struct revoke *revoke, const struct conntrack_entry *entry)
{
	const struct ids *known = &revoke->known;

	return entry->has_id && known->count > 0 &&
	       bsearch(&entry->id, known->list, known->count, sizeof(*known->list), compare_ids);
}

/* Without memory it may stand in two events: better than in none. */
static void add_id(struct ids *ids, uint32_t id)
{
	uint32_t *list = array_reserve(ids->list, sizeof(*list), ids->count, &ids->room);

	if (!list)
		return;
	ids->list = list;
	ids->list[ids->count++] = id;
}

static void clear_ids(struct ids *ids)
{
	free(ids->list);
	*ids = (struct ids){ 0 };
}

/* What was seen is on record. A pass that came to its end saw all: what is known and was not seen
 * has gone, or is permitted again. */
static void keep_seen(struct revoke *revoke, bool ended)
{
	for (size_t i = 0; i < revoke->known.count && !ended; i++)
		add_id(&revoke->seen, revoke->known.list[i]);
	clear_ids(&revoke->known);
	revoke->known = revoke->seen;
	revoke->seen = (struct ids){ 0 };
	if (revoke->known.count > 0)
		qsort(revoke->known.list, revoke->known.count, sizeof(*revoke->known.list),
			compare_ids);
}

/* One connection ------------------------------------------------------------------------------- */

/* Loopback, link-local, multicast, broadcast: such packets are never forwarded, and no path is
 * about them. */
static bool stays_on_link(enum addr_family family, const uint8_t *bytes)
{
	if (family == ADDR_IPV4)
		return bytes[0] == 127 || bytes[0] >= 224 || bytes[0] == 0 ||
		       (bytes[0] == 169 && bytes[1] == 254);
	static const uint8_t none[15] = { 0 };

	return bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80) ||
	       (memcmp(bytes, none, sizeof(none)) == 0 && bytes[15] <= 1);
}

/* As the rule set sees its first packet: behind what translates destinations, before what
 * translates sources. */
static struct permitted_flow flow_of(const struct conntrack_entry *entry, bool from_us, bool to_us)
{
	struct permitted_flow flow = {
		.direction = from_us ? PATH_OUTPUT
			     : to_us ? PATH_INPUT
				     : PATH_FORWARD,
		.family = entry->family,
		.protocol = entry->protocol,
		.port = conntrack_port(entry),
		.mark = entry->mark,
	};

	memcpy(flow.source, entry->source, sizeof(flow.source));
	memcpy(flow.destination, entry->reply_source, sizeof(flow.destination));
	return flow;
}

static bool entry_isolates(
	const struct isolation_entry *entry, const struct addr *addr, const char *interface)
{
	struct addr_range range;

	if (!isolation_in_force(entry))
		return false;
	if (entry->target.kind == ISOLATION_INTERFACE)
		return interface && strcmp(entry->target.text, interface) == 0;
	if (entry->target.kind != ISOLATION_ADDRESS ||
		entry->target.prefix.addr.family != addr->family)
		return false;
	range = addr_prefix_range(&entry->target.prefix);
	return memcmp(addr->bytes, range.first, addr_length(addr->family)) >= 0 &&
	       memcmp(addr->bytes, range.last, addr_length(addr->family)) <= 0;
}

/* Of a device that is isolated by its MAC nothing is known here. */
static bool is_isolated(const struct revoke *revoke, enum addr_family family, const uint8_t *bytes)
{
	const struct policy *policy = lifecycle_policy(revoke->lifecycle);
	struct addr addr = { .family = family };

	if (!revoke->isolation || isolation_count(revoke->isolation) == 0)
		return false;
	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	size_t segment = policy_segment_of(policy, &addr);
	const char *interface =
		segment < policy->segment_count ? policy->segments[segment].interface : NULL;

	for (size_t i = 0; i < revoke->isolation->count; i++)
		if (entry_isolates(&revoke->isolation->entries[i], &addr, interface))
			return true;
	return false;
}

static bool is_to_be_cut(const struct revoke *revoke, const struct conntrack_entry *entry)
{
	bool from_us = ownaddr_has(&revoke->own, entry->family, entry->source);
	bool to_us = ownaddr_has(&revoke->own, entry->family, entry->reply_source);

	if ((from_us && to_us) || stays_on_link(entry->family, entry->source) ||
		stays_on_link(entry->family, entry->destination) ||
		stays_on_link(entry->family, entry->reply_source))
		return false;
	struct permitted_flow flow = flow_of(entry, from_us, to_us);

	if (is_isolated(revoke, entry->family, entry->source) ||
		is_isolated(revoke, entry->family, entry->reply_source))
		return true;
	return !permitted_has(revoke->permitted, &flow);
}

static void show(struct revoke *revoke, const struct conntrack_entry *entry)
{
	char text[CONNTRACK_TEXT_MAX];

	if (!revoke->shown && !(revoke->shown = malloc(SHOWN_ROOM)))
		return;
	conntrack_format(entry, text);
	revoke->shown_length += (size_t)snprintf(revoke->shown + revoke->shown_length,
		SHOWN_ROOM - revoke->shown_length, "%s%s", revoke->found ? ", " : "", text);
}

static void find(struct revoke *revoke, const struct conntrack_entry *entry)
{
	if (entry->has_id)
		add_id(&revoke->seen, entry->id);
	if (is_known(revoke, entry))
		return;
	if (revoke->found < REVOKE_SHOWN)
		show(revoke, entry);
	revoke->found++;
}

static void take_out(struct revoke *revoke, const struct conntrack_entry *entry)
{
	int r = conntrack_delete(revoke->writer, entry);

	if (r == 0)
		revoke->totals.removed++;
	if (r == 0 || r == -ENOENT)
		return;
	revoke->failed++;
	revoke->error = r;
}

static int take_message(const struct nlmsghdr *message, void *data)
{
	struct revoke *revoke = data;
	struct conntrack_entry entry;

	/* One that cannot be read is not judged: the rule set does that. */
	if (conntrack_parse(message, &entry) < 0 || !is_to_be_cut(revoke, &entry))
		return 0;
	if (revoke->phase == PHASE_FINDING)
		find(revoke, &entry);
	else
		take_out(revoke, &entry);
	return 0;
}

/* Events --------------------------------------------------------------------------------------- */

/* What was found until now; it is known from now on. */
static void record_found(struct revoke *revoke, bool ended)
{
	char text[160], count[24];

	if (revoke->phase == PHASE_FINDING)
		keep_seen(revoke, ended);
	if (revoke->found == 0)
		return;
	snprintf(count, sizeof(count), "%zu", revoke->found);
	snprintf(text, sizeof(text),
		"open connections that nothing permits any more are cut: %zu; they are taken out "
		"of "
		"the kernel's table",
		revoke->found);
	reclink_event(revoke->reclink, "cut", true, text,
		(const char *const[]){ "why", revoke->why, "connections.count", count,
			revoke->shown ? "connections.first" : NULL, revoke->shown, NULL });
	revoke->totals.cut += revoke->found;
	revoke->found = revoke->shown_length = 0;
	free(revoke->shown);
	revoke->shown = NULL;
}

static void record_failure(const struct revoke *revoke, const char *text, size_t count, int error)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", count);
	reclink_event(revoke->reclink, "cut", false, text,
		(const char *const[]){ "why", revoke->why, "connections.count", number, "error",
			errtext_english(error), NULL });
}

/* Going through the table ---------------------------------------------------------------------- */

static void end_pass(struct revoke *revoke)
{
	permitted_free(revoke->permitted);
	revoke->permitted = NULL;
	openings_clear(&revoke->openings);
	ownaddr_clear(&revoke->own);
}

static int begin_pass(struct revoke *revoke)
{
	const struct policy *policy = lifecycle_policy(revoke->lifecycle);
	int r = ownaddr_read(&revoke->own);

	if (r == 0)
		r = openings_at(policy, lifecycle_zone(revoke->lifecycle), realtime_ms() / 1000,
			&revoke->openings);
	if (r == 0)
		r = permitted_new(policy, &revoke->openings, &revoke->permitted);
	if (r == 0)
		r = conntrack_begin(revoke->reader, take_message, revoke, &revoke->answer);
	revoke->serial = lifecycle_serial(revoke->lifecycle);
	return r;
}

static void finish(struct revoke *revoke)
{
	end_pass(revoke);
	if (revoke->phase == PHASE_FINDING) {
		record_found(revoke, true);
		revoke->phase = revoke->known.count > 0 ? PHASE_WAITING : PHASE_NONE;
		if (revoke->phase == PHASE_WAITING)
			(void)loop_set_timer(revoke->timer, REVOKE_GRACE_MS, 0);
		return;
	}
	if (revoke->failed > 0)
		record_failure(revoke,
			"connections that nothing permits could not be taken out of the kernel's "
			"table; nothing of them passes",
			revoke->failed, revoke->error);
	revoke->totals.failed += revoke->failed;
	revoke->failed = 0;
	clear_ids(&revoke->known);
	revoke->phase = PHASE_NONE;
}

/* The table changed under the reading, or the kernel could not tell: from its beginning. What was
 * found is known by its id, and not found again. */
static void again(struct revoke *revoke, int error)
{
	end_pass(revoke);
	if (revoke->phase == PHASE_FINDING)
		record_found(revoke, false);
	if (++revoke->attempt < ATTEMPTS) {
		(void)loop_set_timer(revoke->timer, RETRY_MS, 0);
		return;
	}
	record_failure(revoke,
		"which open connections are cut could not be found out; nothing that is not "
		"permitted passes",
		0, error);
	revoke->phase = PHASE_NONE;
}

static void step(struct revoke *revoke)
{
	int64_t end = clock_monotonic() + SLICE_NS;
	int r = revoke->permitted ? 1 : begin_pass(revoke);

	/* A change came between: revoke_look() begins anew. */
	if (r > 0 && revoke->serial != lifecycle_serial(revoke->lifecycle))
		r = -EINTR;
	else
		r = r < 0 ? r : 1;
	while (r > 0 && clock_monotonic() < end)
		r = nlsock_step(revoke->reader, &revoke->answer);
	if (r < 0)
		again(revoke, r);
	else if (r == 0)
		finish(revoke);
	else
		(void)loop_set_timer(revoke->timer, 0, 0);
}

static void on_timer(struct loop *loop, void *data)
{
	struct revoke *revoke = data;

	(void)loop;
	if (revoke->phase == PHASE_WAITING) {
		revoke->phase = PHASE_REMOVING;
		revoke->attempt = 0;
	}
	/* What is open goes on when the island ends; where nothing is blocked nothing is cut.
	 * The end of both is a change again. */
	if (revoke->phase == PHASE_NONE || lifecycle_is_island(revoke->lifecycle) ||
		lifecycle_is_open(revoke->lifecycle)) {
		end_pass(revoke);
		revoke->phase = PHASE_NONE;
		return;
	}
	step(revoke);
}

void revoke_isolation(struct revoke *revoke, const struct isolation *isolation)
{
	if (revoke)
		revoke->isolation = isolation;
}

void revoke_look(struct revoke *revoke, const char *why)
{
	if (!revoke)
		return;
	end_pass(revoke);
	record_found(revoke, false); /* of that it is known why */
	revoke->why = why;
	revoke->attempt = 0;
	revoke->phase = PHASE_FINDING;
	(void)loop_set_timer(revoke->timer, 0, 0);
}

struct revoke_totals revoke_totals(const struct revoke *revoke)
{
	return revoke ? revoke->totals : (struct revoke_totals){ 0 };
}

/* ---------------------------------------------------------------------------------------------- */

int revoke_new(struct loop *loop, const struct lifecycle *lifecycle, struct reclink *reclink,
	struct revoke **ret_revoke)
{
	struct revoke *revoke = calloc(1, sizeof(*revoke));
	int r;

	if (!revoke)
		return -ENOMEM;
	revoke->lifecycle = lifecycle;
	revoke->reclink = reclink;
	revoke->why = "";
	r = nlsock_open(&revoke->reader);
	if (r == 0)
		r = nlsock_open(&revoke->writer);
	if (r == 0)
		r = loop_add_timer(loop, on_timer, revoke, &revoke->timer);
	if (r < 0) {
		revoke_free(revoke);
		return r;
	}
	*ret_revoke = revoke;
	return 0;
}

void revoke_free(struct revoke *revoke)
{
	if (!revoke)
		return;
	loop_remove(revoke->timer);
	end_pass(revoke);
	clear_ids(&revoke->known);
	clear_ids(&revoke->seen);
	free(revoke->shown);
	nlsock_close(revoke->reader);
	nlsock_close(revoke->writer);
	free(revoke);
}

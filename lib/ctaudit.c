/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctaudit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "hostsnap.h"
#include "i18n.h"
#include "permitted.h"
#include "wayout.h"

static const struct {
	const char *name, *text;
} faults[CTAUDIT_FAULTS] = {
	[CTAUDIT_SOURCE] = { "source", N_("it did not begin where its path begins") },
	[CTAUDIT_DESTINATION] = { "destination", N_("it does not lead where its path leads") },
	[CTAUDIT_SERVICE] = { "service", N_("it is of no service of its path") },
	[CTAUDIT_TRANSLATED] = { "translated",
		N_("its destination is replaced by somebody else's rules") },
};

const char *ctaudit_fault_name(enum ctaudit_fault fault)
{
	return faults[fault].name;
}

const char *ctaudit_fault_text(enum ctaudit_fault fault)
{
	return faults[fault].text;
}

/* Marks ---------------------------------------------------------------------------------------- */

/* Whose a mark is: one of the two. */
struct owner {
	uint32_t mark;
	const struct policy_path *path;
	const struct policy_observe *observe;
};

struct auditing {
	const struct policy *policy;
	const struct snap_connections *connections;
	bool routed; /* way holds the host's routes */
	struct wayout way;
	struct owner *owners; /* sorted by mark */
	size_t owner_count;
	struct ctaudit *audit;
};

static int by_mark(const void *a, const void *b)
{
	const struct owner *one = a, *other = b;

	return (one->mark > other->mark) - (one->mark < other->mark);
}

static int collect(struct auditing *auditing)
{
	const struct policy *policy = auditing->policy;
	struct owner *owners =
		calloc(policy->path_count + policy->observe_count + 1, sizeof(*owners));
	size_t count = 0;

	if (!owners)
		return -ENOMEM;
	for (size_t i = 0; i < policy->path_count; i++)
		owners[count++] = (struct owner){ policy->paths[i].id, &policy->paths[i], NULL };
	for (size_t i = 0; i < policy->observe_count; i++)
		owners[count++] =
			(struct owner){ policy->observes[i].id, NULL, &policy->observes[i] };
	qsort(owners, count, sizeof(*owners), by_mark);
	auditing->owners = owners;
	auditing->owner_count = count;
	return 0;
}

/* One entry ------------------------------------------------------------------------------------ */

static bool end_has(const struct policy_end *end, enum addr_family family, const uint8_t *address)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (addrset_contains(&end->parts[i].addresses[family], address))
			return true;
	return false;
}

static bool zone_has(
	const struct policy *policy, size_t zone, enum addr_family family, const uint8_t *address)
{
	const struct policy_zone *whole = &policy->zones[zone];

	for (size_t i = 0; i < whole->segment_count; i++)
		if (addrset_contains(
			    &policy->segments[whole->first_segment + i].source[family], address))
			return true;
	return false;
}

static bool from_has(
	const struct policy *policy, const struct owner *owner, const struct conntrack_entry *entry)
{
	if (owner->observe)
		return zone_has(policy, owner->observe->from, entry->family, entry->source);
	return owner->path->direction == PATH_OUTPUT ||
	       end_has(&owner->path->from, entry->family, entry->source);
}

/* As the rules see it: behind what replaces destinations. */
static bool to_has(
	const struct policy *policy, const struct owner *owner, const struct conntrack_entry *entry)
{
	if (owner->observe)
		return zone_has(policy, owner->observe->to, entry->family, entry->reply_source);
	return owner->path->direction == PATH_INPUT ||
	       end_has(&owner->path->to, entry->family, entry->reply_source);
}

static bool service_has(
	const struct policy *policy, const struct owner *owner, const struct conntrack_entry *entry)
{
	const struct permitted_flow flow = {
		.family = entry->family, .protocol = entry->protocol, .port = conntrack_port(entry)
	};

	return owner->observe || permitted_service(policy, owner->path, &flow);
}

/* CTAUDIT_FAULTS: none. */
static enum ctaudit_fault fault_of(
	const struct policy *policy, const struct owner *owner, const struct conntrack_entry *entry)
{
	size_t length = addr_length(entry->family);

	if (!from_has(policy, owner, entry))
		return CTAUDIT_SOURCE;
	if (!to_has(policy, owner, entry))
		return CTAUDIT_DESTINATION;
	if (!service_has(policy, owner, entry))
		return CTAUDIT_SERVICE;
	if (!owner->observe && memcmp(entry->destination, entry->reply_source, length) != 0)
		return CTAUDIT_TRANSLATED;
	return CTAUDIT_FAULTS;
}

/* Interfaces ------------------------------------------------------------------------------------
 */

/* Do packets to an address leave by the interface of its segment? */
static enum wayout_answer leaves_rightly(
	const struct auditing *auditing, enum addr_family family, const uint8_t *address)
{
	const struct policy *policy = auditing->policy;
	struct addr addr = { .family = family };
	size_t segment;

	memcpy(addr.bytes, address, addr_length(family));
	segment = policy_segment_of(policy, &addr);
	if (segment >= policy->segment_count)
		return WAYOUT_OTHER;
	return wayout_leaves_by(
		&auditing->way, family, address, policy->segments[segment].interface);
}

/* Its packets and the answers; the gateway's own end is by none. */
static enum wayout_answer ways_of(const struct auditing *auditing, const struct owner *owner,
	const struct conntrack_entry *entry)
{
	bool in = !owner->path || owner->path->direction != PATH_OUTPUT;
	bool out = !owner->path || owner->path->direction != PATH_INPUT;
	enum wayout_answer answer = WAYOUT_ONLY, back = WAYOUT_ONLY;

	if (!auditing->routed)
		return WAYOUT_UNTOLD;
	if (out)
		answer = leaves_rightly(auditing, entry->family, entry->reply_source);
	if (in)
		back = leaves_rightly(auditing, entry->family, entry->source);
	return answer == WAYOUT_ONLY ? back : answer;
}

static void count_way(const struct auditing *auditing, const struct owner *owner,
	const struct conntrack_entry *entry)
{
	struct ctaudit *audit = auditing->audit;

	switch (ways_of(auditing, owner, entry)) {
	case WAYOUT_ONLY:
		audit->kept++;
		return;
	case WAYOUT_OTHER:
		audit->strayed++;
		return;
	case WAYOUT_UNTOLD:
		audit->untold++;
		return;
	}
}

static int read_routes(struct auditing *auditing, const struct snapshot *snapshot)
{
	const struct hostsnap *host = snapshot->host;

	auditing->routed = host && host->parts[HOSTSNAP_LINKS].error == 0 &&
			   host->parts[HOSTSNAP_ROUTES].error == 0 &&
			   host->parts[HOSTSNAP_RULES].error == 0;
	return auditing->routed ? wayout_init(&auditing->way, &host->host) : 0;
}

/* Findings --------------------------------------------------------------------------------------
 */

static int add(struct ctaudit *audit, const struct ctaudit_finding *finding)
{
	if (audit->count == CTAUDIT_FINDINGS_MAX) {
		audit->left_out++;
		return 0;
	}
	void *findings = array_reserve(
		audit->findings, sizeof(*audit->findings), audit->count, &audit->room);

	if (!findings)
		return -ENOMEM;
	audit->findings = findings;
	audit->findings[audit->count++] = *finding;
	return 0;
}

/* Two paths may have one mark (that of their content): one of them is enough. */
static int judge_entry(struct auditing *auditing, size_t index)
{
	const struct conntrack_entry *entry = &auditing->connections->list[index];
	const struct owner key = { .mark = entry->mark };
	const struct owner *end = auditing->owners + auditing->owner_count;
	const struct owner *owner = entry->mark && auditing->owners
					    ? bsearch(&key, auditing->owners, auditing->owner_count,
						      sizeof(key), by_mark)
					    : NULL;
	struct ctaudit_finding finding = { .entry = index };

	if (!owner)
		return 0;
	auditing->audit->marked++;
	while (owner > auditing->owners && owner[-1].mark == entry->mark)
		owner--;
	finding.path = owner->path;
	finding.fault = fault_of(auditing->policy, owner, entry);
	for (const struct owner *other = owner + 1;
		finding.fault != CTAUDIT_FAULTS && other < end && other->mark == entry->mark;
		other++) {
		if (fault_of(auditing->policy, other, entry) != CTAUDIT_FAULTS)
			continue;
		finding.fault = CTAUDIT_FAULTS;
		owner = other;
	}
	if (finding.fault != CTAUDIT_FAULTS)
		return add(auditing->audit, &finding);
	count_way(auditing, owner, entry);
	return 0;
}

/* All ------------------------------------------------------------------------------------------ */

int ctaudit_judge(
	const struct snapshot *snapshot, const struct policy *policy, struct ctaudit *ret_audit)
{
	struct auditing auditing = {
		.policy = policy, .connections = &snapshot->connections, .audit = ret_audit
	};
	int r = 0;

	*ret_audit = (struct ctaudit){ .error = snapshot->connections.error };
	if (ret_audit->error == 0)
		r = collect(&auditing);
	if (r == 0)
		r = read_routes(&auditing, snapshot);
	for (size_t i = 0; i < snapshot->connections.count && ret_audit->error == 0 && r == 0;
		i++) {
		ret_audit->entries++;
		r = judge_entry(&auditing, i);
	}
	free(auditing.owners);
	wayout_clear(&auditing.way);
	if (r < 0)
		ctaudit_clear(ret_audit);
	return r;
}

void ctaudit_clear(struct ctaudit *audit)
{
	free(audit->findings);
	*audit = (struct ctaudit){ 0 };
}

bool ctaudit_holds(const struct ctaudit *audit)
{
	return audit->error == 0 && audit->count == 0 && audit->left_out == 0;
}

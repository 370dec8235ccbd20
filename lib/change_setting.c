/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings: what stands once in a configuration. */
#include <errno.h>

#include "change_impl.h"
#include "profile.h"

#define REVISION_BYTES (POLICY_REVISION_LENGTH / 2)

static const struct policy *policy_of(const struct change_side *side)
{
	return side->object;
}

/* What it asks for may change while its name stays. */
static void put_profile(struct change_text *text, const char *name, const struct profile *profile)
{
	if (!name)
		return;
	change_put_text(text, name);
	if (!profile)
		return;
	change_put_text(text, " (");
	for (size_t i = 0; i < REVISION_BYTES; i++)
		change_put(text, "%02x", profile->digest[i]);
	change_put_text(text, ")");
}

static void put_site_profile(
	struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	put_profile(text, policy_of(side)->profile_name, policy_of(side)->profile);
}

static void put_site_model(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	put_profile(text, policy_of(side)->model_name, policy_of(side)->model);
}

static void put_fragments(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	change_put(text, "%s",
		policy_of(side)->fragments == POLICY_FRAGMENTS_DROP ? "drop" : "reassemble");
}

static int relate_fragments(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	(void)before;
	(void)offset;
	return policy_of(after)->fragments == POLICY_FRAGMENTS_REASSEMBLE ? CHANGE_GREW
									  : CHANGE_SHRANK;
}

static void put_failure(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	change_put_text(text, policy_of(side)->log.island ? "island" : "continue");
}

static void put_bytes(struct change_text *text, const struct change_side *side, size_t offset)
{
	const char *object = side->object;

	change_put(text, "%llu", *(const unsigned long long *)(const void *)(object + offset));
}

static void put_ha_command(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_ha *ha = &policy_of(side)->ha;

	(void)offset;
	for (size_t i = 0; i < ha->command_count; i++)
		change_put(text, "%s\"%s\"", i > 0 ? " " : "", ha->command[i]);
}

/* Between two periods there is no better and worse; without one nothing is undone by itself. */
static int relate_confirm(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	bool was = policy_of(before)->confirm_seconds > 0,
	     is = policy_of(after)->confirm_seconds > 0;

	(void)offset;
	return was == is ? 0 : is ? CHANGE_GREW : CHANGE_SHRANK;
}

/* A path with windows is open at other times then. */
static int relate_time_zone(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	(void)before;
	(void)offset;
	for (size_t i = 0; i < policy_of(after)->path_count; i++)
		if (policy_of(after)->paths[i].window_count > 0)
			return CHANGE_OTHER;
	return 0;
}

#define AT(member) offsetof(struct policy, member)
#define STRING(key, member)                                                                        \
	{                                                                                          \
		key, change_put_string, AT(member), change_relate_not, 0, 0, 0, 0                  \
	}
#define NUMBER(key, member, grew, shrank)                                                          \
	{                                                                                          \
		key, change_put_number, AT(member), change_relate_number, grew, shrank, 0, 0       \
	}

const struct change_key change_settings[] = {
	STRING("site.name", site),
	STRING("site.label", label),
	{ "site.profile", put_site_profile, AT(profile_name), change_relate_string, 0,
		CHANGE_WEAKENS, 0, 0 },
	{ "site.model", put_site_model, AT(model_name), change_relate_string, 0, CHANGE_WEAKENS, 0,
		0 },
	{ "site.time_zone", change_put_string, AT(time_zone), relate_time_zone, CHANGE_OPENS,
		CHANGE_CLOSES, 0, 0 },
	STRING("site.confirmed", confirmed_on),
	STRING("site.audited", audited_on),
	{ "two_person", change_put_flag, AT(two_person), change_relate_flag, 0, CHANGE_WEAKENS, 0,
		0 },
	{ "confirm_seconds", change_put_number, AT(confirm_seconds), relate_confirm, 0,
		CHANGE_WEAKENS, 0, 0 },
	NUMBER("proposal_seconds", proposal_seconds, 0, 0),
	NUMBER("exceptions.emergency_hours", emergency_hours, CHANGE_WEAKENS, 0),
	NUMBER("exceptions.longest_days", exception_days, CHANGE_WEAKENS, 0),
	{ "gateway.fragments", put_fragments, 0, relate_fragments, CHANGE_OPENS, CHANGE_CLOSES, 0,
		0 },
	{ "security_cloud.networks", change_put_addresses, AT(cloud), change_relate_not, 0, 0, 0,
		0 },
	STRING("security_cloud.label", cloud_label),
	NUMBER("log.epoch", epoch_seconds, 0, 0),
	NUMBER("log.flows", flow_limit, 0, CHANGE_WEAKENS),
	NUMBER("log.group", log_group, 0, 0),
	{ "log.on_log_failure", put_failure, AT(log.island), change_relate_flag, 0, CHANGE_WEAKENS,
		0, 0 },
	{ "log.compress", change_put_flag, AT(log.compress), change_relate_not, 0, 0, 0, 0 },
	{ "log.segment", put_bytes, AT(log.segment), change_relate_not, 0, 0, 0, 0 },
	NUMBER("log.payload", log.payload, 0, CHANGE_WEAKENS),
	{ "log.retention.days", change_put_number, AT(log.retention_days), change_relate_limit, 0,
		CHANGE_WEAKENS, 0, 0 },
	{ "log.retention.size", put_bytes, AT(log.size), change_relate_not, 0, 0, 0, 0 },
	{ "log.scan.targets", change_put_number, AT(log.scan_targets), change_relate_limit,
		CHANGE_WEAKENS, 0, 0, 0 },
	NUMBER("log.scan.seconds", log.scan_seconds, 0, CHANGE_WEAKENS),
	{ "prove.interval", change_put_number, AT(prove_seconds), change_relate_limit,
		CHANGE_WEAKENS, 0, 0, 0 },
	{ "ha.peer", change_put_string, AT(ha.peer), change_relate_string, 0, CHANGE_WEAKENS, 0,
		0 },
	{ "ha.command", put_ha_command, 0, change_relate_not, 0, 0, 0, 0 },
	{ 0 },
};

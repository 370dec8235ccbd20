/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pairs of zones that are only observed: observe = ( { from; to; reason; } ). Which of them must be
 * separate all the same, judge.c knows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

/* An entry that is being read. */
struct pair {
	size_t from, to; /* zones; CONF_NOWHERE */
	char *reason;
};

static void refuse_name(struct conf *conf, const config_setting_t *setting, const char *name)
{
	struct suggest suggest = { .word = name };
	size_t value;

	if (strcmp(name, "gateway") == 0 || strmap_find(&conf->names, name, &value)) {
		conf_error(conf, setting,
			_("name two zones: all that goes from the one to the other is observed"),
			_("%s: \"%s\" is not a zone"), conf->subject, name);
		return;
	}
	for (size_t i = 0; i < conf->policy->zone_count; i++)
		suggest_consider(&suggest, conf->policy->zones[i].name);
	conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
		_("%s: no zone is named \"%s\""), conf->subject, name);
}

static void read_zone(struct conf *conf, const config_setting_t *setting, size_t *ret_zone)
{
	const char *name = conf_string(conf, setting);
	size_t value;

	if (name == NULL)
		return;
	if (!strmap_find(&conf->names, name, &value) || NAMED_KIND(value) != NAMED_ZONE) {
		refuse_name(conf, setting, name);
		return;
	}
	*ret_zone = NAMED_INDEX(value);
	if (conf->policy->zones[*ret_zone].kind == ZONE_MANAGEMENT)
		conf_error(conf, setting, NULL,
			_("%s: zone \"%s\" is of kind \"management\", which never forwards: "
			  "nothing is let through to be observed"),
			conf->subject, name);
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct pair *pair = object;

	read_zone(conf, setting, &pair->from);
	return 0;
}

static int read_to(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct pair *pair = object;

	read_zone(conf, setting, &pair->to);
	return 0;
}

static int read_reason(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct pair *pair = object;

	return conf_label(conf, setting, false, &pair->reason);
}

static const struct conf_key observe_keys[] = {
	{ "from", true, read_from },
	{ "to", true, read_to },
	{ "reason", true, read_reason },
	{ 0 },
};

/* Is it a pair that can be observed? false after an error. */
static bool check_pair(struct conf *conf, const struct pair *pair, struct diag_loc loc)
{
	const struct policy *policy = conf->policy;
	const char *from = policy->zones[pair->from].name;
	const struct policy_observe *other = policy_observe_of(policy, pair->from, pair->to);

	if (pair->from == pair->to) {
		diag_add(conf->diags, DIAG_ERROR, loc,
			_("inside = \"open\" opens a zone to itself"),
			_("%s: both ends are zone \"%s\""), conf->subject, from);
		return false;
	}
	if (other == NULL)
		return true;
	diag_add(conf->diags, DIAG_ERROR, loc, _("remove one of them"),
		_("%s: zone \"%s\" to zone \"%s\" stands already on line %u"), conf->subject, from,
		policy->zones[pair->to].name, other->loc.line);
	return false;
}

static int add_pair(struct conf *conf, struct pair *pair, struct diag_loc loc)
{
	struct policy *policy = conf->policy;
	struct policy_observe *observes = array_reserve(
		policy->observes, sizeof(*observes), policy->observe_count, &conf->observe_room);

	if (observes == NULL)
		return -ENOMEM;
	policy->observes = observes;
	observes[policy->observe_count++] = (struct policy_observe){
		.from = pair->from, .to = pair->to, .reason = pair->reason, .loc = loc
	};
	pair->reason = NULL;
	return 0;
}

static int read_pair(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct pair pair = { .from = CONF_NOWHERE, .to = CONF_NOWHERE };
	struct diag_loc loc = conf_group_loc(conf, setting);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	(void)object;
	conf_set_subject(conf, "observe", setting, (size_t)config_setting_index(setting) + 1);
	error = conf_group(conf, setting, observe_keys, &pair);
	if (error == 0 && !conf_failed_since(conf, errors) && check_pair(conf, &pair, loc))
		error = add_pair(conf, &pair, loc);
	free(pair.reason);
	return error;
}

int conf_read_observes(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_pair, object);
}

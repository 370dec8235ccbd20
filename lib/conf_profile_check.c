/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clause's checks: the words that all have, and the parameters of each kind. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_profile_impl.h"
#include "i18n.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- what every check has ---- */

/* Read before the others: which of them there are depends on it. */
static int read_kind(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	size_t index;

	CONF_NAMES(names, CHECK_KINDS, check_kind_name, enum check_kind);
	if (conf_choice(conf, setting, names, CHECK_KINDS, &index))
		check->kind = (enum check_kind)index;
	return 0;
}

/* What has no answer can neither refuse nor warn; what has one is never 対象外. */
static bool severity_fits(enum check_kind kind, enum clause_severity severity)
{
	if (check_kind_judged(kind))
		return severity != CLAUSE_NOT_APPLICABLE;
	return severity == (kind == CHECK_NONE ? CLAUSE_NOT_APPLICABLE : CLAUSE_EVIDENCE);
}

static const char *severity_fix(enum check_kind kind)
{
	if (check_kind_judged(kind))
		return _("severity is \"refuse\", \"warn\" or \"evidence\"");
	return kind == CHECK_NONE ? _("severity = \"not-applicable\";")
				  : _("severity = \"evidence\";");
}

static int read_severity(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	size_t index;

	CONF_NAMES(names, CLAUSE_SEVERITIES, clause_severity_name, enum clause_severity);
	if (!conf_choice(conf, setting, names, CLAUSE_SEVERITIES, &index))
		return 0;
	check->severity = (enum clause_severity)index;
	if (!severity_fits(check->kind, check->severity))
		conf_error(conf, setting, severity_fix(check->kind),
			_("%s: a check of kind \"%s\" cannot be \"%s\""), conf->subject,
			check_kind_name(check->kind), names[index]);
	return 0;
}

static int read_asks(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	return conf_prose(conf, setting, false, PROFILE_TEXT_MAX, &check->asks);
}

/* One more name of a model. */
static int add_model(
	struct conf *conf, const config_setting_t *setting, char ***names, size_t *count)
{
	char **more = reallocarray(*names, *count + 1, sizeof(**names));
	int error;

	if (more == NULL)
		return -ENOMEM;
	*names = more;
	more[*count] = NULL;
	error = conf_name(conf, setting, CHARSET_PLACE, &more[*count]);
	if (more[*count] != NULL)
		(*count)++;
	return error;
}

static int read_model(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	return add_model(conf, setting, &check->models, &check->model_count);
}

static int read_models(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, PROFILE_MODELS_MAX, read_model, object);
}

/* ---- parameters ---- */

/* One of two words into a bool, which is true for the second. */
static void read_pair(struct conf *conf, const config_setting_t *setting, const char *no,
	const char *yes, bool *ret_value)
{
	const char *const names[] = { no, yes };
	size_t index;

	if (conf_choice(conf, setting, names, COUNT(names), &index))
		*ret_value = index == 1;
}

static int read_scope(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	read_pair(conf, setting, "all", "internet", &check->internet_only);
	return 0;
}

static int read_ends(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	read_pair(conf, setting, "local", "source", &check->source_only);
	return 0;
}

static int read_direction(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	read_pair(conf, setting, "both", "in", &check->inward_only);
	return 0;
}

static int read_portless(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	conf_bool(conf, setting, &check->portless);
	return 0;
}

static int read_allowed(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	conf_bool(conf, setting, &check->allowed);
	return 0;
}

static int read_encryption(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	conf_bool(conf, setting, &check->encryption);
	return 0;
}

static int read_fit(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	return add_model(conf, setting, &check->fits, &check->fit_count);
}

static int read_fits(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, PROFILE_MODELS_MAX, read_fit, object);
}

static int read_months(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	conf_number(conf, setting, 1, 120, &check->months);
	return 0;
}

static int read_clause(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	return conf_label(conf, setting, false, &check->clause);
}

static int read_mechanism(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	size_t index;

	CONF_NAMES(names, MECHANISMS, mechanism_name, enum mechanism);
	if (conf_choice(conf, setting, names, MECHANISMS, &index))
		check->mechanism = (enum mechanism)index;
	return 0;
}

/* ---- words of an enumeration, one or several ---- */

#define KINDS	   (ZONE_INTERNET + 1) /* a zone that never forwards is no matter of a clause */
#define ROLES	   (ZONE_IOT + 1)
#define LINE_TYPES (LINE_INTERNET + 1)

static bool choose_zone_kind(
	struct conf *conf, const config_setting_t *setting, enum zone_kind *ret_kind)
{
	size_t index;

	CONF_NAMES(names, KINDS, zone_kind_name, enum zone_kind);
	if (!conf_choice(conf, setting, names, KINDS, &index))
		return false;
	*ret_kind = (enum zone_kind)index;
	return true;
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	choose_zone_kind(conf, setting, &check->from);
	return 0;
}

static int read_to(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;

	choose_zone_kind(conf, setting, &check->to);
	return 0;
}

static int read_zone_kind(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	enum zone_kind kind;

	if (choose_zone_kind(conf, setting, &kind))
		check->zone_kinds |= 1u << kind;
	return 0;
}

static int read_zone_kinds(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, KINDS, read_zone_kind, object);
}

static int read_line_type(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	size_t index;

	CONF_NAMES(names, LINE_TYPES, line_type_name, enum line_type);
	/* "unstated" is what is not written. */
	if (conf_choice(conf, setting, names + 1, LINE_TYPES - 1, &index))
		check->line_types |= 1u << (index + 1);
	return 0;
}

static int read_line_types(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, LINE_TYPES - 1, read_line_type, object);
}

static int read_role(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_check *check = object;
	size_t index;

	CONF_NAMES(names, ROLES, zone_role_name, enum zone_role);
	if (conf_choice(conf, setting, names + 1, ROLES - 1, &index))
		check->roles |= 1u << (index + 1);
	return 0;
}

static int read_roles(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, ROLES - 1, read_role, object);
}

static int read_need(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "owner", "permission", "survey" };
	struct profile_check *check = object;
	size_t index;

	if (conf_choice(conf, setting, names, COUNT(names), &index))
		check->needs |= 1u << index;
	return 0;
}

static int read_needs(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, NEED_SURVEY, read_need, object);
}

static int read_path_class(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;
	size_t index;

	CONF_NAMES(names, PATH_CLASSES, path_class_name, enum path_class);
	if (conf_choice(conf, setting, names, PATH_CLASSES, &index))
		clause->permits |= 1u << index;
	return 0;
}

int conf_read_permits(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, PATH_CLASSES, read_path_class, object);
}

/* ---- the keys of each kind ---- */

#define COMMON_KEYS                                                                                \
	{ "kind", true, read_kind }, { "severity", true, read_severity },                          \
		{ "asks", false, read_asks },                                                      \
	{                                                                                          \
		"models", false, read_models                                                       \
	}

static const struct conf_key plain_keys[] = { COMMON_KEYS, { 0 } };
static const struct conf_key isolation_keys[] = { COMMON_KEYS, { "scope", true, read_scope },
	{ 0 } };
static const struct conf_key service_keys[] = { COMMON_KEYS, { "portless", false, read_portless },
	{ 0 } };
static const struct conf_key device_keys[] = { COMMON_KEYS, { "ends", false, read_ends }, { 0 } };
static const struct conf_key sanitize_keys[] = { COMMON_KEYS, { "direction", true, read_direction },
	{ 0 } };
static const struct conf_key sanitizer_keys[] = { COMMON_KEYS, { "zone", false, read_zone_kinds },
	{ 0 } };
static const struct conf_key screen_keys[] = { COMMON_KEYS, { "from", true, read_from },
	{ "to", true, read_to }, { 0 } };
static const struct conf_key breakout_keys[] = { COMMON_KEYS, { "allowed", true, read_allowed },
	{ "from", false, read_from }, { 0 } };
static const struct conf_key roles_keys[] = { COMMON_KEYS, { "role", true, read_roles }, { 0 } };
static const struct conf_key external_keys[] = { COMMON_KEYS, { "needs", true, read_needs },
	{ 0 } };
static const struct conf_key line_keys[] = { COMMON_KEYS, { "zone", true, read_zone_kinds },
	{ "type", false, read_line_types }, { "encryption", false, read_encryption }, { 0 } };
static const struct conf_key audit_keys[] = { COMMON_KEYS, { "months", true, read_months }, { 0 } };
static const struct conf_key model_keys[] = { COMMON_KEYS, { "fits", true, read_fits }, { 0 } };
static const struct conf_key binding_keys[] = { COMMON_KEYS, { "zone", true, read_zone_kinds },
	{ 0 } };
static const struct conf_key enforced_keys[] = { COMMON_KEYS, { "by", true, read_mechanism },
	{ 0 } };
static const struct conf_key clause_keys[] = { COMMON_KEYS, { "clause", true, read_clause },
	{ 0 } };

static const struct conf_key *const keys_of_kind[CHECK_KINDS] = {
	[CHECK_ISOLATION] = isolation_keys,
	[CHECK_SPECIFIED_HOSTS] = plain_keys,
	[CHECK_SPECIFIED_SERVICE] = service_keys,
	[CHECK_SPECIFIED_DEVICE] = device_keys,
	[CHECK_SPECIFIED_PEER] = plain_keys,
	[CHECK_SANITIZE] = sanitize_keys,
	[CHECK_SANITIZER] = sanitizer_keys,
	[CHECK_SCREEN_TRANSFER] = screen_keys,
	[CHECK_EGRESS] = plain_keys,
	[CHECK_LOCAL_BREAKOUT] = breakout_keys,
	[CHECK_ROLES] = roles_keys,
	[CHECK_EXTERNAL] = external_keys,
	[CHECK_LINE] = line_keys,
	[CHECK_EXTERNAL_AUDIT] = audit_keys,
	[CHECK_MODEL] = model_keys,
	[CHECK_DEVICE_BINDING] = binding_keys,
	[CHECK_ENFORCED] = enforced_keys,
	[CHECK_LOG] = plain_keys,
	[CHECK_BY_CLAUSE] = clause_keys,
	[CHECK_NONE] = plain_keys,
};

/* Without a kind that is known, there is no telling which keys belong here. */
static const struct conf_key *keys_of(struct conf *conf, const config_setting_t *setting)
{
	const config_setting_t *kind;
	struct profile_check check = { .kind = CHECK_NONE };
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);

	if (!config_setting_is_group(setting))
		return plain_keys; /* conf_group() says what is wrong */
	kind = config_setting_get_member(setting, "kind");
	if (kind == NULL) {
		conf_error(conf, setting, conf_fix(conf, _("add: %s = ...;"), "kind"),
			_("%s: key \"%s\" is missing"), conf->subject, "kind");
		return NULL;
	}
	(void)read_kind(conf, kind, &check);
	return conf_failed_since(conf, errors) ? NULL : keys_of_kind[check.kind];
}

static int read_check(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;
	const struct conf_key *keys = keys_of(conf, setting);
	struct profile_check *checks, *check;
	int error;

	if (keys == NULL)
		return 0;
	if (clause->check_count == PROFILE_CHECKS_MAX) {
		conf_error(conf, setting, NULL, _("%s: more than %d checks"), conf->subject,
			PROFILE_CHECKS_MAX);
		return 0;
	}
	checks = reallocarray(clause->checks, clause->check_count + 1, sizeof(*checks));
	if (checks == NULL)
		return -ENOMEM;
	clause->checks = checks;
	check = &checks[clause->check_count++];
	*check = (struct profile_check){
		.from = ZONE_MANAGEMENT, .to = ZONE_MANAGEMENT, .loc = conf_value_loc(conf, setting)
	};
	error = conf_group(conf, setting, keys, check);
	return error < 0 ? error : conf_default_text(&check->asks);
}

int conf_read_checks(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, false, read_check, object);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_node.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "suggest.h"
#include "width.h"

/* Bytes of the two parts of a subject. */
#define SUBJECT_NOUN_MAX 120
#define SUBJECT_NAME_MAX 64
static_assert(SUBJECT_NOUN_MAX + SUBJECT_NAME_MAX + sizeof(" \"\"") <=
		      sizeof(((struct conf *)NULL)->subject),
	"a subject has room");

/* ---- places ---- */

/* The walk over the tree left each setting the number of its position, counted from 1. */
static const struct conf_position *position_of(
	const struct conf *conf, const config_setting_t *setting)
{
	size_t number = (size_t)(uintptr_t)config_setting_get_hook(setting);

	if (!conf->located || number == 0)
		return NULL;
	return &conf->scan.positions[number - 1];
}

struct diag_loc conf_value_loc(const struct conf *conf, const config_setting_t *setting)
{
	const struct conf_position *position = position_of(conf, setting);

	if (position == NULL)
		return (struct diag_loc){ conf->text.name,
			conf->lines_before + config_setting_source_line(setting), 0 };
	return conf_text_loc(&conf->text, position->value);
}

struct diag_loc conf_key_loc(const struct conf *conf, const config_setting_t *setting)
{
	const struct conf_position *position = position_of(conf, setting);

	if (position == NULL || position->key == CONF_NO_KEY)
		return conf_value_loc(conf, setting);
	return conf_text_loc(&conf->text, position->key);
}

/* ---- fixes ---- */

const char *conf_fix(struct conf *conf, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(conf->fix, sizeof(conf->fix), format, arguments);
	va_end(arguments);
	return conf->fix;
}

const char *conf_did_you_mean(struct conf *conf, const struct suggest *suggest)
{
	if (suggest->best == NULL)
		return NULL;
	return conf_fix(conf, _("did you mean \"%s\"?"), suggest->best);
}

void conf_consider(struct conf *conf, struct suggest *suggest, const struct strmap *map)
{
	for (size_t i = 0; i < map->room && conf->suggestions > 0; i++) {
		if (map->slots[i].key == NULL)
			continue;
		suggest_consider(suggest, map->slots[i].key);
		conf->suggestions--;
	}
}

/* ---- structure ---- */

static const char *type_name(const config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_GROUP:
		return _("a group { }");
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
	case CONFIG_TYPE_FLOAT:
		return _("a number");
	case CONFIG_TYPE_STRING:
		return _("a string");
	case CONFIG_TYPE_BOOL:
		return _("true or false");
	}
	return _("a list");
}

/* What the value belongs to, for messages: 'key "name"', 'element 2 of "zones"'. */
static const char *label_of(const config_setting_t *setting, char *text, size_t size)
{
	const config_setting_t *parent = config_setting_parent(setting);

	if (config_setting_name(setting) != NULL)
		snprintf(text, size, _("key \"%s\""), config_setting_name(setting));
	else if (parent != NULL && config_setting_name(parent) != NULL)
		snprintf(text, size, _("an element of \"%s\""), config_setting_name(parent));
	else
		snprintf(text, size, "%s", _("an element"));
	return text;
}

void conf_wrong_type(
	struct conf *conf, const config_setting_t *setting, const char *wanted, const char *fix)
{
	char label[80];

	conf_error(conf, setting, fix, _("%s: %s must be %s, not %s"), conf->subject,
		label_of(setting, label, sizeof(label)), wanted, type_name(setting));
}

static const struct conf_key *find_key(const struct conf_key *keys, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

void conf_unknown_key(
	struct conf *conf, struct diag_loc loc, const char *name, const struct conf_key *keys)
{
	struct suggest suggest = { .word = name };
	const char *fix;

	for (const struct conf_key *key = keys; key->name != NULL; key++)
		suggest_consider(&suggest, key->name);
	fix = conf_did_you_mean(conf, &suggest);
	if (fix == NULL) {
		size_t used = (size_t)snprintf(
			conf->fix, sizeof(conf->fix), "%s", _("the keys here are"));

		for (const struct conf_key *key = keys;
			key->name != NULL && used < sizeof(conf->fix); key++)
			used += (size_t)snprintf(conf->fix + used, sizeof(conf->fix) - used,
				"%s %s", key == keys ? "" : ",", key->name);
		fix = conf->fix;
	}
	diag_add(conf->diags, DIAG_ERROR, loc, fix, _("%s: unknown key \"%s\""), conf->subject,
		name);
}

/* The member that stands under each key, in the order of the table: one walk over the members,
 * for there are a few hundred thousand groups. */
static void find_members(struct conf *conf, const config_setting_t *setting,
	const struct conf_key *keys, const config_setting_t **ret_members)
{
	int count = config_setting_length(setting);

	for (int i = 0; i < count; i++) {
		const config_setting_t *member = config_setting_get_elem(setting, (unsigned int)i);
		const struct conf_key *key = find_key(keys, config_setting_name(member));

		if (key == NULL)
			conf_unknown_key(conf, conf_key_loc(conf, member),
				config_setting_name(member), keys);
		else
			ret_members[key - keys] = member;
	}
}

int conf_group(struct conf *conf, const config_setting_t *setting, const struct conf_key *keys,
	void *object)
{
	const config_setting_t *members[CONF_KEYS_MAX] = { NULL };
	char subject[sizeof(conf->subject)];

	if (!config_setting_is_group(setting)) {
		conf_wrong_type(conf, setting, _("a group { }"), NULL);
		return 0;
	}
	memcpy(subject, conf->subject, sizeof(subject));
	find_members(conf, setting, keys, members);
	for (size_t i = 0; keys[i].name != NULL; i++) {
		const struct conf_key *key = &keys[i];
		const config_setting_t *member = members[i];
		int error = 0;

		memcpy(conf->subject, subject, sizeof(subject));
		if (member != NULL)
			error = key->read(conf, member, object);
		else if (key->required)
			conf_error(conf, setting, conf_fix(conf, _("add: %s = ...;"), key->name),
				_("%s: key \"%s\" is missing"), conf->subject, key->name);
		if (error < 0)
			return error;
	}
	memcpy(conf->subject, subject, sizeof(subject));
	return 0;
}

static int read_elements(struct conf *conf, const config_setting_t *setting, int count,
	conf_reader read, void *object)
{
	for (int i = 0; i < count; i++) {
		int error = read(conf, config_setting_get_elem(setting, (unsigned int)i), object);

		if (error < 0)
			return error;
	}
	return 0;
}

static void empty_list(struct conf *conf, const config_setting_t *setting)
{
	char label[80];

	conf_error(conf, setting, NULL, _("%s: %s is an empty list"), conf->subject,
		label_of(setting, label, sizeof(label)));
}

int conf_list(struct conf *conf, const config_setting_t *setting, bool may_be_empty,
	conf_reader read, void *object)
{
	if (!config_setting_is_list(setting) && !config_setting_is_array(setting)) {
		conf_wrong_type(conf, setting, _("a list of groups ( { }, ... )"), NULL);
		return 0;
	}
	if (config_setting_length(setting) == 0 && !may_be_empty)
		empty_list(conf, setting);
	return read_elements(conf, setting, config_setting_length(setting), read, object);
}

int conf_values(
	struct conf *conf, const config_setting_t *setting, int max, conf_reader read, void *object)
{
	int count = config_setting_length(setting);
	char label[80];

	if (!config_setting_is_list(setting) && !config_setting_is_array(setting))
		return read(conf, setting, object);
	if (count == 0)
		empty_list(conf, setting);
	if (count > max) {
		conf_error(conf, config_setting_get_elem(setting, (unsigned int)max), NULL,
			_("%s: %s has %d values; at most %d are allowed"), conf->subject,
			label_of(setting, label, sizeof(label)), count, max);
		count = max;
	}
	return read_elements(conf, setting, count, read, object);
}

static const config_setting_t *name_of(const config_setting_t *setting)
{
	const config_setting_t *name;

	if (!config_setting_is_group(setting))
		return NULL;
	name = config_setting_get_member(setting, "name");
	return name != NULL && config_setting_type(name) == CONFIG_TYPE_STRING ? name : NULL;
}

/* There are as many subjects as groups: they are put together by hand. */
void conf_set_subject_of(
	struct conf *conf, const char *noun, const config_setting_t *setting, size_t number)
{
	const config_setting_t *name = name_of(setting);
	char *at;

	if (name == NULL) {
		snprintf(conf->subject, sizeof(conf->subject), _("%s number %zu"), noun, number);
		return;
	}
	at = mempcpy(conf->subject, noun, strnlen(noun, SUBJECT_NOUN_MAX));
	at = mempcpy(at, " \"", 2);
	at = mempcpy(at, config_setting_get_string(name),
		strnlen(config_setting_get_string(name), SUBJECT_NAME_MAX));
	memcpy(at, "\"", 2);
}

void conf_set_subject(
	struct conf *conf, const char *noun, const config_setting_t *setting, size_t number)
{
	if (conf->noun != noun) {
		conf->noun = noun;
		conf->noun_text = _(noun);
	}
	conf_set_subject_of(conf, conf->noun_text, setting, number);
}

bool conf_failed_since(const struct conf *conf, size_t errors)
{
	return diag_list_count(conf->diags, DIAG_ERROR) > errors;
}

struct diag_loc conf_group_loc(const struct conf *conf, const config_setting_t *setting)
{
	const config_setting_t *name = name_of(setting);

	return conf_value_loc(conf, name != NULL ? name : setting);
}

/* ---- values ---- */

const char *conf_string(struct conf *conf, const config_setting_t *setting)
{
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return config_setting_get_string(setting);
	if (config_setting_type(setting) == CONFIG_TYPE_INT)
		conf_fix(conf, _("put it in quotes: \"%d\""), config_setting_get_int(setting));
	else
		conf->fix[0] = '\0';
	conf_wrong_type(conf, setting, _("a string"), conf->fix[0] != '\0' ? conf->fix : NULL);
	return NULL;
}

bool conf_number(struct conf *conf, const config_setting_t *setting, long long min, long long max,
	unsigned int *ret_number)
{
	long long number;
	char label[80];

	if (config_setting_type(setting) != CONFIG_TYPE_INT &&
		config_setting_type(setting) != CONFIG_TYPE_INT64) {
		conf_wrong_type(conf, setting, _("a number"), NULL);
		return false;
	}
	number = config_setting_get_int64(setting);
	if (number < min || number > max) {
		conf_error(conf, setting, conf_fix(conf, _("%lld to %lld"), min, max),
			_("%s: %s: %lld is out of range"), conf->subject,
			label_of(setting, label, sizeof(label)), number);
		return false;
	}
	*ret_number = (unsigned int)number;
	return true;
}

bool conf_choice(struct conf *conf, const config_setting_t *setting, const char *const *names,
	size_t count, size_t *ret_index)
{
	const char *text = conf_string(conf, setting);
	struct suggest suggest = { .word = text };
	char label[80];
	size_t used;

	if (text == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret_index = i;
			return true;
		}
		suggest_consider(&suggest, names[i]);
	}
	if (conf_did_you_mean(conf, &suggest) == NULL) {
		used = (size_t)snprintf(conf->fix, sizeof(conf->fix), "%s", _("one of"));
		for (size_t i = 0; i < count && used < sizeof(conf->fix); i++)
			used += (size_t)snprintf(conf->fix + used, sizeof(conf->fix) - used,
				"%s \"%s\"", i == 0 ? "" : ",", names[i]);
	}
	conf_error(conf, setting, conf->fix, _("%s: %s: unknown value \"%s\""), conf->subject,
		label_of(setting, label, sizeof(label)), text);
	return false;
}

int conf_prose(struct conf *conf, const config_setting_t *setting, bool may_be_empty, size_t max,
	char **ret_prose)
{
	const char *label = conf_string(conf, setting);
	char key[80];

	if (label == NULL)
		return 0;
	if (label[strspn(label, " ")] == '\0' && !may_be_empty)
		conf_error(conf, setting, NULL, _("%s: %s is empty"), conf->subject,
			label_of(setting, key, sizeof(key)));
	else if (strlen(label) > max)
		conf_error(conf, setting, NULL, _("%s: %s has %zu bytes; at most %zu are allowed"),
			conf->subject, label_of(setting, key, sizeof(key)), strlen(label), max);
	else if (!width_printable_text(label)) /* escapes can bring that in */
		conf_error(conf, setting, NULL,
			_("%s: %s holds control characters or bytes that are not UTF-8"),
			conf->subject, label_of(setting, key, sizeof(key)));
	else if ((*ret_prose = strdup(label)) == NULL)
		return -ENOMEM;
	return 0;
}

int conf_label(
	struct conf *conf, const config_setting_t *setting, bool may_be_empty, char **ret_label)
{
	return conf_prose(conf, setting, may_be_empty, POLICY_LABEL_MAX, ret_label);
}

int conf_default_text(char **text)
{
	if (*text == NULL)
		*text = strdup("");
	return *text == NULL ? -ENOMEM : 0;
}

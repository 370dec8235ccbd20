/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths: through the gateway, to it, from it, and those of zones that are open inside. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;
	int error = conf_name(conf, setting, CHARSET_NAME, &path->name);
	size_t other;

	if (error < 0 || path->name == NULL)
		return error;
	error = strmap_add(&conf->paths, path->name, conf->policy->path_count - 1);
	if (error != -EEXIST)
		return error;
	strmap_find(&conf->paths, path->name, &other);
	conf_error(conf, setting, NULL, _("%s: the name stands already on line %u"), conf->subject,
		conf->policy->paths[other].loc.line);
	return 0;
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;
	int error = conf_end(conf, setting, &path->from);
	size_t value;

	if (conf->policy->breakout_count > 0 && path->from.text != NULL &&
		strmap_find(&conf->names, path->from.text, &value) &&
		NAMED_KIND(value) == NAMED_BREAKOUT)
		conf_error(conf, setting,
			_("a cloud of local_breakout is only connected to: name it in to"),
			_("%s: \"%s\" opens no connection into the site"), conf->subject,
			path->from.text);
	return error;
}

static int read_to(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;

	return conf_end(conf, setting, &path->to);
}

static int read_services(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;

	return conf_read_service_names(
		conf, setting, &path->services, &path->service_count, &conf->path_broken);
}

static int read_reason(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;

	return conf_label(conf, setting, false, &path->reason);
}

static int read_data(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum path_data values[] = { PATH_DATA_FORWARD, PATH_DATA_REVERSE,
		PATH_DATA_BOTH };
	const char *names[sizeof(values) / sizeof(values[0])];
	struct policy_path *path = object;
	size_t index;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		names[i] = path_data_name(values[i]);
	if (conf_choice(conf, setting, names, sizeof(values) / sizeof(values[0]), &index))
		path->data = values[index];
	return 0;
}

static int read_sanitize(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum sanitize methods[] = { SANITIZE_MAIL_TEXT, SANITIZE_SCREEN_TRANSFER,
		SANITIZE_FILE };
	const char *names[sizeof(methods) / sizeof(methods[0])];
	struct policy_path *path = object;
	size_t index;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		names[i] = sanitize_name(methods[i]);
	if (conf_choice(conf, setting, names, sizeof(methods) / sizeof(methods[0]), &index))
		path->sanitize = methods[index];
	return 0;
}

static int read_breakout(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;

	conf_bool(conf, setting, &path->local_breakout);
	return 0;
}

static const struct conf_key path_keys[] = {
	{ "name", true, read_name },
	{ "from", true, read_from },
	{ "to", true, read_to },
	{ "service", true, read_services },
	{ "reason", true, read_reason },
	{ "data", false, read_data },
	{ "sanitize", false, read_sanitize },
	{ "local_breakout", false, read_breakout },
	{ "specified", false, conf_read_specified },
	{ "windows", false, conf_read_windows },
	{ 0 },
};

static const struct conf_key input_keys[] = {
	{ "name", true, read_name },
	{ "from", true, read_from },
	{ "service", true, read_services },
	{ "reason", true, read_reason },
	{ "windows", false, conf_read_windows },
	{ 0 },
};

static const struct conf_key output_keys[] = {
	{ "name", true, read_name },
	{ "to", true, read_to },
	{ "service", true, read_services },
	{ "reason", true, read_reason },
	{ "windows", false, conf_read_windows },
	{ 0 },
};

static struct policy_path *new_path(struct conf *conf)
{
	struct policy *policy = conf->policy;
	struct policy_path *paths =
		array_reserve(policy->paths, sizeof(*paths), policy->path_count, &conf->path_room);
	struct policy_path *path;

	if (paths == NULL)
		return NULL;
	policy->paths = paths;
	path = &paths[policy->path_count++];
	*path = (struct policy_path){ .data = PATH_DATA_BOTH };
	return path;
}

static int default_texts(struct policy_path *path)
{
	if (conf_default_text(&path->name) < 0 || conf_default_text(&path->reason) < 0 ||
		conf_default_text(&path->from.text) < 0 || conf_default_text(&path->to.text) < 0)
		return -ENOMEM;
	return 0;
}

static int add_path(struct conf *conf, const config_setting_t *setting,
	enum path_direction direction, const struct conf_key *keys)
{
	struct policy_path *path;
	int error;

	if (conf->policy->path_count >= POLICY_PATHS_MAX) {
		if (!conf->path_limit)
			conf_error(conf, setting, NULL, _("more than %d paths"), POLICY_PATHS_MAX);
		conf->path_limit = true;
		return 0;
	}
	path = new_path(conf);
	if (path == NULL)
		return -ENOMEM;
	path->direction = direction;
	path->loc = conf_group_loc(conf, setting);
	conf->path_broken = false;
	conf_set_subject(conf, N_("path"), setting, conf->policy->path_count);
	error = conf_group(conf, setting, keys, path);
	/* What it permits is not known: the checks leave a path without services alone. */
	if (conf->path_broken)
		path->service_count = 0;
	return error < 0 ? error : default_texts(path);
}

static int read_path(struct conf *conf, const config_setting_t *setting, void *object)
{
	(void)object;
	return add_path(conf, setting, PATH_FORWARD, path_keys);
}

static int read_input(struct conf *conf, const config_setting_t *setting, void *object)
{
	(void)object;
	return add_path(conf, setting, PATH_INPUT, input_keys);
}

static int read_output(struct conf *conf, const config_setting_t *setting, void *object)
{
	(void)object;
	return add_path(conf, setting, PATH_OUTPUT, output_keys);
}

int conf_read_paths(struct conf *conf, const config_setting_t *setting, void *object)
{
	if (strmap_reserve(&conf->paths, conf->rest) < 0)
		return -ENOMEM;
	return conf_list(conf, setting, true, read_path, object);
}

static int read_inputs(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_input, object);
}

static int read_outputs(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_output, object);
}

static int read_fragments(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "drop", "reassemble" };
	size_t index;

	(void)object;
	snprintf(conf->subject, sizeof(conf->subject), "gateway");
	if (conf_choice(conf, setting, names, 2, &index))
		conf->policy->fragments =
			index == 0 ? POLICY_FRAGMENTS_DROP : POLICY_FRAGMENTS_REASSEMBLE;
	return 0;
}

static const struct conf_key gateway_keys[] = {
	{ "fragments", false, read_fragments },
	{ "input", false, read_inputs },
	{ "output", false, read_outputs },
	{ 0 },
};

int conf_read_gateway(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "gateway");
	return conf_group(conf, setting, gateway_keys, object);
}

/* ---- zones that are open inside ---- */

/* The service that is everything; made when the first zone needs it. */
static int any_service(struct conf *conf, size_t *ret_index)
{
	struct policy *policy = conf->policy;
	struct policy_service *services;
	struct policy_service *any;

	if (strmap_find(&conf->services, "any", ret_index))
		return 0;
	services = array_reserve(
		policy->services, sizeof(*services), policy->service_count, &conf->service_room);
	if (services == NULL)
		return -ENOMEM;
	policy->services = services;
	any = &services[policy->service_count++];
	*any = (struct policy_service){ .name = strdup("any"), .label = strdup(""), .any = true };
	if (any->name == NULL || any->label == NULL)
		return -ENOMEM;
	*ret_index = policy->service_count - 1;
	return strmap_add(&conf->services, any->name, *ret_index);
}

static int fill_inside_path(
	const struct policy *policy, size_t index, size_t service, struct policy_path *path)
{
	const struct policy_zone *zone = &policy->zones[index];

	path->loc = zone->loc;
	path->from.text = strdup(zone->name);
	path->to.text = strdup(zone->name);
	path->reason = strdup("inside = \"open\"");
	path->services = malloc(sizeof(*path->services));
	if (asprintf(&path->name, "%s.inside", zone->name) < 0)
		path->name = NULL;
	if (path->from.text == NULL || path->to.text == NULL || path->reason == NULL ||
		path->services == NULL || path->name == NULL)
		return -ENOMEM;
	path->services[0] = service;
	path->service_count = 1;
	if (endpoint_add_zone(policy, index, &path->from) < 0)
		return -ENOMEM;
	return endpoint_add_zone(policy, index, &path->to);
}

int conf_add_inside_paths(struct conf *conf)
{
	const struct policy *policy = conf->policy;

	for (size_t i = 0; i < policy->zone_count; i++) {
		struct policy_path *path;
		size_t service;
		int error;

		/* Between the hosts of one segment no packet comes by the gateway. */
		if (!policy->zones[i].open_inside || policy->zones[i].segment_count < 2)
			continue;
		error = any_service(conf, &service);
		if (error < 0)
			return error;
		path = new_path(conf);
		if (path == NULL)
			return -ENOMEM;
		error = fill_inside_path(policy, i, service, path);
		if (error < 0)
			return error;
	}
	return 0;
}

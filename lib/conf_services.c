/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The services that a path or an assertion names. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

#define SERVICE_NAMES_MAX 64

/* Where they go. */
struct names {
	size_t **services;
	size_t *count;
	bool *broken;
};

static void refuse_service(struct conf *conf, const config_setting_t *setting, const char *name)
{
	struct suggest suggest = { .word = name };

	if (strcmp(name, "any") == 0) {
		conf_error(conf, setting,
			_("name the services; a zone is opened inside by inside = \"open\""),
			_("%s: service \"any\" cannot be named"), conf->subject);
		return;
	}
	conf_consider(conf, &suggest, &conf->services);
	conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
		_("%s: no service is named \"%s\""), conf->subject, name);
}

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct names *names = object;
	const char *name = conf_string(conf, setting);
	size_t *services;
	size_t index;

	if (name == NULL)
		return 0;
	if (!strmap_find(&conf->services, name, &index)) {
		refuse_service(conf, setting, name);
		return 0;
	}
	if (conf->broken_services[index])
		*names->broken = true;
	for (size_t i = 0; i < *names->count; i++) {
		if ((*names->services)[i] != index)
			continue;
		conf_error(conf, setting, _("remove it"), _("%s: service \"%s\" is given twice"),
			conf->subject, name);
		return 0;
	}
	services = reallocarray(*names->services, *names->count + 1, sizeof(*services));
	if (services == NULL)
		return -ENOMEM;
	*names->services = services;
	services[(*names->count)++] = index;
	return 0;
}

int conf_read_service_names(struct conf *conf, const config_setting_t *setting, size_t **services,
	size_t *count, bool *broken)
{
	struct names names = { services, count, broken };

	return conf_values(conf, setting, SERVICE_NAMES_MAX, read_name, &names);
}

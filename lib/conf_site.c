/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The site: its name, the policy and the model it follows, its time zone, its audits. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf_node.h"
#include "i18n.h"

#define ZONEINFO	  "/usr/share/zoneinfo"
#define TIME_ZONE_DEFAULT "Asia/Tokyo"
#define TIME_ZONE_MAX	  64 /* bytes; the longest of tzdata has 32 */

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	return conf_name(conf, setting, CHARSET_NAME, &policy->site);
}

static int read_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	return conf_label(conf, setting, true, &policy->label);
}

/* Names of files in directories of their own: a place's name has no dot and no slash. */
static int read_profile(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	policy->profile_loc = conf_value_loc(conf, setting);
	return conf_name(conf, setting, CHARSET_PLACE, &policy->profile_name);
}

static int read_model(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	policy->model_loc = conf_value_loc(conf, setting);
	return conf_name(conf, setting, CHARSET_PLACE, &policy->model_name);
}

/* ---- time zone ---- */

/* Parts of letters, digits, '_', '+' and '-', with one '/' between them: never "..", nor a path
 * from the root. */
static bool zone_name_fits(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_+-";
	size_t length;

	if (strlen(name) > TIME_ZONE_MAX)
		return false;
	for (;; name += length + 1) {
		length = strspn(name, allowed);
		if (length == 0 || (name[length] != '\0' && name[length] != '/'))
			return false;
		if (name[length] == '\0')
			return true;
	}
}

/* Is there a file of tzdata by this name? */
static bool zone_exists(const char *name)
{
	char path[sizeof(ZONEINFO) + 1 + TIME_ZONE_MAX], magic[4];
	bool exists;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", ZONEINFO, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return false;
	exists = read(fd, magic, sizeof(magic)) == sizeof(magic) &&
		 memcmp(magic, "TZif", sizeof(magic)) == 0;
	close(fd);
	return exists;
}

static int read_time_zone(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;
	struct stat status;
	const char *name = conf_string(conf, setting);

	if (name == NULL)
		return 0;
	if (!zone_name_fits(name)) {
		conf_error(conf, setting, _("time zones look like \"Asia/Tokyo\""),
			_("%s: \"%s\" cannot be the name of a time zone"), conf->subject, name);
	} else if (strncmp(name, "right/", strlen("right/")) == 0) {
		conf_error(conf, setting,
			conf_fix(conf, _("write \"%s\""), name + strlen("right/")),
			_("%s: \"%s\" counts leap seconds, the system's clock does not"),
			conf->subject, name);
	} else if (!zone_exists(name)) {
		conf_error(conf, setting,
			stat(ZONEINFO, &status) < 0
				? _("install the package tzdata")
				: _("the name of a file in /usr/share/zoneinfo, as \"Asia/Tokyo\""),
			_("%s: this host knows no time zone \"%s\""), conf->subject, name);
	} else {
		policy->time_zone = strdup(name);
		return policy->time_zone == NULL ? -ENOMEM : 0;
	}
	return 0;
}

/* ---- audits ---- */

static int read_confirmed(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	policy->confirmed_loc = conf_value_loc(conf, setting);
	return conf_date(conf, setting, &policy->confirmed_on);
}

static int read_audited(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	policy->audited_loc = conf_value_loc(conf, setting);
	return conf_date(conf, setting, &policy->audited_on);
}

static const struct conf_key site_keys[] = {
	{ "name", true, read_name },
	{ "label", false, read_label },
	{ "profile", false, read_profile },
	{ "model", false, read_model },
	{ "time_zone", false, read_time_zone },
	{ "confirmed", false, read_confirmed },
	{ "audited", false, read_audited },
	{ 0 },
};

int conf_read_site(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "site");
	return conf_group(conf, setting, site_keys, object);
}

int conf_finish_site(struct conf *conf)
{
	struct policy *policy = conf->policy;

	if (policy->time_zone == NULL)
		policy->time_zone = strdup(TIME_ZONE_DEFAULT);
	if (policy->time_zone == NULL || conf_default_text(&policy->site) < 0 ||
		conf_default_text(&policy->label) < 0 ||
		conf_default_text(&policy->confirmed_on) < 0 ||
		conf_default_text(&policy->audited_on) < 0)
		return -ENOMEM;
	return 0;
}

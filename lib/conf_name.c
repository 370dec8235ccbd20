/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names: of what characters, how long, which are taken. */
#include <errno.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"

static bool is_lower(char byte)
{
	return byte >= 'a' && byte <= 'z';
}

static bool is_upper(char byte)
{
	return byte >= 'A' && byte <= 'Z';
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool name_fits(const char *name, enum conf_charset charset)
{
	bool place = charset == CHARSET_PLACE;

	if (!is_lower(name[0]) && (place || !is_upper(name[0])))
		return false;
	for (; *name != '\0'; name++)
		if (!is_lower(*name) && !is_digit(*name) && *name != '-' &&
			(place || (!is_upper(*name) && *name != '_')))
			return false;
	return true;
}

/* Words with a meaning of their own in rules and records. */
static bool is_reserved(const char *name)
{
	return strcmp(name, "gateway") == 0 || strcmp(name, "unknown") == 0 ||
	       strcmp(name, "any") == 0;
}

int conf_name(struct conf *conf, const config_setting_t *setting, enum conf_charset charset,
	char **ret_name)
{
	const char *name = conf_string(conf, setting);

	if (name == NULL)
		return 0;
	if (strlen(name) > POLICY_NAME_MAX) {
		conf_error(conf, setting, NULL,
			_("%s: a name of %zu bytes; at most %d are allowed"), conf->subject,
			strlen(name), POLICY_NAME_MAX);
		return 0;
	}
	if (!name_fits(name, charset)) {
		conf_error(conf, setting,
			charset == CHARSET_PLACE
				? _("a-z first, then a-z, 0-9 and '-'; Japanese goes into label")
				: _("a letter first, then A-Z, a-z, 0-9, '_' and '-'; Japanese "
				    "goes "
				    "into label"),
			_("%s: \"%s\" cannot be a name"), conf->subject, name);
		return 0;
	}
	if (is_reserved(name)) {
		conf_error(conf, setting, _("take another name"),
			_("%s: the name \"%s\" is reserved"), conf->subject, name);
		return 0;
	}
	*ret_name = strdup(name);
	return *ret_name == NULL ? -ENOMEM : 0;
}

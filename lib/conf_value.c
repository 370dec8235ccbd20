/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Typed values of the tree that few keys have: true and false, days, MAC addresses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calendar.h"
#include "conf_node.h"
#include "i18n.h"

bool conf_bool(struct conf *conf, const config_setting_t *setting, bool *ret_value)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL) {
		conf_wrong_type(conf, setting, _("true or false"), NULL);
		return false;
	}
	*ret_value = config_setting_get_bool(setting);
	return true;
}

int conf_date(struct conf *conf, const config_setting_t *setting, char **ret_date)
{
	const char *text = conf_string(conf, setting);
	struct calendar_date date;

	if (text == NULL)
		return 0;
	switch (calendar_parse(text, &date)) {
	case 0:
		*ret_date = strdup(text);
		return *ret_date == NULL ? -ENOMEM : 0;
	case -ERANGE:
		conf_error(conf, setting, NULL, _("%s: there is no day \"%s\" in the calendar"),
			conf->subject, text);
		return 0;
	default:
		conf_error(conf, setting, _("days look like \"2026-03-01\": year, month, day"),
			_("%s: \"%s\" is not a day"), conf->subject, text);
		return 0;
	}
}

bool conf_mac(struct conf *conf, const config_setting_t *setting, uint8_t mac[MAC_LENGTH])
{
	const char *text = conf_string(conf, setting);

	if (text == NULL)
		return false;
	if (mac_parse(text, mac) == 0)
		return true;
	conf_error(conf, setting,
		_("MAC addresses look like \"00:00:5e:00:53:01\"; multicast and all-zero "
		  "ones belong to no host"),
		_("%s: \"%s\" is not the MAC address of a host"), conf->subject, text);
	return false;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The group "log": epochs, and what the recorder is told of the log's files. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>

#include "conf_node.h"
#include "i18n.h"

#define SEGMENT_MIN (UINT64_C(1) << 20)

static int read_epoch(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1, 3600, &policy->epoch_seconds);
	return 0;
}

static int read_flows(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1024, 4194304, &policy->flow_limit);
	return 0;
}

static int read_group(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1, UINT16_MAX, &policy->log_group);
	return 0;
}

static int read_failure(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "continue", "island" };
	struct policy *policy = object;
	size_t index;

	if (conf_choice(conf, setting, names, sizeof(names) / sizeof(names[0]), &index))
		policy->log.island = index == 1;
	return 0;
}

static int read_compress(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_bool(conf, setting, &policy->log.compress);
	return 0;
}

static int read_payload(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 0, 1500, &policy->log.payload);
	return 0;
}

/* ---- sizes ---- */

/* "100G": a number and K, M, G or T (powers of 1024). False: not one, or it does not fit. */
static bool parse_size(const char *text, unsigned long long *ret_bytes)
{
	static const char units[] = "KMGT";
	unsigned long long number = 0;
	const char *next = text;

	for (; *next >= '0' && *next <= '9'; next++) {
		if (number > 1000000)
			return false;
		number = number * 10 + (unsigned int)(*next - '0');
	}
	if (next == text || next[0] == '\0' || next[1] != '\0')
		return false;
	for (unsigned int i = 0; units[i] != '\0'; i++) {
		if (units[i] != next[0])
			continue;
		*ret_bytes = number << (10 * (i + 1));
		return number > 0;
	}
	return false;
}

static bool read_bytes(
	struct conf *conf, const config_setting_t *setting, unsigned long long *ret_bytes)
{
	const char *text = conf_string(conf, setting);
	unsigned long long bytes;

	if (!text)
		return false;
	if (!parse_size(text, &bytes)) {
		conf_error(conf, setting, _("a number and K, M, G or T, such as \"100G\""),
			_("%s: \"%s\" is not a size"), conf->subject, text);
		return false;
	}
	if (bytes < SEGMENT_MIN) {
		conf_error(conf, setting, _("1M or more"), _("%s: \"%s\" is too small"),
			conf->subject, text);
		return false;
	}
	*ret_bytes = bytes;
	return true;
}

static int read_segment(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	(void)read_bytes(conf, setting, &policy->log.segment);
	return 0;
}

/* ---- retention ---- */

static int read_days(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 0, 36500, &policy->log.retention_days);
	return 0;
}

static int read_size(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	(void)read_bytes(conf, setting, &policy->log.size);
	return 0;
}

static const struct conf_key retention_keys[] = {
	{ "days", false, read_days },
	{ "size", false, read_size },
	{ 0 },
};

static int read_retention(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "log.retention");
	return conf_group(conf, setting, retention_keys, object);
}

/* ---- scans ---- */

static int read_targets(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;
	unsigned int targets;

	if (!conf_number(conf, setting, 0, UINT16_MAX, &targets))
		return 0;
	if (targets == 1)
		conf_error(conf, setting, _("2 or more; 0 to look for none"),
			_("%s: a single target is no scan"), conf->subject);
	else
		policy->log.scan_targets = targets;
	return 0;
}

static int read_seconds(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1, 3600, &policy->log.scan_seconds);
	return 0;
}

static const struct conf_key scan_keys[] = {
	{ "targets", false, read_targets },
	{ "seconds", false, read_seconds },
	{ 0 },
};

static int read_scan(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "log.scan");
	return conf_group(conf, setting, scan_keys, object);
}

/* ---- the group ---- */

static const struct conf_key log_keys[] = {
	{ "epoch", false, read_epoch },
	{ "flows", false, read_flows },
	{ "group", false, read_group },
	{ "on_log_failure", false, read_failure },
	{ "compress", false, read_compress },
	{ "segment", false, read_segment },
	{ "payload", false, read_payload },
	{ "retention", false, read_retention },
	{ "scan", false, read_scan },
	{ 0 },
};

int conf_read_log(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "log");
	return conf_group(conf, setting, log_keys, object);
}

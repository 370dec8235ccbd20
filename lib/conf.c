/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file as a whole. Text is checked (conf_text.c), its structure scanned (conf_scan.c), then
 * libconfig reads it and each part goes to its reader (conf_tree.c, conf_*.c); at last the policy
 * is checked as a whole (conf_check.c).
 */
#include "conf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_check.h"
#include "conf_check_claim.h"
#include "conf_node.h"
#include "errtext.h"
#include "i18n.h"
#include "judge.h"

#define SUGGESTIONS_MAX 1000000 /* names compared for "did you mean", in all */

/* ---- exceptions ---- */

static int read_emergency(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1, 720, &policy->emergency_hours);
	return 0;
}

static int read_longest(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 1, 366, &policy->exception_days);
	return 0;
}

static const struct conf_key exceptions_keys[] = {
	{ "emergency_hours", false, read_emergency },
	{ "longest_days", false, read_longest },
	{ 0 },
};

static int read_exceptions(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "exceptions");
	return conf_group(conf, setting, exceptions_keys, object);
}

/* ---- the file ---- */

/* Zones first, then what lies in them, then what refers to those. */
static int read_all_zones(struct conf *conf, const config_setting_t *setting, void *object)
{
	int error = conf_read_zones(conf, setting, object);

	snprintf(conf->subject, sizeof(conf->subject), "%s", _("the file"));
	return error < 0 ? error : conf_finish_zones(conf);
}

static const struct conf_key file_keys[] = {
	{ "site", true, conf_read_site },
	{ "two_person", false, conf_read_two_person },
	{ "confirm_seconds", false, conf_read_confirm_seconds },
	{ "proposal_seconds", false, conf_read_proposal_seconds },
	{ "log", false, conf_read_log },
	{ "exceptions", false, read_exceptions },
	{ "zones", true, read_all_zones },
	{ "hosts", false, conf_read_hosts },
	{ "networks", false, conf_read_networks },
	{ "security_cloud", false, conf_read_security_cloud },
	{ "local_breakout", false, conf_read_breakouts },
	{ "services", false, conf_read_services },
	{ "paths", false, conf_read_paths },
	{ "gateway", false, conf_read_gateway },
	{ "observe", false, conf_read_observes },
	{ "assertions", false, conf_read_assertions },
	{ "alerts", false, conf_read_alerts },
	{ "prove", false, conf_read_prove },
	{ "ha", false, conf_read_ha },
	{ 0 },
};

/* ---- the policy ---- */

/* Without a profile that is named, there is no telling what is against it. */
static int judge(const struct conf *conf)
{
	const struct policy *policy = conf->policy;
	const struct calendar_date never = { 0 };

	if ((policy->profile_name != NULL && policy->profile == NULL) ||
		(policy->model_name != NULL && policy->model == NULL))
		return 0;
	return judge_policy(
		policy, conf->options != NULL ? &conf->options->today : &never, conf->diags);
}

static int read_policy(struct conf *conf)
{
	int error = conf_read_tree(conf, file_keys, conf->policy);

	if (error == 0)
		error = conf_add_inside_paths(conf);
	if (error == 0)
		error = conf_finish_site(conf);
	if (error == 0)
		error = conf_default_text(&conf->policy->cloud_label);
	if (error == 0)
		error = conf_read_profiles(conf);
	if (error == 0 && !conf->zones_broken)
		error = conf_check_claims(conf->policy, conf->diags);
	if (error == 0 && !conf->zones_broken)
		error = judge(conf);
	if (error == 0)
		error = conf_check(conf->policy, conf->diags);
	return error;
}

static int set_identity(struct policy *policy, const char *name, const char *text, size_t length)
{
	crypto_generichash(policy->digest, sizeof(policy->digest), (const unsigned char *)text,
		length, NULL, 0);
	sodium_bin2hex(policy->revision, sizeof(policy->revision), policy->digest,
		POLICY_REVISION_LENGTH / 2);
	policy->file = strdup(name);
	return policy->file == NULL ? -ENOMEM : 0;
}

static void clear_conf(struct conf *conf)
{
	conf_text_clear(&conf->text);
	conf_scan_clear(&conf->scan);
	strmap_clear(&conf->names);
	strmap_clear(&conf->services);
	strmap_clear(&conf->paths);
	strmap_clear(&conf->assertions);
	free(conf->network_segments);
	free(conf->breakout_segments);
	free(conf->broken_services);
}

static int parse(const char *text, size_t length, const char *name,
	const struct conf_options *options, struct diag_list *diags, struct policy **ret_policy)
{
	struct conf conf = { .options = options, .diags = diags, .suggestions = SUGGESTIONS_MAX };
	int error = policy_new(&conf.policy);

	if (error < 0)
		return error;
	error = set_identity(conf.policy, name, text, length);
	/* Places in the policy name its own copy of the file's name. */
	if (error == 0)
		error = conf_text_init(&conf.text, conf.policy->file, text, length);
	if (error == 0)
		error = diag_list_source(diags, conf.policy->file, text, length);
	if (error == 0)
		error = read_policy(&conf);
	if (error == 0 && diag_list_count(diags, DIAG_ERROR) > 0)
		error = -EINVAL;
	diag_list_sort(diags);
	clear_conf(&conf);
	if (error < 0) {
		policy_free(conf.policy);
		return error;
	}
	*ret_policy = conf.policy;
	return 0;
}

int conf_read_bytes(const char *bytes, size_t length, const char *name,
	const struct conf_options *options, struct diag_list *diags, struct policy **ret_policy)
{
	if (length > CONF_SIZE_MAX) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = name }, NULL,
			_("the file has %zu bytes; at most %u are read"), length, CONF_SIZE_MAX);
		return -EINVAL;
	}
	return parse(bytes, length, name, options, diags, ret_policy);
}

int conf_parse(const char *text, size_t length, const char *name, struct diag_list *diags,
	struct policy **ret_policy)
{
	return conf_read_bytes(text, length, name, NULL, diags, ret_policy);
}

int conf_load(
	int fd, const char *name, struct diag_list *diags, char **ret_bytes, size_t *ret_length)
{
	return conf_text_read(fd, name, diags, ret_bytes, ret_length);
}

int conf_read(int fd, const char *name, const struct conf_options *options, struct diag_list *diags,
	struct policy **ret_policy)
{
	char *text;
	size_t length;
	int error = conf_load(fd, name, diags, &text, &length);

	if (error < 0)
		return error;
	error = parse(text, length, name, options, diags, ret_policy);
	free(text);
	return error;
}

int conf_load_file(const char *path, struct diag_list *diags, char **ret_bytes, size_t *ret_length)
{
	/* O_NONBLOCK: opening a FIFO must not wait for its writer; it is refused right after. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int error;

	if (fd < 0) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ .file = path }, NULL,
			_("cannot be opened: %s"), errtext(-errno));
		return -EINVAL;
	}
	error = conf_load(fd, path, diags, ret_bytes, ret_length);
	close(fd);
	return error;
}

int conf_read_file(const char *path, const struct conf_options *options, struct diag_list *diags,
	struct policy **ret_policy)
{
	char *text;
	size_t length;
	int error = conf_load_file(path, diags, &text, &length);

	if (error < 0)
		return error;
	error = parse(text, length, path, options, diags, ret_policy);
	free(text);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the profile and the model that a site names. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf_profile.h"
#include "conf_profile_impl.h"
#include "errtext.h"
#include "i18n.h"
#include "suggest.h"

#define ENDING ".conf"

/* What is looked for. */
struct wanted {
	struct conf *conf;
	const char *directory; /* in each root: "profiles" */
	const char *noun;      /* for messages */
	const char *name;
	struct diag_loc loc; /* where it is named */
};

/* ---- none is there: what is? ---- */

/* The name of a file that could have been meant; false for all others. */
static bool take_name(const struct dirent *entry, char name[POLICY_NAME_MAX + 1])
{
	size_t length = strlen(entry->d_name);

	if (length <= strlen(ENDING) || length - strlen(ENDING) > POLICY_NAME_MAX ||
		strcmp(entry->d_name + length - strlen(ENDING), ENDING) != 0)
		return false;
	memcpy(name, entry->d_name, length - strlen(ENDING));
	name[length - strlen(ENDING)] = '\0';
	return true;
}

/* Names of one directory; best keeps the one that suggest points to. */
static void consider_directory(
	const char *path, struct suggest *suggest, char best[POLICY_NAME_MAX + 1])
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[POLICY_NAME_MAX + 1];

	if (directory == NULL)
		return;
	while ((entry = readdir(directory)) != NULL) {
		if (!take_name(entry, name))
			continue;
		suggest_consider(suggest, name);
		if (suggest->best == name)
			memcpy(best, name, sizeof(name));
		suggest->best = suggest->best != NULL ? best : NULL;
	}
	closedir(directory);
}

static void refuse_name(const struct wanted *wanted)
{
	const struct conf_options *options = wanted->conf->options;
	struct suggest suggest = { .word = wanted->name };
	char best[POLICY_NAME_MAX + 1] = "", path[PATH_MAX];

	for (size_t i = 0; i < options->root_count; i++) {
		snprintf(path, sizeof(path), "%s/%s", options->roots[i], wanted->directory);
		consider_directory(path, &suggest, best);
	}
	snprintf(path, sizeof(path), "%s/%s", options->roots[0], wanted->directory);
	diag_add(wanted->conf->diags, DIAG_ERROR, wanted->loc,
		suggest.best != NULL
			? conf_did_you_mean(wanted->conf, &suggest)
			: conf_fix(wanted->conf, _("write it: %s/%s.conf, see hedate.profile(5)"),
				  path, wanted->name),
		_("site: there is no %s \"%s\""), wanted->noun, wanted->name);
}

/* ---- the file ---- */

/* In the first root that has it. Its descriptor and path; or negative: -ENOENT, after a finding
 * -EINVAL. */
static int open_file(const struct wanted *wanted, char path[PATH_MAX])
{
	const struct conf_options *options = wanted->conf->options;

	for (size_t i = 0; i < options->root_count; i++) {
		int fd;

		if (snprintf(path, PATH_MAX, "%s/%s/%s" ENDING, options->roots[i],
			    wanted->directory, wanted->name) >= PATH_MAX)
			continue;
		/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd >= 0)
			return fd;
		if (errno == ENOENT || errno == ENOTDIR)
			continue;
		diag_add(wanted->conf->diags, DIAG_ERROR, (struct diag_loc){ .file = path }, NULL,
			_("cannot be opened: %s"), errtext(-errno));
		return -EINVAL;
	}
	return -ENOENT;
}

/* The name in the file is what records and reports show: it must be that of the file. */
static void check_name(const struct wanted *wanted, const struct profile *profile)
{
	if (strcmp(profile->name, wanted->name) != 0)
		diag_add(wanted->conf->diags, DIAG_ERROR,
			(struct diag_loc){ .file = profile->file },
			conf_fix(wanted->conf, _("profile = { name = \"%s\"; ... }"), wanted->name),
			_("the name in the file is \"%s\", the file is called \"%s.conf\""),
			profile->name, wanted->name);
}

static int load(const struct wanted *wanted, struct profile **ret_profile)
{
	char path[PATH_MAX];
	int error, fd;

	if (wanted->name == NULL)
		return 0;
	if (wanted->conf->options == NULL || wanted->conf->options->root_count == 0) {
		diag_add(wanted->conf->diags, DIAG_ERROR, wanted->loc, NULL,
			_("site: %s \"%s\" is named, but no directory to look for it is known"),
			wanted->noun, wanted->name);
		return 0;
	}
	fd = open_file(wanted, path);
	if (fd == -ENOENT)
		refuse_name(wanted);
	if (fd < 0)
		return 0;
	error = conf_profile_read(fd, path, wanted->conf->diags, ret_profile);
	close(fd);
	if (error == 0)
		check_name(wanted, *ret_profile);
	return error == -EINVAL ? 0 : error;
}

/* ---- both ---- */

/* The same configuration under another profile is another policy. */
static void add_to_identity(struct policy *policy)
{
	const struct profile *const parts[] = { policy->profile, policy->model };
	crypto_generichash_state state;

	if (policy->profile == NULL && policy->model == NULL)
		return;
	crypto_generichash_init(&state, NULL, 0, sizeof(policy->digest));
	crypto_generichash_update(&state, policy->digest, sizeof(policy->digest));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const unsigned char there = parts[i] != NULL;

		crypto_generichash_update(&state, &there, 1);
		if (parts[i] != NULL)
			crypto_generichash_update(
				&state, parts[i]->digest, sizeof(parts[i]->digest));
	}
	crypto_generichash_final(&state, policy->digest, sizeof(policy->digest));
	sodium_bin2hex(policy->revision, sizeof(policy->revision), policy->digest,
		POLICY_REVISION_LENGTH / 2);
}

int conf_read_profiles(struct conf *conf)
{
	struct policy *policy = conf->policy;
	const struct wanted profile = { conf, "profiles", _("profile"), policy->profile_name,
		policy->profile_loc };
	const struct wanted model = { conf, "models", _("model"), policy->model_name,
		policy->model_loc };
	int error = load(&profile, &policy->profile);

	if (error == 0)
		error = load(&model, &policy->model);
	if (error == 0)
		add_to_identity(policy);
	return error;
}

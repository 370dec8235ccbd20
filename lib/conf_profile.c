/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile's file and its clauses; their checks are read by conf_profile_check.c. */
#include "conf_profile.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_profile_impl.h"
#include "i18n.h"
#include "suggest.h"

#define SUGGESTIONS_MAX 100000

/* What is being filled. */
struct reading {
	struct profile *profile;
	size_t clause_room;
};

/* ---- profile = { } ---- */

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile *profile = object;

	return conf_name(conf, setting, CHARSET_PLACE, &profile->name);
}

static int read_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile *profile = object;

	return conf_label(conf, setting, true, &profile->label);
}

static int read_document(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile *profile = object;

	return conf_label(conf, setting, false, &profile->document);
}

static int read_dated(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile *profile = object;

	return conf_label(conf, setting, true, &profile->dated);
}

static const struct conf_key profile_keys[] = {
	{ "name", true, read_name },
	{ "label", false, read_label },
	{ "document", true, read_document },
	{ "dated", false, read_dated },
	{ 0 },
};

static int read_profile(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading *reading = object;

	snprintf(conf->subject, sizeof(conf->subject), "profile");
	return conf_group(conf, setting, profile_keys, reading->profile);
}

/* ---- clauses = ( { } ) ---- */

static int read_number(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;
	int error = conf_label(conf, setting, false, &clause->number);

	if (error < 0 || clause->number == NULL)
		return error;
	clause->loc = conf_value_loc(conf, setting);
	error = strmap_add(&conf->names, clause->number, clause->loc.line);
	if (error == -EEXIST) {
		size_t line;

		strmap_find(&conf->names, clause->number, &line);
		conf_error(conf, setting, _("put its checks into that one"),
			_("%s: the clause stands already on line %zu"), conf->subject, line);
		return 0;
	}
	return error;
}

static int read_title(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;

	return conf_label(conf, setting, false, &clause->title);
}

static int read_text(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;

	return conf_prose(conf, setting, false, PROFILE_TEXT_MAX, &clause->text);
}

static int read_clause_document(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct profile_clause *clause = object;

	return conf_label(conf, setting, false, &clause->document);
}

static const struct conf_key clause_keys[] = {
	{ "number", true, read_number },
	{ "title", true, read_title },
	{ "text", true, read_text },
	{ "document", false, read_clause_document },
	{ "checks", true, conf_read_checks },
	{ "permits", false, conf_read_permits },
	{ 0 },
};

/* Clauses are called by their numbers. */
static void set_subject(struct conf *conf, const config_setting_t *setting, size_t position)
{
	const char *number = NULL;

	if (config_setting_is_group(setting) &&
		config_setting_lookup_string(setting, "number", &number) == CONFIG_TRUE)
		snprintf(conf->subject, sizeof(conf->subject), _("clause \"%.64s\""), number);
	else
		snprintf(conf->subject, sizeof(conf->subject), _("clause number %zu"), position);
}

static int default_texts(struct profile_clause *clause)
{
	char **const texts[] = { &clause->number, &clause->title, &clause->text,
		&clause->document };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (conf_default_text(texts[i]) < 0)
			return -ENOMEM;
	return 0;
}

static int read_clause(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading *reading = object;
	struct profile *profile = reading->profile;
	struct profile_clause *clauses;
	int error;

	if (profile->clause_count == PROFILE_CLAUSES_MAX) {
		conf_error(conf, setting, NULL, _("more than %d clauses"), PROFILE_CLAUSES_MAX);
		return 0;
	}
	clauses = array_reserve(
		profile->clauses, sizeof(*clauses), profile->clause_count, &reading->clause_room);
	if (clauses == NULL)
		return -ENOMEM;
	profile->clauses = clauses;
	clauses[profile->clause_count] =
		(struct profile_clause){ .loc = conf_value_loc(conf, setting) };
	set_subject(conf, setting, profile->clause_count + 1);
	error = conf_group(conf, setting, clause_keys, &clauses[profile->clause_count++]);
	return error < 0 ? error : default_texts(&clauses[profile->clause_count - 1]);
}

static int read_clauses(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "%s", _("the file"));
	return conf_list(conf, setting, false, read_clause, object);
}

static const struct conf_key file_keys[] = {
	{ "profile", true, read_profile },
	{ "clauses", true, read_clauses },
	{ 0 },
};

/* ---- the whole ---- */

/* Clauses that checks refer to. */
static void resolve(struct conf *conf, const struct profile *profile)
{
	for (size_t i = 0; i < profile->clause_count; i++) {
		const struct profile_clause *clause = &profile->clauses[i];

		for (size_t j = 0; j < clause->check_count; j++) {
			const struct profile_check *check = &clause->checks[j];
			struct suggest suggest = { .word = check->clause };
			size_t line;

			if (check->clause == NULL ||
				strmap_find(&conf->names, check->clause, &line))
				continue;
			conf_consider(conf, &suggest, &conf->names);
			diag_add(conf->diags, DIAG_ERROR, check->loc,
				conf_did_you_mean(conf, &suggest),
				_("clause \"%s\": no clause has the number \"%s\""), clause->number,
				check->clause);
		}
	}
}

static int finish(struct conf *conf, struct profile *profile)
{
	if (conf_default_text(&profile->name) < 0 || conf_default_text(&profile->label) < 0 ||
		conf_default_text(&profile->document) < 0 || conf_default_text(&profile->dated) < 0)
		return -ENOMEM;
	resolve(conf, profile);
	return 0;
}

static int read_file(struct conf *conf, struct profile *profile)
{
	struct reading reading = { .profile = profile };
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error = conf_read_tree(conf, file_keys, &reading);

	if (error == 0)
		error = finish(conf, profile);
	return error == 0 && conf_failed_since(conf, errors) ? -EINVAL : error;
}

int conf_profile_parse(const char *text, size_t length, const char *path, struct diag_list *diags,
	struct profile **ret_profile)
{
	struct conf conf = { .diags = diags, .suggestions = SUGGESTIONS_MAX };
	struct profile *profile;
	int error = profile_new(&profile);

	if (error < 0)
		return error;
	profile->file = strdup(path);
	crypto_generichash(profile->digest, sizeof(profile->digest), (const unsigned char *)text,
		length, NULL, 0);
	/* Places in the profile name its own copy of the path. */
	error = profile->file == NULL ? -ENOMEM
				      : conf_text_init(&conf.text, profile->file, text, length);
	if (error == 0)
		error = diag_list_source(diags, profile->file, text, length);
	if (error == 0)
		error = read_file(&conf, profile);
	conf_text_clear(&conf.text);
	conf_scan_clear(&conf.scan);
	strmap_clear(&conf.names);
	if (error < 0) {
		profile_free(profile);
		return error;
	}
	*ret_profile = profile;
	return 0;
}

int conf_profile_read(
	int fd, const char *path, struct diag_list *diags, struct profile **ret_profile)
{
	char *text;
	size_t length;
	int error = conf_text_read(fd, path, diags, &text, &length);

	if (error < 0)
		return error;
	error = conf_profile_parse(text, length, path, diags, ret_profile);
	free(text);
	return error;
}

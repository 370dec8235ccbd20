/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int profile_new(struct profile **ret_profile)
{
	*ret_profile = calloc(1, sizeof(**ret_profile));
	return *ret_profile == NULL ? -ENOMEM : 0;
}

static void clear_names(char **names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void clear_check(struct profile_check *check)
{
	clear_names(check->models, check->model_count);
	clear_names(check->fits, check->fit_count);
	free(check->asks);
	free(check->clause);
}

static void clear_clause(struct profile_clause *clause)
{
	for (size_t i = 0; i < clause->check_count; i++)
		clear_check(&clause->checks[i]);
	free(clause->checks);
	free(clause->number);
	free(clause->title);
	free(clause->text);
	free(clause->document);
}

void profile_free(struct profile *profile)
{
	if (profile == NULL)
		return;
	for (size_t i = 0; i < profile->clause_count; i++)
		clear_clause(&profile->clauses[i]);
	free(profile->clauses);
	free(profile->name);
	free(profile->label);
	free(profile->document);
	free(profile->dated);
	free(profile->file);
	free(profile);
}

const struct profile_clause *profile_find(const struct profile *profile, const char *number)
{
	for (size_t i = 0; i < profile->clause_count; i++)
		if (strcmp(profile->clauses[i].number, number) == 0)
			return &profile->clauses[i];
	return NULL;
}

const struct profile_clause *profile_ground(const struct profile *profile, enum path_class class)
{
	for (size_t i = 0; i < profile->clause_count; i++)
		if ((profile->clauses[i].permits & 1u << class) != 0)
			return &profile->clauses[i];
	return NULL;
}

static enum clause_severity strictest(const struct profile_clause *clause)
{
	enum clause_severity severity = CLAUSE_NOT_APPLICABLE;

	for (size_t i = 0; i < clause->check_count; i++)
		if (clause->checks[i].severity < severity)
			severity = clause->checks[i].severity;
	return severity;
}

size_t profile_count(const struct profile *profile, enum clause_severity severity)
{
	size_t count = 0;

	for (size_t i = 0; i < profile->clause_count; i++)
		count += strictest(&profile->clauses[i]) == severity;
	return count;
}

const char *profile_document(const struct profile *profile, const struct profile_clause *clause)
{
	return clause->document[0] != '\0' ? clause->document : profile->document;
}

/* ---- words ---- */

const char *clause_severity_name(enum clause_severity severity)
{
	static const char *const names[CLAUSE_SEVERITIES] = {
		[CLAUSE_REFUSE] = "refuse",
		[CLAUSE_WARN] = "warn",
		[CLAUSE_EVIDENCE] = "evidence",
		[CLAUSE_NOT_APPLICABLE] = "not-applicable",
	};

	return names[severity];
}

const char *path_class_name(enum path_class class)
{
	static const char *const names[PATH_CLASSES] = {
		[CLASS_MYNUMBER_INSIDE] = "mynumber_inside",
		[CLASS_LGWAN_INSIDE] = "lgwan_inside",
		[CLASS_INTERNET_INSIDE] = "internet_inside",
		[CLASS_SPECIFIED] = "specified",
		[CLASS_CROSSING] = "crossing",
		[CLASS_MAIL_TEXT] = "mail_text",
		[CLASS_SCREEN_TRANSFER] = "screen_transfer",
		[CLASS_FILE_SANITIZE] = "file_sanitize",
		[CLASS_EXCHANGE] = "exchange",
		[CLASS_LOCAL_BREAKOUT] = "local_breakout",
		[CLASS_EGRESS] = "egress",
		[CLASS_GATEWAY] = "gateway",
		[CLASS_MANAGEMENT] = "management",
		[CLASS_EXCEPTION] = "exception",
	};

	return names[class];
}

const char *check_kind_name(enum check_kind kind)
{
	static const char *const names[CHECK_KINDS] = {
		[CHECK_ISOLATION] = "isolation",
		[CHECK_SPECIFIED_HOSTS] = "specified-hosts",
		[CHECK_SPECIFIED_SERVICE] = "specified-service",
		[CHECK_SPECIFIED_DEVICE] = "specified-device",
		[CHECK_SPECIFIED_PEER] = "specified-peer",
		[CHECK_SANITIZE] = "sanitize",
		[CHECK_SANITIZER] = "sanitizer",
		[CHECK_SCREEN_TRANSFER] = "screen-transfer",
		[CHECK_EGRESS] = "egress",
		[CHECK_LOCAL_BREAKOUT] = "local-breakout",
		[CHECK_ROLES] = "roles",
		[CHECK_EXTERNAL] = "external",
		[CHECK_LINE] = "line",
		[CHECK_EXTERNAL_AUDIT] = "external-audit",
		[CHECK_MODEL] = "model",
		[CHECK_DEVICE_BINDING] = "device-binding",
		[CHECK_ENFORCED] = "enforced",
		[CHECK_LOG] = "log",
		[CHECK_BY_CLAUSE] = "by-clause",
		[CHECK_NONE] = "none",
	};

	return names[kind];
}

bool check_kind_judged(enum check_kind kind)
{
	return kind < CHECK_ENFORCED;
}

const char *mechanism_name(enum mechanism mechanism)
{
	static const char *const names[MECHANISMS] = {
		[MECHANISM_DEFAULT_DENY] = "default-deny",
		[MECHANISM_INTERFACES] = "interfaces",
		[MECHANISM_SOURCE_CHECK] = "source-check",
		[MECHANISM_ROUTE_CHECK] = "route-check",
		[MECHANISM_GATEWAY] = "gateway",
		[MECHANISM_READ_BACK] = "read-back",
		[MECHANISM_ATOMIC] = "atomic",
		[MECHANISM_CUT] = "cut",
		[MECHANISM_FILE_CHECK] = "file-check",
		[MECHANISM_ROLES] = "roles",
		[MECHANISM_LIMITS] = "limits",
		[MECHANISM_EXCEPTIONS] = "exceptions",
		[MECHANISM_ASSERTIONS] = "assertions",
	};

	return names[mechanism];
}

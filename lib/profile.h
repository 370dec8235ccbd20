/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile: what a municipality's security policy asks of its gateway, clause by clause, as data.
 * A model (α, β ...) has the same form. conf_profile.c reads both from files whose language is
 * described in hedate.profile(5), judge.c holds a policy against them. All that a profile holds
 * dies with profile_free().
 */
#ifndef HEDATE_PROFILE_H
#define HEDATE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "policy.h"

#define PROFILE_TEXT_MAX    2048 /* bytes of a clause's text, UTF-8 */
#define PROFILE_CLAUSES_MAX 1000
#define PROFILE_CHECKS_MAX  32 /* of a clause */
#define PROFILE_MODELS_MAX  16 /* of a check */

/* What a check's answer means. */
enum clause_severity {
	CLAUSE_REFUSE,	       /* a policy that does not keep it is not put in force */
	CLAUSE_WARN,	       /* it is, with a warning */
	CLAUSE_EVIDENCE,       /* only shown */
	CLAUSE_NOT_APPLICABLE, /* 対象外: nothing on a gateway can tell */
};
#define CLAUSE_SEVERITIES 4

/* What a path is, for the clause that it rests on. */
enum path_class {
	CLASS_MYNUMBER_INSIDE, /* from and to zones of that kind */
	CLASS_LGWAN_INSIDE,
	CLASS_INTERNET_INSIDE,
	CLASS_SPECIFIED, /* across the boundary of kind mynumber, declared as 特定通信 */
	CLASS_CROSSING,	 /* across that boundary, not declared so */
	CLASS_MAIL_TEXT, /* between lgwan and internet, by its method */
	CLASS_SCREEN_TRANSFER,
	CLASS_FILE_SANITIZE,
	CLASS_EXCHANGE,	      /* between lgwan and internet, without a method */
	CLASS_LOCAL_BREAKOUT, /* straight to a listed cloud */
	CLASS_EGRESS,	      /* between an internet zone and what is behind its uplink */
	CLASS_GATEWAY,	      /* the gateway's own, to or from any other zone */
	CLASS_MANAGEMENT,     /* the gateway's own, to or from a management zone */
	CLASS_EXCEPTION,      /* by an exception (例外措置) */
};
#define PATH_CLASSES 14

/* Each kind is judged by one function (judge_impl.h). */
enum check_kind {
	CHECK_ISOLATION,
	CHECK_SPECIFIED_HOSTS,
	CHECK_SPECIFIED_SERVICE,
	CHECK_SPECIFIED_DEVICE,
	CHECK_SPECIFIED_PEER,
	CHECK_SANITIZE,
	CHECK_SANITIZER,
	CHECK_SCREEN_TRANSFER,
	CHECK_EGRESS,
	CHECK_LOCAL_BREAKOUT,
	CHECK_ROLES,
	CHECK_EXTERNAL,
	CHECK_LINE,
	CHECK_EXTERNAL_AUDIT,
	CHECK_MODEL,
	CHECK_DEVICE_BINDING,
	CHECK_ENFORCED,	 /* hedate does it whatever the configuration says */
	CHECK_LOG,	 /* the records are the evidence */
	CHECK_BY_CLAUSE, /* judged under another clause */
	CHECK_NONE,
};
#define CHECK_KINDS 20

/* By what hedate enforces a clause without being told to. */
enum mechanism {
	MECHANISM_DEFAULT_DENY, /* what no path names is blocked */
	MECHANISM_INTERFACES,	/* an interface of no zone forwards nothing */
	MECHANISM_SOURCE_CHECK, /* every packet's source against its interface */
	MECHANISM_ROUTE_CHECK,	/* every packet's destination against the interface it leaves by */
	MECHANISM_GATEWAY,	/* the gateway's own traffic is what was declared */
	MECHANISM_READ_BACK,	/* the kernel's rule set is compared with what it should be */
	MECHANISM_ATOMIC,	/* a change is whole or is not */
	MECHANISM_CUT,		/* a path that ends takes its connections with it */
	MECHANISM_FILE_CHECK,	/* who may write the configuration */
	MECHANISM_ROLES,	/* who may ask for what */
	MECHANISM_LIMITS,	/* new connections of a zone are limited */
	MECHANISM_EXCEPTIONS,	/* exceptions are applied for, granted, end by themselves */
	MECHANISM_ASSERTIONS,	/* what must pass and must not is tried before a change */
};
#define MECHANISMS 13

/* What a segment with remote networks must say of them. */
enum external_need {
	NEED_OWNER = 1,
	NEED_PERMISSION = 2,
	NEED_SURVEY = 4,
};

/* One check and its parameters; which of them mean something depends on the kind. Sets are masks
 * of 1 << (the enum's value). */
struct profile_check {
	enum check_kind kind;
	enum clause_severity severity;
	char *asks; /* what it takes from the clause; "": all of its text */
	char **models;
	size_t model_count; /* it applies under these models only; 0: always */

	bool internet_only;	 /* isolation: from the Internet only, not from all other zones */
	bool portless;		 /* specified-service: protocols without ports may be named */
	bool source_only;	 /* specified-device: of the side that opens the connection */
	bool inward_only;	 /* sanitize: data from internet to lgwan only */
	bool allowed;		 /* local-breakout */
	bool encryption;	 /* line: it must be stated */
	enum zone_kind from, to; /* screen-transfer; from: local-breakout */
	unsigned int zone_kinds; /* sanitizer, line, device-binding */
	unsigned int line_types; /* line; 0: any */
	unsigned int roles;	 /* roles: of enum zone_role */
	unsigned int needs;	 /* external: of enum external_need */
	unsigned int months;	 /* external-audit: until the next one is due */
	char **fits;		 /* model: their names */
	size_t fit_count;
	enum mechanism mechanism; /* enforced */
	char *clause;		  /* by-clause: its number */
	struct diag_loc loc;
};

struct profile_clause {
	char *number;	/* "第2章4(1)①" */
	char *title;	/* its heading */
	char *text;	/* what it asks, in our own words */
	char *document; /* where it stands, when not in the profile's document; or "" */
	struct profile_check *checks;
	size_t check_count;
	unsigned int permits; /* mask of 1 << enum path_class */
	struct diag_loc loc;
};

struct profile {
	char *name;	/* of its file, "town" */
	char *label;	/* for people, or "" */
	char *document; /* title of the security policy */
	char *dated;	/* as the document writes its date, or "" */
	char *file;
	uint8_t digest[POLICY_DIGEST_LENGTH]; /* BLAKE2b-256 of the file's bytes */
	struct profile_clause *clauses;
	size_t clause_count;
};

/* An empty one. 0, or -ENOMEM. */
int profile_new(struct profile **ret_profile);
/* Accepts NULL and half-built ones. */
void profile_free(struct profile *profile);

/* The clause of a number, or NULL. */
const struct profile_clause *profile_find(const struct profile *profile, const char *number);
/* The first clause that permits paths of a class, or NULL. */
const struct profile_clause *profile_ground(const struct profile *profile, enum path_class class);
/* How many clauses have this as the strictest severity of their checks. */
size_t profile_count(const struct profile *profile, enum clause_severity severity);
/* Title of the document that a clause stands in. */
const char *profile_document(const struct profile *profile, const struct profile_clause *clause);

/* The words of the language. */
const char *clause_severity_name(enum clause_severity severity); /* "not-applicable" */
const char *path_class_name(enum path_class class);		 /* "screen_transfer" */
const char *check_kind_name(enum check_kind kind);		 /* "specified-hosts" */
const char *mechanism_name(enum mechanism mechanism);		 /* "default-deny" */
/* Does a check of this kind have an answer that depends on the policy? */
bool check_kind_judged(enum check_kind kind);

#endif

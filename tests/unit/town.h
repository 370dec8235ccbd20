/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A town whose policy is judged by a profile and a model of one clause each, all in files. */
#ifndef HEDATE_TEST_TOWN_H
#define HEDATE_TEST_TOWN_H

#include "fromtext.h"

/* What may be put into the town: where, and what. */
#define PATH(more)   "@PATH@", ", { name = \"X\"; reason = \"x\"; service = \"https\"; " more " }"
#define SERVED(more) "@PATH@", ", { name = \"X\"; reason = \"x\"; " more " }"
#define ATTESTED     "specified = { attested_by = \"x\"; attested_on = \"2026-04-01\"; };"
#define PUBLIC	     "specified = { public_body = true; via = \"lgwan\"; };"

#define CUT_OFF	   "they are cut off from each other"
#define UNDECLARED "is not declared as a specified communication"
#define CLEANED	   "sanitize = \"file_sanitize\";"
#define TEXTED	   "sanitize = \"mail_text\";"
#define SCREEN	   "sanitize = \"screen_transfer\";"
#define OPENS	   "opens no connection to zone"
#define EXTERNAL   "external = { owner = \"x\"; permission = \"x\"; survey = \"x\"; };"

#define ALL_CLASSES                                                                                \
	"\"mynumber_inside\", \"lgwan_inside\", \"internet_inside\", \"specified\", "              \
	"\"crossing\", \"mail_text\", \"screen_transfer\", \"file_sanitize\", \"exchange\", "      \
	"\"local_breakout\", \"egress\", \"gateway\", \"management\", \"exception\""

/* The fixture; policy is that of the town read last. */
void town_set_up(void);
void town_tear_down(void);
/* Without the findings and the policy of before. */
void start_again(void);

/* A document of one clause, "T" in a profile, "M" in a model. */
void write_document(const char *file, const char *name, const char *number, const char *checks,
	const char *permits);
/* The town, with place "@X@" filled by text and all other places empty. */
void write_town(const char *place, const char *text);
/* Name these documents in the town that was written. */
void name_documents(const char *documents);
/* Read it, on that day. */
int read_town(int year, int month, int day);
/* All of it, with a profile of this check. */
int judge_text(const char *check, const char *place, const char *text);

/* Findings of a clause with these words in them. */
unsigned int count_of(const char *number, enum diag_severity severity, const char *words);

#endif

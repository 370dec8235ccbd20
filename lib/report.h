/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of a site (監査報告書) as facts, section by section. Commands fill it from what they
 * read, report_json.c and report_html.c write it; neither knows anything that is not in here, so
 * that what one form says the other says too. No clock, no file, no locale but that of _().
 *
 * Memory: everything that a report points to is the report's, dies with report_free(), and is made
 * with report_keep(), report_print() and report_add(). A string is NULL or "" where there is none;
 * after report_finish() and report_load() it is never NULL.
 *
 * Times are Unix time in seconds; 0: there is none. Words of a fixed set are untranslated names, as
 * JSON and the log have them ("screen_transfer"); sentences (comments say which) are in the
 * report's language, translated by who made them.
 *
 * A section begins with its source. All zeros is a section that nobody has read: it is shown as
 * such, and is never taken for one in which nothing was found.
 */
#ifndef HEDATE_REPORT_H
#define HEDATE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "zonetime.h"

#define REPORT_VERSION	  1  /* of the JSON */
#define REPORT_DIGEST_MAX 65 /* hex digits of a digest of 256 bits, with NUL */

/* ---- words of all sections ---- */

/* 判定. The order is of no meaning but that 0 is the one that nobody has to have said. */
enum report_result {
	REPORT_CONFIRM,	       /* 要確認: a person has to look */
	REPORT_CONFORMS,       /* 適合 */
	REPORT_FAILS,	       /* 不適合 */
	REPORT_NOT_APPLICABLE, /* 対象外: nothing on a gateway can tell */
};
#define REPORT_RESULTS 4
const char *report_result_name(enum report_result result); /* "confirm", "conforms", ... */

enum report_state {
	REPORT_UNREAD, /* nobody looked, or it could not be read: problem says why */
	REPORT_PARTLY, /* some of it could not be read: problem says what */
	REPORT_READ,
};

/* Where a section comes from. */
struct report_source {
	enum report_state state;
	const char *problem;   /* a sentence; "" unless there is one */
	unsigned int evidence; /* its number, report_evidence_add(); 0: none */
};

/* What was looked at. Sections and clauses name it by its number: its index + 1. */
struct report_evidence {
	const char *name;      /* stable: "snapshot", "configuration", "register", "log" */
	const char *what;      /* file, machine, checkpoint: data, not translated */
	const char *algorithm; /* "SHA-256", "BLAKE2b-256" */
	char digest[REPORT_DIGEST_MAX];
};

/* ---- the sections ---- */

/* What the report is about. */
struct report_head {
	const char *language; /* "ja", "en" */
	int64_t made;
	int64_t since, until;	       /* the period: since <= t < until */
	const char *program;	       /* its version */
	const char *machine;	       /* host name */
	const char *auditor, *auditee; /* to sign; "" leaves room for a name */
};

struct report_document { /* a profile or model */
	const char *name, *label, *title, *dated;
	char digest[REPORT_DIGEST_MAX]; /* BLAKE2b-256 of its file */
};

struct report_zone {
	const char *name, *label;
	const char *kind, *role; /* zone_kind_name(), zone_role_name() */
	bool open_inside;	 /* its segments reach each other without a path */
};

enum report_link {
	REPORT_LINK_UNKNOWN,
	REPORT_LINK_MISSING,
	REPORT_LINK_DOWN,
	REPORT_LINK_UP,
};

struct report_segment {
	size_t zone;
	const char *name, *label, *interface;
	enum report_link link;
	const char *networks, *remote;		 /* prefixes with ", " between */
	const char *owner, *permission, *survey; /* of an external connection (R3), or "" */
	const char *line, *encryption;		 /* line_type_name(), or "" */
};

struct report_site {
	struct report_source source;
	const char *name, *label;
	struct report_document profile, model; /* name "" when there is none */
	const char *revision, *time_zone;
	bool two_person;
	struct report_zone *zones;
	size_t zone_count;
	struct report_segment *segments;
	size_t segment_count;
};

/* A permitted path. Places are indexes of report_matrix.places. */
struct report_path {
	const char *name, *exception; /* its number, or "" */
	size_t from_place, to_place;
	const char *from, *to, *service; /* as configured; services as text */
	const char *class;		 /* path_class_name() */
	const char *clause;		 /* that it rests on, or "" */
	const char *method, *data;	 /* sanitize_name(), path_data_name() */
	const char *reason;
	bool timed, open; /* only at times; open now */
	bool hits_known;
	uint64_t hits; /* connections that it has let pass since its rules are in the kernel */
};

#define REPORT_FAMILIES 2 /* IPv4, IPv6 */

/* What can pass from one place to another, from the kernel's own rules. */
struct report_cell {
	size_t from, to;
	bool asked;			       /* false: the gateway with itself */
	const char *verdicts[REPORT_FAMILIES]; /* prove_verdict_name(), of the worst phase */
	const char *verdict;		       /* the worst of both */
	size_t first_path, path_count;	       /* in paths, which are sorted by cell */
	uint64_t hits;			       /* connections of all its paths */
	uint64_t blocked; /* packets in the period, by flows.pairs: report_finish() */
};

/* Something that is not as the policy says, or could not be decided. */
struct report_deviation {
	size_t from, to;
	const char *family;		    /* "ipv4", "ipv6" */
	const char *phase;		    /* prove_phase_name() */
	const char *verdict;		    /* prove_verdict_name() */
	const char *path, *witness, *rules; /* names; a packet; where it passes; or "" */
};

struct report_place {
	const char *name, *label; /* a zone's; "gateway", "other" */
	const char *kind;	  /* of a zone, or "" */
};

struct report_matrix {
	struct report_source source;
	const char *result;	       /* certificate_result_name() */
	int64_t time;		       /* when the kernel was read */
	bool island, isolation, guard; /* tables that let less pass, for a time */
	struct report_place *places;
	size_t place_count;
	struct report_cell *cells; /* place_count², row by row */
	size_t cell_count;
	struct report_path *paths;
	size_t path_count;
	struct report_deviation *deviations; /* the first ones */
	size_t deviation_count, deviation_total;
	bool connections_read;
	uint64_t connections, connection_findings; /* entries in the connection table */
};

/* A piece of evidence that something rests on, by its number; its digest stands here as well. */
struct report_ground {
	unsigned int number;
	char digest[REPORT_DIGEST_MAX];
};

/* One thing that was looked at for a clause. */
struct report_check {
	const char *kind;     /* check_kind_name() */
	const char *severity; /* clause_severity_name() */
	const char *asks;     /* what it takes from the clause, or "": all of it */
	enum report_result result;
	const char *finding;		/* a sentence: what was found, or what is to be looked at */
	const char *where;		/* "hedate.conf:120", or "" */
	struct report_ground *evidence; /* all that it rests on, each once */
	size_t evidence_count;
};

struct report_clause {
	const char *number, *title, *text;
	enum report_result result; /* of its checks: the one that weighs most */
	struct report_check *checks;
	size_t check_count;
};

struct report_clauses {
	const char *role; /* "profile", "model", "hedate" */
	struct report_document document;
	struct report_clause *clauses;
	size_t clause_count;
};

struct report_conformity {
	struct report_source source;
	struct report_clauses *documents;
	size_t document_count;
};

struct report_row {
	const char *name, *second; /* "" for one that has no second part */
	uint64_t records, packets;
};

struct report_rows {
	struct report_row *rows; /* most packets first */
	size_t count;
};

struct report_bucket {
	int64_t begin; /* local midnight or full hour, as bucket_seconds says */
	uint64_t records, packets, lost;
	bool complete; /* all of it lies in the period and in the log */
};

struct report_scan {
	int64_t time;
	uint64_t sequence;		/* of its record */
	const char *source, *from, *to; /* address; zones */
	const char *what;		/* a sentence: how many targets, and why it was blocked */
};

/* Blocked flows of the period. */
struct report_flows {
	struct report_source source;
	uint64_t records, packets, losses, lost_packets;
	uint64_t observed_records, observed_packets; /* no path permits them, and they passed */
	int64_t first, last;			     /* of the records in the period */
	uint64_t bucket_seconds;		     /* 3600, 86400, or 604800 */
	struct report_bucket *buckets;		     /* without a gap, oldest first */
	size_t bucket_count;
	struct report_rows sources, destinations, ports, pairs, reasons;
	struct report_scan *scans; /* the last ones */
	size_t scan_count, scan_total;
};

/* Dropped by the kernel = recorded + counted as lost. */
struct report_equation {
	struct report_source source;
	uint64_t kernel;   /* packets that the kernel counted as dropped */
	uint64_t recorded; /* packets in records */
	uint64_t lost;	   /* counted losses */
	uint64_t waiting;  /* of the epoch that is not closed yet */
	bool holds;
	uint64_t epochs, unbalanced; /* ledgers in the period */
};

/* A line of a semantic difference. */
enum report_effect {
	REPORT_NEUTRAL,
	REPORT_OPENS, /* more passes, or less is asked of it */
	REPORT_CLOSES,
};
struct report_effect_line {
	enum report_effect effect;
	const char *text; /* "path F17: to 10.30.0.10 -> 10.30.0.11" */
};

struct report_change {
	uint64_t number; /* in the store; 0: it never got there */
	int64_t time;
	const char *action; /* event.action: "apply", "rollback", ... */
	const char *who, *approver, *ticket, *reason;
	const char *outcome; /* "confirmed", "rolled_back", "waiting", "refused"; of no apply
				"success" */
	const char *revision_before, *revision_after;
	uint64_t added, removed, changed;
	struct report_effect_line *lines;
	size_t line_count;
};

struct report_changes {
	struct report_source source;
	struct report_change *items; /* oldest first */
	size_t count;
	uint64_t alone; /* put in force by one person */
};

struct report_exception {
	const char *id;
	const char *state; /* exception_state_name() */
	bool emergency, in_force;
	bool report_due;   /* 報告未了: an emergency of which no report was entered */
	int64_t due_since; /* when it became due */
	const char *applicant, *approver, *override;
	const char *from, *to, *service, *clauses, *reason, *report;
	int64_t requested, start, end, ended;
};

struct report_exceptions {
	struct report_source source;
	struct report_exception *items; /* due reports first, then in force, then the others */
	size_t count;
	uint64_t in_force, due;
};

struct report_drift_item {
	int64_t time;
	uint64_t sequence;
	const char *action; /* event.action: "drift", "repair", ... */
	const char *what;   /* of its record: table, rule, interface */
	const char *who;    /* pid and program, or "" */
	bool repaired;
};

struct report_drift {
	struct report_source source;
	struct report_drift_item *items; /* the last ones, oldest first */
	size_t count;
	uint64_t found, repaired, open; /* in the period; open: not repaired now */
};

struct report_bypass_item {
	const char *name;  /* bypass_item.name */
	const char *state; /* bypass_state_name() */
	bool harmless;
	const char *sentence; /* what one of this kind does to packets */
	const char *what;     /* or "" */
};

struct report_bypass {
	struct report_source source;
	bool holds;
	struct report_bypass_item *items;
	size_t count, left_out;
};

struct report_unused {
	struct report_source source;
	unsigned int days;   /* asked for: no packet for so many days */
	int64_t known_since; /* hits are known from then on */
	const char **paths;  /* names, as in report_matrix.paths */
	size_t count;
};

struct report_listener {
	const char *protocol, *address;
	const char *program; /* "sshd (/usr/sbin/sshd)", several with ", " between; or "" */
	unsigned int port;
	bool declared; /* a path of the policy leads to it */
};

struct report_listeners {
	struct report_source source;
	bool programs_read; /* else a program may be missing, or one of several */
	struct report_listener *items;
	size_t count;
};

struct report_clock {
	struct report_source source;
	bool synchronised;
	const char *detail;   /* a sentence: what the kernel or the log says */
	uint64_t lost, jumps; /* in the period */
};

struct report_log_finding {
	const char *name, *meaning; /* logverify_name(); a sentence */
	const char *file;
	uint64_t first, last;
	bool checkpoints;
};

struct report_hold {
	uint64_t number;
	int64_t since, placed;
	const char *by, *text;
};

struct report_log_step {   /* an export or review */
	int64_t time;	   /* 0: never */
	uint64_t sequence; /* up to this record */
	const char *by, *text;
};

struct report_log {
	struct report_source source;
	bool verified; /* it was looked at; findings say whether it is well */
	uint64_t lines, bytes, checkpoints, unsealed;
	struct report_log_finding *findings; /* the first ones */
	size_t finding_count;
	uint64_t finding_total;
	int64_t oldest, newest;	     /* records */
	unsigned int retention_days; /* 0: for ever */
	uint64_t removed;	     /* files that retention removed */
	struct report_hold *holds;
	size_t hold_count;
	struct report_log_step exported, reviewed;
};

/* To be kept away from the machine: what was cut off behind it is found by it. */
struct report_checkpoint {
	struct report_source source;
	const char *origin;
	uint64_t index, size;
	int64_t time;
	const char *text; /* as it stands in the log, several lines */
	const char *vkey; /* the log's first public key */
};

/* Other things of the period, by their event.action (R40). */
struct report_event {
	const char *action;
	uint64_t count;
	int64_t first, last;
};

struct report_events {
	struct report_source source;
	struct report_event *items; /* sorted by action */
	size_t count;
};

/* Confirmation and audit by others (R45). */
struct report_outside_date {
	const char *name;   /* "confirmed_on", "audited_on" */
	const char *clause; /* that asks for it, or "" */
	const char *date;   /* "2026-03-01", or "": never */
	const char *due;    /* the next one, or "": none is asked for */
	bool overdue;
};

struct report_outside {
	struct report_source source;
	bool asked; /* the profile or model asks for them */
	struct report_outside_date *items;
	size_t count;
};

/* ---- what follows from the sections ---- */

/* What a reader has to know first. */
struct report_point {
	enum report_result result; /* REPORT_FAILS or REPORT_CONFIRM */
	const char *section;	   /* "matrix", "clauses" ...: also its anchor */
	const char *text;	   /* a sentence */
};

/* Against the report before. */
struct report_difference_item {
	const char *section;
	const char *what;	    /* clause number, pair, name: data */
	const char *before, *after; /* untranslated names, numbers; "" for not there */
	bool worse, better;	    /* or neither: only different */
};

struct report_difference {
	struct report_source source;
	int64_t made;			/* the one before */
	char digest[REPORT_DIGEST_MAX]; /* SHA-256 of its JSON */
	struct report_difference_item *items;
	size_t count;
};

struct report_block;

struct report {
	struct report_head head;
	struct report_site site;
	struct report_matrix matrix;
	struct report_conformity conformity;
	struct report_flows flows;
	struct report_equation equation;
	struct report_changes changes;
	struct report_exceptions exceptions;
	struct report_drift drift;
	struct report_bypass bypass;
	struct report_unused unused;
	struct report_listeners listeners;
	struct report_clock clock;
	struct report_log log;
	struct report_checkpoint checkpoint;
	struct report_events events;
	struct report_outside outside;
	struct report_difference difference;

	struct report_evidence *evidence;
	size_t evidence_count;
	struct report_point *points; /* by report_finish(): what fails first */
	size_t point_count;
	enum report_result result; /* by report_finish(): the whole */

	const struct zonetime *zone; /* for local times; borrowed; NULL: UTC */
	bool failed;		     /* an allocation failed: it must not be written */
	struct report_block *blocks; /* internal: its memory */
};

/* An empty one. 0, or -ENOMEM. */
int report_new(struct report **ret_report);
void report_free(struct report *report); /* accepts NULL */

/* A copy of a text; of NULL, "". Never NULL; "" when memory ran out (failed is set). */
const char *report_keep(struct report *report, const char *text);
const char *report_keep_n(struct report *report, const char *text, size_t length);
__attribute__((format(printf, 2, 3))) const char *report_print(
	struct report *report, const char *format, ...);
/*
 * One more item of an array, all zeros: array is the address of the pointer to the first, count of
 * how many there are. The items may move: no pointer to one of them outlives the next call for the
 * same array. NULL when memory ran out (failed is set).
 */
void *report_add(struct report *report, void *array, size_t *count, size_t size);

/* Put a piece of evidence down; algorithm lasts. Its number; the number it has already. */
unsigned int report_evidence_add(struct report *report, const char *name, const char *what,
	const char *algorithm, const uint8_t *digest, size_t length);

/* A section was read; or not, or not all of it, for a reason (a sentence, copied). */
void report_read(struct report_source *source, unsigned int evidence);
void report_unread(struct report *report, struct report_source *source, const char *problem);
void report_partly(struct report *report, struct report_source *source, const char *problem);

/* Which of two results weighs more: fails, confirm, conforms, not applicable. */
enum report_result report_worse(enum report_result a, enum report_result b);

/* All sections are filled: what follows from them. 0, or -ENOMEM. */
int report_finish(struct report *report);
/* Was every section read whole? Paths that are counted since too short a time to be unused are:
 * nothing but time mends that. */
bool report_whole(const struct report *report);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an office has beside its log, made with the programs' own code but at times of our choice:
 *
 *	makeoffice CONFIG STATE LOG <PLAN
 *
 * the store of configurations beside the file CONFIG, the register of exceptions in the directory
 * STATE, what is kept of exports, reviews and holds in the directory LOG. PLAN (office.py) is in
 * lines of fields with tabs between; times are Unix time in seconds:
 *
 *	change TIME WHO APPROVER TICKET REASON STATE FILE
 *	request TIME USER UID FROM TO SERVICE START END EMERGENCY CLAUSES REASON
 *	ACTION TIME USER UID ID TEXT		approve, refuse, revoke, report, expire
 *	exported TIME BY TEXT SEQUENCE		and so reviewed
 *	hold TIME BY TEXT SINCE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/exceptionfile.h"
#include "../../daemon/store.h"
#include "exception.h"
#include "fileio.h"
#include "logkeep.h"

#define FIELDS_MAX  13
#define SECOND	    INT64_C(1000000000)
#define CONFIG_SIZE (1 << 20)

struct office {
	struct store *store;
	struct exceptionfile *file;
	struct exception_register reg;
	struct logkeep keep;
};

struct line {
	char *fields[FIELDS_MAX];
	size_t count;
};

static void check(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "makeoffice: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void split(char *text, struct line *line)
{
	line->count = 0;
	text[strcspn(text, "\n")] = '\0';
	for (char *field; (field = strsep(&text, "\t")); line->fields[line->count++] = field)
		check(line->count < FIELDS_MAX ? 0 : -E2BIG, "a line");
	for (size_t i = line->count; i < FIELDS_MAX; i++)
		line->fields[i] =
			line->fields[line->count - 1] + strlen(line->fields[line->count - 1]);
}

static int64_t number(const char *text)
{
	return strtoll(text, NULL, 10);
}

/* ---- configurations ---- */

static void put_change(struct office *office, char **fields)
{
	struct store_entry entry = { .time = number(fields[1]), .uid = 1001, .approver_uid = 1002 };
	char *bytes;
	size_t length;

	store_text(entry.who, sizeof(entry.who), fields[2]);
	store_text(entry.approver, sizeof(entry.approver), fields[3]);
	store_text(entry.ticket, sizeof(entry.ticket), fields[4]);
	store_text(entry.reason, sizeof(entry.reason), fields[5]);
	if (fields[3][0] == '\0')
		entry.approver_uid = STORE_NOBODY;
	check(fileio_load_path(fields[7], CONFIG_SIZE, &bytes, &length), fields[7]);
	check(store_put(office->store, &entry, bytes, length), "a configuration");
	check(store_begin(office->store, entry.number, 0), "begin");
	if (strcmp(fields[6], store_state_name(STORE_CONFIRMED)) == 0)
		check(store_confirm(office->store, fields[2]), "confirm");
	else
		check(store_end(office->store,
			      strcmp(fields[6], store_state_name(STORE_REFUSED)) == 0
				      ? STORE_REFUSED
				      : STORE_ROLLED_BACK,
			      fields[2]),
			"end");
	free(bytes);
}

/* ---- exceptions ---- */

/* An empty text is none. */
static char *copy(const char *text)
{
	return text[0] != '\0' ? strdup(text) : NULL;
}

static void take_entry(struct office *office, struct exception_entry *entry)
{
	struct exception_refusal refusal;
	struct json json;

	json_init(&json);
	check(exception_prepare(&office->reg, entry), "an exception");
	if (exception_check(&office->reg, entry, NULL, &refusal) < 0)
		check(-EINVAL, exception_error_name(refusal.error));
	exception_line_write(&json, entry);
	check(exception_add(&office->reg, entry, json.text, json.length), "its line");
	check(exceptionfile_append(office->file, json.text, json.length), "the register");
	json_clear(&json);
	exception_entry_clear(entry);
}

static void put_request(struct office *office, char **fields)
{
	struct exception_entry entry = {
		.action = EXCEPTION_REQUEST,
		.time = number(fields[1]),
		.user = copy(fields[2]),
		.uid = (uint32_t)number(fields[3]),
		.from = copy(fields[4]),
		.to = copy(fields[5]),
		.service = copy(fields[6]),
		.start = number(fields[7]),
		.end = number(fields[8]),
		.emergency = strcmp(fields[9], "true") == 0,
		.clauses = copy(fields[10]),
		.text = copy(fields[11]),
	};

	take_entry(office, &entry);
}

static bool put_step(struct office *office, char **fields)
{
	struct exception_entry entry = {
		.time = number(fields[1]),
		.uid = (uint32_t)number(fields[3]),
	};

	for (unsigned int action = EXCEPTION_APPROVE; action <= EXCEPTION_EXPIRE; action++)
		if (strcmp(exception_action_name(action), fields[0]) == 0)
			entry.action = action;
	if (entry.action == EXCEPTION_REQUEST)
		return false;
	entry.user = copy(fields[2]);
	entry.id = copy(fields[4]);
	entry.text = copy(fields[5]);
	take_entry(office, &entry);
	return true;
}

/* ---- what is kept beside the log ---- */

static bool put_kept(struct office *office, char **fields)
{
	struct logkeep_note note = { .time = number(fields[1]) * SECOND };
	uint64_t given;

	snprintf(note.by, sizeof(note.by), "%s", fields[2]);
	snprintf(note.text, sizeof(note.text), "%s", fields[3]);
	if (strcmp(fields[0], "hold") == 0) {
		check(logkeep_place(&office->keep, number(fields[4]) * SECOND, &note, &given),
			"a hold");
	} else if (strcmp(fields[0], "exported") == 0) {
		office->keep.export_note = note;
		office->keep.exported = (uint64_t)number(fields[4]);
	} else if (strcmp(fields[0], "reviewed") == 0) {
		office->keep.review_note = note;
		office->keep.reviewed = (uint64_t)number(fields[4]);
	} else {
		return false;
	}
	return true;
}

/* ---- all ---- */

static void take_line(struct office *office, char **fields)
{
	if (strcmp(fields[0], "change") == 0)
		put_change(office, fields);
	else if (strcmp(fields[0], "request") == 0)
		put_request(office, fields);
	else if (!put_step(office, fields) && !put_kept(office, fields))
		check(-EINVAL, fields[0]);
}

int main(int argc, char **argv)
{
	static struct office office;
	char *text = NULL, *kept;
	size_t room = 0, length;
	struct line line;
	int log;

	if (argc != 4)
		return 2;
	log = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(log < 0 ? -errno : 0, argv[3]);
	exception_register_init(&office.reg);
	check(store_open(argv[1], STORE_WRITE, NULL, &office.store), argv[1]);
	check(exceptionfile_open(argv[2], NULL, NULL, &office.file, &kept, &length), argv[2]);
	free(kept);
	while (getline(&text, &room, stdin) > 0) {
		split(text, &line);
		take_line(&office, line.fields);
	}
	check(logkeep_write(log, &office.keep), "what is kept");
	free(text);
	exceptionfile_close(office.file);
	exception_register_clear(&office.reg);
	store_close(office.store);
	return 0;
}

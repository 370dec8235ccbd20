/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "evidencerecord.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/logkeep.h"
#include "../lib/logprove.h"
#include "../lib/logread.h"
#include "../lib/logrecord.h"
#include "ctlclient.h"
#include "logask.h"

#define STEP_MS	      50
#define STEPS	      200 /* that a checkpoint is waited for */
#define FLUSH_SECONDS 30

/* A word, and who asked for it and what for, cut to what is kept. */
static int tell(const struct evidencerecord *record, enum ctl_message type, const char *word,
	uint64_t *ret_number)
{
	char text[LOGKEEP_TEXT_MAX];
	const char *reader = record->reader ? record->reader : "";
	const char *reason = record->reason ? record->reason : "";

	snprintf(text, sizeof(text), "%s %s%s%s", word, reader,
		reader[0] != '\0' && reason[0] != '\0' ? ": " : "", reason);
	return logask_call(record->cli, type, 0, 0, text, ret_number);
}

/* The log's last record of this key, behind record number behind. 0: there is none, yet. */
static uint64_t find_record(const char *directory, const char *key, uint64_t behind)
{
	uint64_t found = 0, sequence = UINT64_MAX;
	struct logread *log = NULL;
	struct log_record record;
	size_t length;
	char *line;

	if (logread_open(directory, &log) < 0)
		return 0;
	if (logread_whole_groups(log) == 0 && logread_seek_end(log) == 0)
		while (!found && sequence > behind && logread_previous(log, &line, &length) > 0) {
			bool named = strstr(line, key) != NULL;

			if (log_record_parse(line, length, &record) < 0 || !record.sequence)
				continue;
			sequence = strtoull(record.sequence, NULL, 10);
			if (named && record.action && strcmp(record.action, "evidence-begun") == 0)
				found = sequence;
		}
	logread_close(log);
	return found;
}

static int wait_for_proof(
	const struct evidencerecord *record, const char *key, uint64_t behind, char **ret_proof)
{
	int error = -ENOENT;

	for (int i = 0; i < STEPS && error == -ENOENT; i++) {
		uint64_t number = find_record(record->log, key, behind);

		if (number > 0)
			error = logprove_run(record->log, number, ret_proof);
		if (error == -ENOENT)
			poll(NULL, 0, STEP_MS);
	}
	if (error == 0)
		return EXIT_OK;
	return cmd_failed(
		_("%s: the record with the key cannot be proved: %s"), record->log, errtext(error));
}

int evidencerecord_begin(const struct evidencerecord *record, const char *key, char **ret_proof)
{
	const struct ctl_request flush = { .type = CTL_FLUSH, .fd = -1, .seconds = FLUSH_SECONDS };
	char text[CTL_TEXT_MAX];
	uint64_t behind = 0;
	int exit_code = tell(record, CTL_EVIDENCE_BEGUN, key, &behind);

	if (exit_code != EXIT_OK)
		return exit_code;
	/* What it ends is sealed; if it cannot be ended now, that will be so a little later. */
	(void)ctl_call(record->cli, &flush, NULL, NULL, text);
	return wait_for_proof(record, key, behind, ret_proof);
}

int evidencerecord_end(const struct evidencerecord *record, const char *digest)
{
	uint64_t number;

	return tell(record, CTL_EVIDENCE, digest, &number);
}

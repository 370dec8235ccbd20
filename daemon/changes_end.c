/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits to be confirmed, and is not: after its time, or when the daemon ends. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/i18n.h"
#include "changes_impl.h"

void changes_record(struct changes *changes, const char *action, bool success, const char *text,
	uint64_t number, const struct change_person *person)
{
	char change[24], uid[16] = "", pid[16] = "";

	if (!changes->enforcer)
		return;
	snprintf(change, sizeof(change), "%" PRIu64, number);
	if (person) {
		snprintf(uid, sizeof(uid), "%u", person->uid);
		snprintf(pid, sizeof(pid), "%d", person->pid);
	}
	const char *pairs[] = { "change", change, person ? "uid" : NULL, uid, "pid", pid, "user",
		person ? person->who : "",
		person && person->reason && person->reason[0] ? "reason" : NULL,
		person ? person->reason : "", NULL };

	reclink_event(changes->enforcer->reclink, action, success, text, pairs);
}

static void roll_back(struct changes *changes)
{
	uint64_t number = store_current(changes->store)->pending;
	struct lifecycle_change change;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0) {
		(void)loop_set_timer(changes->timer, CHANGES_RETRY_MS, 0);
		return;
	}
	bool was_back = kept_in_force(changes, &changes->confirmed);
	enum exit_code code = changes_put_back(changes, "", diags, &change);

	if (code == EXIT_FAILED) {
		diag_list_print(diags, stderr, false);
		if (!changes->failing)
			changes_record(changes, "rollback-automatic", false,
				"a change was not confirmed in time, and what was before could not "
				"be put back; it is tried again",
				number, NULL);
		changes->failing = true;
		(void)loop_set_timer(changes->timer, CHANGES_RETRY_MS, 0);
	} else if (!was_back) {
		changes->failing = false;
		changes_record(changes, "rollback-automatic", code == EXIT_OK,
			"a change was not confirmed in time: what was before is back in place",
			number, NULL);
		enforcer_changed(changes->enforcer, &change);
	}
	diag_list_free(diags);
}

static void on_timer(struct loop *loop, void *data)
{
	struct changes *changes = data;

	(void)loop;
	if (!changes->store || store_current(changes->store)->pending == 0)
		return;
	if (store_seconds_left(changes->store) > 0 && !kept_in_force(changes, &changes->confirmed))
		(void)changes_set_timer(changes);
	else
		roll_back(changes);
}

int changes_set_timer(struct changes *changes)
{
	int64_t left = store_seconds_left(changes->store);
	/* In the kernel it is rolled back already, only the store does not know. */
	bool again = left == 0 || kept_in_force(changes, &changes->confirmed);

	if (!changes->timer || left < 0)
		return 0;
	return loop_set_timer(changes->timer, again ? CHANGES_RETRY_MS : (uint64_t)left * 1000, 0);
}

static void record_begun(struct changes *changes)
{
	const struct changes_begun *begun = &changes->begun;

	if (begun->rolled_back)
		changes_record(changes, "rollback-automatic", true,
			"a change was not confirmed before hedated ended, or the system: what was "
			"before is back in place",
			begun->rolled_back, NULL);
	if (begun->broken)
		changes_record(changes, "store-broken", false,
			"a configuration in the store is not what was kept; it was not used",
			begun->broken, NULL);
	if (begun->current_broken)
		changes_record(changes, "store-broken", false,
			"which configuration is confirmed cannot be read; the newest one that was "
			"confirmed counts",
			begun->number, NULL);
	if (begun->not_kept)
		changes_record(changes, "store-failed", false,
			"the configuration in force cannot be kept: no change can be made", 0,
			NULL);
	if (begun->file_refused)
		changes_record(changes, "file-refused", false,
			"the configuration file is refused; the confirmed configuration was put "
			"in place",
			begun->number, NULL);
}

int changes_attach(struct changes *changes, struct enforcer *enforcer)
{
	int r = loop_add_timer(enforcer->loop, on_timer, changes, &changes->timer);

	if (r < 0)
		return r;
	changes->enforcer = enforcer;
	record_begun(changes);
	return changes->begun.waits ? changes_set_timer(changes) : 0;
}

void changes_stop(struct changes *changes)
{
	if (changes->timer && changes->store && store_current(changes->store)->pending)
		roll_back(changes);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opengate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "clock.h"
#include "enforcer.h"
#include "localuser.h"

struct opengate {
	struct enforcer *enforcer;
	uint64_t remind_ms;
	struct loop_source *renew, *remind;
	bool open;	      /* as far as is on record */
	int64_t since, begun; /* realtime and monotonic, seconds */
	uid_t uid, approver_uid;
	char by[LOCALUSER_MAX], approver[LOCALUSER_MAX];
	char reason[STORE_REASON_MAX];
	bool failed; /* the kernel could not be told to keep it open; that was recorded */
};

static int64_t monotonic_seconds(void)
{
	return clock_monotonic() / CLOCK_SECOND;
}

/* ---- events ---- */

static void record(const struct opengate *gate, const char *action, bool success, const char *text,
	const struct proposals_person *person, const char *reason)
{
	char uid[16] = "", by_uid[16], approver_uid[16], seconds[24];

	snprintf(by_uid, sizeof(by_uid), "%u", gate->uid);
	snprintf(approver_uid, sizeof(approver_uid), "%u", gate->approver_uid);
	snprintf(seconds, sizeof(seconds), "%" PRId64, monotonic_seconds() - gate->begun);
	if (person)
		snprintf(uid, sizeof(uid), "%u", person->uid);
	reclink_event(gate->enforcer->reclink, action, success, text,
		(const char *const[]){ "proposer_uid", by_uid, "proposer", gate->by, "approver_uid",
			approver_uid, "approver", gate->approver, "reason", gate->reason, "seconds",
			seconds, person ? "uid" : NULL, uid, "user", person ? person->who : NULL,
			reason ? "why" : NULL, reason, NULL });
}

void opengate_record_refusal(
	const struct opengate *gate, const struct proposals_person *person, const char *why)
{
	char uid[16], pid[16];

	snprintf(uid, sizeof(uid), "%u", person->uid);
	snprintf(pid, sizeof(pid), "%d", person->pid);
	reclink_event(gate->enforcer->reclink, "open-refused", false, "the gateway was not opened",
		(const char *const[]){
			"uid", uid, "user", person->who, "pid", pid, "why", why, NULL });
}

/* ---- while it is open ---- */

static void on_renew(struct loop *loop, void *data)
{
	struct opengate *gate = data;
	struct lifecycle *lifecycle = gate->enforcer->lifecycle;
	int r = 0;

	(void)loop;
	if (!lifecycle_is_open(lifecycle))
		return;
	r = lifecycle_find_times(lifecycle, realtime_ms(), NULL);
	if (r == 0)
		r = lifecycle_put_times(lifecycle);
	if (r < 0 && !gate->failed)
		record(gate, "open-failed", false,
			"the kernel cannot be told to keep the gateway open: it shuts by itself",
			NULL, errtext(r));
	gate->failed = r < 0;
}

static void on_remind(struct loop *loop, void *data)
{
	struct opengate *gate = data;

	(void)loop;
	record(gate, "open-reminder", false,
		"THE GATEWAY IS OPEN: nothing is blocked, and nothing of what passes is recorded",
		NULL, NULL);
}

static void begun(struct opengate *gate, const struct proposals_person *proposer,
	const struct proposals_person *approver, const char *reason)
{
	gate->open = true;
	gate->failed = false;
	gate->since = clock_realtime() / CLOCK_SECOND;
	gate->begun = monotonic_seconds();
	gate->uid = proposer->uid;
	gate->approver_uid = approver->uid;
	snprintf(gate->by, sizeof(gate->by), "%s", proposer->who);
	snprintf(gate->approver, sizeof(gate->approver), "%s", approver->who);
	snprintf(gate->reason, sizeof(gate->reason), "%s", reason);
	(void)loop_set_timer(gate->renew, OPENGATE_RENEW_MS, OPENGATE_RENEW_MS);
	(void)loop_set_timer(gate->remind, gate->remind_ms, gate->remind_ms);
	record(gate, "open", false,
		"THE GATEWAY IS OPEN: nothing is blocked, and nothing of what passes is recorded",
		NULL, NULL);
}

static void ended(struct opengate *gate, const char *text, const struct proposals_person *person,
	const char *reason)
{
	gate->open = false;
	loop_stop_timer(gate->renew);
	loop_stop_timer(gate->remind);
	record(gate, "close", true, text, person, reason);
}

/* ---- steps ---- */

static bool put(struct opengate *gate, bool open, struct diag_list *diags)
{
	struct lifecycle *lifecycle = gate->enforcer->lifecycle;

	lifecycle_ask_open(lifecycle, open);
	(void)enforcer_renew(gate->enforcer, diags);
	bool done = lifecycle_is_open(lifecycle) == open;

	if (!done)
		lifecycle_ask_open(lifecycle, !open);
	return done;
}

static void explain(const struct diag_list *diags, const char *what, char why[PROPOSALS_WHY_MAX])
{
	snprintf(why, PROPOSALS_WHY_MAX, "%s: %s", what,
		diag_list_length(diags) > 0 ? diag_list_get(diags, 0)->message
					    : "the rule set could not be changed");
}

enum exit_code opengate_open(struct opengate *gate, const struct proposals_person *proposer,
	const struct proposals_person *approver, const char *reason, struct diag_list *diags,
	char why[PROPOSALS_WHY_MAX])
{
	if (gate->open) {
		snprintf(why, PROPOSALS_WHY_MAX, "refused: the gateway is open already");
		return EXIT_FAILED;
	}
	if (proposer->uid == approver->uid) {
		snprintf(why, PROPOSALS_WHY_MAX, "refused: two persons are needed");
		return EXIT_FAILED;
	}
	if (!put(gate, true, diags)) {
		explain(diags, "the gateway is not open", why);
		opengate_record_refusal(gate, approver, why);
		return EXIT_FAILED;
	}
	begun(gate, proposer, approver, reason);
	return EXIT_OK;
}

enum exit_code opengate_close(struct opengate *gate, const struct proposals_person *person,
	const char *reason, char why[PROPOSALS_WHY_MAX])
{
	struct diag_list *diags;

	why[0] = '\0';
	if (!gate->open) {
		snprintf(why, PROPOSALS_WHY_MAX, "the gateway is not open: all is enforced");
		return EXIT_OK;
	}
	if (diag_list_new(&diags) < 0) {
		snprintf(why, PROPOSALS_WHY_MAX, "out of memory");
		return EXIT_FAILED;
	}
	/* What follows from the renewal finds that this was on purpose. */
	gate->open = false;
	bool done = put(gate, false, diags);

	gate->open = true;
	if (done)
		ended(gate,
			person ? "somebody closed the gateway: the policy is enforced again"
			       : "hedated ends, and closes the gateway before",
			person, reason && reason[0] != '\0' ? reason : NULL);
	else
		explain(diags, "the gateway is still open; it shuts when hedated is restarted",
			why);
	diag_list_free(diags);
	return done ? EXIT_OK : EXIT_FAILED;
}

void opengate_policy_changed(struct opengate *gate)
{
	if (gate && gate->open && !lifecycle_is_open(gate->enforcer->lifecycle))
		ended(gate, "a configuration was put in place: it is enforced", NULL, NULL);
}

struct opengate_view opengate_view(const struct opengate *gate)
{
	if (!gate || !gate->open)
		return (struct opengate_view){ .by = "", .approver = "", .reason = "" };
	return (struct opengate_view){ true, gate->since, gate->by, gate->approver, gate->reason };
}

int opengate_new(struct enforcer *enforcer, uint64_t remind_ms, struct opengate **ret_gate)
{
	struct opengate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return -ENOMEM;
	gate->enforcer = enforcer;
	gate->remind_ms = remind_ms ? remind_ms : OPENGATE_REMIND_MS;
	int r = loop_add_timer(enforcer->loop, on_renew, gate, &gate->renew);

	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_remind, gate, &gate->remind);
	if (r < 0) {
		opengate_free(gate);
		return r;
	}
	*ret_gate = gate;
	return 0;
}

void opengate_free(struct opengate *gate)
{
	if (!gate)
		return;
	loop_remove(gate->renew);
	loop_remove(gate->remind);
	free(gate);
}

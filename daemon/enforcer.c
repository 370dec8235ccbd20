/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enforcer.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "nflogsock.h"
#include "opengate.h"
#include "recpolicy.h"

#define TIDY_MS 1000

/* The recorder --------------------------------------------------------------------------------- */

/* Which NFLOG socket both use. true: ours is to be sent. */
static bool settle_nflog(struct enforcer *enforcer, int fd)
{
	struct lifecycle *lifecycle = enforcer->lifecycle;

	if (fd >= 0 && lifecycle_nflog(lifecycle) < 0 && nflogsock_is_one(fd)) {
		lifecycle_adopt_nflog(lifecycle, fd);
		return false;
	}
	bool same = fd >= 0 && nflogsock_same(fd, lifecycle_nflog(lifecycle));

	if (fd >= 0)
		close(fd);
	if (same)
		return false;
	/* Only a recorder that died before it came back leaves us without. */
	if (lifecycle_find_nflog(lifecycle) < 0)
		reclink_event(enforcer->reclink, "nflog-missing", false,
			"another process has the NFLOG group: blocked flows are counted, their "
			"details are not recorded",
			NULL);
	return lifecycle_nflog(lifecycle) >= 0;
}

static void on_connected(const struct reclink_hello *hello, void *data)
{
	struct enforcer *enforcer = data;
	bool with_socket = settle_nflog(enforcer, hello->fd);

	island_connected(enforcer->island);
	if (recpolicy_welcome(enforcer->reclink, enforcer->lifecycle, with_socket) < 0)
		return;
	if (recpolicy_send(enforcer->reclink, enforcer->lifecycle) < 0)
		return;
	flowset_connected(enforcer->flowset, hello);
}

static void on_disconnected(void *data)
{
	struct enforcer *enforcer = data;

	flowset_disconnected(enforcer->flowset);
	island_connected(enforcer->island);
	reckeep_disconnected(enforcer->reckeep);
	/* That it is back is the recorder's own event. */
	reclink_event(enforcer->reclink, "recorder-lost", false,
		"the recorder's connection ended; the kernel goes on counting", NULL);
}

static void on_needed(uint64_t epoch, bool counts, void *data)
{
	struct enforcer *enforcer = data;

	flowset_needed(enforcer->flowset, epoch, counts);
}

static void on_done(const struct reclink_done *done, void *data)
{
	struct enforcer *enforcer = data;

	flowset_done(enforcer->flowset, done);
}

static void on_events_done(void *data)
{
	struct enforcer *enforcer = data;

	flowset_events_done(enforcer->flowset);
}

static void on_log_state(int error, void *data)
{
	struct enforcer *enforcer = data;

	island_log_state(enforcer->island, error);
}

static int on_other(struct message *message, void *data)
{
	struct enforcer *enforcer = data;

	return reckeep_take(enforcer->reckeep, message);
}

static void on_drained(void *data)
{
	struct enforcer *enforcer = data;

	flowset_drained(enforcer->flowset);
}

const struct reclink_functions enforcer_recorder = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.needed = on_needed,
	.done = on_done,
	.events_done = on_events_done,
	.log_state = on_log_state,
	.other = on_other,
	.drained = on_drained,
};

/* Interfaces ----------------------------------------------------------------------------------- */

void enforcer_link_event(
	enum links_event event, const char *interface, const char *segment, void *data)
{
	static const char *const states[] = {
		[LINKS_UP] = "carries traffic",
		[LINKS_DOWN] = "is down",
		[LINKS_MISSING] = "does not exist",
		[LINKS_UNDECLARED] = "is up and in no segment: it never forwards",
	};
	struct enforcer *enforcer = data;
	char text[128];

	isolationwatch_links(enforcer->isolation);
	prover_ask(enforcer->prover, "change");
	snprintf(text, sizeof(text), "interface %s %s", interface, states[event]);
	reclink_event(enforcer->reclink, links_event_name(event), event == LINKS_UP, text,
		(const char *const[]){
			"interface", interface, segment ? "segment.name" : NULL, segment, NULL });
}

/* The clock ------------------------------------------------------------------------------------ */

/* Seconds with their nanoseconds. */
static void format_seconds(char *text, size_t size, int64_t ns)
{
	uint64_t absolute = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	snprintf(text, size, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "",
		absolute / (uint64_t)CLOCK_SECOND, absolute % (uint64_t)CLOCK_SECOND);
}

void enforcer_clock_event(enum clockwatch_event event, const struct clockwatch_reading *reading,
	int64_t step, void *data)
{
	static const char *const texts[] = {
		[CLOCKWATCH_SYNCHRONISED] = "the clock is synchronised",
		[CLOCKWATCH_LOST] = "the clock is not synchronised: the times of records may be "
				    "wrong",
		[CLOCKWATCH_STEPPED] = "the clock was set: times of records before and after "
				       "differ by so many seconds",
	};
	struct enforcer *enforcer = data;
	char number[32], before[TIME_TEXT_MAX];
	const char *pairs[5] = { 0 };

	if (event == CLOCKWATCH_STEPPED) {
		format_seconds(number, sizeof(number), step);
		time_format((uint64_t)(reading->realtime - step), before);
		memcpy(pairs, (const char *[]){ "clock.step", number, "clock.before", before },
			4 * sizeof(*pairs));
	} else if (event == CLOCKWATCH_SYNCHRONISED) {
		format_seconds(number, sizeof(number), reading->error);
		memcpy(pairs, (const char *[]){ "clock.error", number }, 2 * sizeof(*pairs));
	}
	reclink_event(enforcer->reclink, clockwatch_event_name(event),
		event == CLOCKWATCH_SYNCHRONISED, texts[event], pairs);
}

/* The watchdog --------------------------------------------------------------------------------- */

/* Not on the socket that owns the table: only what changes it goes over that one. */
int enforcer_check(void *data)
{
	const struct enforcer *enforcer = data;
	const struct lifecycle *lifecycle = enforcer->lifecycle;
	uint32_t owner = lifecycle_owns(lifecycle) ? nlsock_port(lifecycle_socket(lifecycle)) : 0;
	struct nlsock *socket;
	int r = nlsock_open(&socket);

	if (r < 0)
		return r;
	r = watchdog_table(socket, owner, lifecycle_generation(lifecycle));
	nlsock_close(socket);
	return r;
}

/* Changes -------------------------------------------------------------------------------------- */

/* A large policy's parse tree is not kept as resident memory. */
static void on_tidy(struct loop *loop, void *data)
{
	(void)loop;
	(void)data;
	malloc_trim(0);
}

int enforcer_tidy(struct enforcer *enforcer)
{
	int r = 0;

	if (!enforcer->tidy)
		r = loop_add_timer(enforcer->loop, on_tidy, enforcer, &enforcer->tidy);
	return r < 0 ? r : loop_set_timer(enforcer->tidy, TIDY_MS, 0);
}

static const char *result_text(enum exit_code result, const struct lifecycle_change *change)
{
	if (result == EXIT_CONFIG && change->assertions_failed > 0)
		return "an assertion does not hold; nothing changed";
	switch (result) {
	case EXIT_OK:
		return "the configuration is in place";
	case EXIT_DIFFERS:
		return "the configuration is in place, but what was read back differs";
	case EXIT_CONFIG:
		return "the configuration was refused; nothing changed";
	case EXIT_FAILED:
	case EXIT_USAGE:
	case EXIT_UNREACHABLE:
		break;
	}
	return "the rule set could not be put in place; nothing changed";
}

static void record_observed(
	bool began, const struct observed_pair *pair, const char *reason, void *data)
{
	struct enforcer *enforcer = data;
	char text[2 * POLICY_NAME_MAX + 128];

	snprintf(text, sizeof(text),
		began ? "zone %s to zone %s is only observed: what no path permits passes"
		      : "zone %s to zone %s is no longer only observed: what no path permits is "
			"blocked",
		pair->from, pair->to);
	reclink_event(enforcer->reclink, began ? "observe-begin" : "observe-end", true, text,
		(const char *const[]){ "zone.source", pair->from, "zone.destination", pair->to,
			reason ? "observe.reason" : NULL, reason, NULL });
}

/* Members that not every apply has: pairs up to a NULL, at most 10. */
static void put_request(const struct change_request *request, const struct change_result *result,
	char numbers[2][24], const char *pairs[11])
{
	const char *const optional[][2] = {
		{ "change", result->number ? numbers[0] : NULL },
		{ "seconds", result->seconds ? numbers[1] : NULL },
		{ "approver", request->approved ? request->approver : NULL },
		{ "ticket", request->ticket },
		{ "reason", request->reason },
	};
	size_t count = 0;

	snprintf(numbers[0], 24, "%" PRIu64, result->number);
	snprintf(numbers[1], 24, "%u", result->seconds);
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		if (!optional[i][1] || optional[i][1][0] == '\0')
			continue;
		pairs[count++] = optional[i][0];
		pairs[count++] = optional[i][1];
	}
	pairs[count] = NULL;
}

void enforcer_record_apply(struct enforcer *enforcer, enum exit_code result,
	const struct change_request *request, const char *file, const struct change_result *changed)
{
	bool in_place = result == EXIT_OK || result == EXIT_DIFFERS;
	const struct lifecycle_change *change = &changed->change;
	char uid[16], pid[16], before[24], after[24], assertions[24], failed[24], numbers[2][24];
	const char *pairs[44] = { "how", request->how, "uid", uid, "pid", pid, "user",
		request->who ? request->who : "", "file", file, "revision_before", change->before,
		"revision_after", change->after, "paths_before", before, "paths_after", after,
		"assertions", assertions, "assertions_failed", failed };
	size_t count = 22;

	snprintf(uid, sizeof(uid), "%u", request->uid);
	snprintf(pid, sizeof(pid), "%d", request->pid);
	snprintf(assertions, sizeof(assertions), "%zu", change->assertions);
	snprintf(failed, sizeof(failed), "%zu", change->assertions_failed);
	snprintf(before, sizeof(before), "%zu", change->paths_before);
	snprintf(after, sizeof(after), "%zu", change->paths_after);
	if (change->assertions_failed > 0) {
		pairs[count++] = "assertions_broken";
		pairs[count++] = change->assertions_broken;
	}
	put_request(request, changed, numbers, pairs + count);
	reclink_event(enforcer->reclink, in_place ? "apply" : "apply-refused", result == EXIT_OK,
		changed->why[0] ? changed->why : result_text(result, change), pairs);
	if (in_place)
		(void)observed_update(&enforcer->observed, lifecycle_policy(enforcer->lifecycle),
			record_observed, enforcer);
}

uint64_t enforcer_uptime(const struct enforcer *enforcer)
{
	return (uint64_t)(clock_monotonic() / CLOCK_SECOND) - enforcer->started;
}

void enforcer_record_refusal(
	struct enforcer *enforcer, const struct enforcer_caller *caller, const char *request)
{
	char uid[16], pid[16], others[24];
	uint64_t left_out;

	if (!limiter_pass(&enforcer->refusals, enforcer_uptime(enforcer), &left_out))
		return;
	snprintf(uid, sizeof(uid), "%u", caller->uid);
	snprintf(pid, sizeof(pid), "%d", caller->pid);
	snprintf(others, sizeof(others), "%" PRIu64, left_out);
	reclink_event(enforcer->reclink, "request-refused", false, "the caller may not ask this",
		(const char *const[]){
			"request", request, "uid", uid, "pid", pid, "others", others, NULL });
}

void enforcer_record_renewed(const struct enforcer *enforcer, const struct lifecycle_change *change)
{
	char packets[24];

	snprintf(packets, sizeof(packets), "%" PRIu64, change->packets_lost);
	reclink_event(enforcer->reclink, "table-renewed", false,
		change->table_replaced
			? "a table was there that could not be made ours alone: it was made anew, "
			  "and what it had counted and was not yet on record is lost"
			: "the table had been taken away: what it counted and was not yet on "
			  "record is lost",
		(const char *const[]){ "packets_lost", packets, NULL });
}

void enforcer_table_renewed(struct enforcer *enforcer, const struct lifecycle_change *change)
{
	enforcer_record_renewed(enforcer, change);
	/* A new table is told as all are: when the recorder connects. */
	reclink_disconnect(enforcer->reclink);
	flowset_table_changed(enforcer->flowset);
}

static void after_apply(struct enforcer *enforcer, const struct lifecycle_change *change)
{
	if (change->table_changed)
		enforcer_record_renewed(enforcer, change);
	/* A new NFLOG socket and a new table are told as all are: when the recorder connects. */
	if (change->nflog_changed || change->table_changed)
		reclink_disconnect(enforcer->reclink);
	else if (reclink_connected(enforcer->reclink))
		(void)recpolicy_send(enforcer->reclink, enforcer->lifecycle);
	if (change->table_changed)
		flowset_table_changed(enforcer->flowset);
	flowset_policy_changed(enforcer->flowset);
	timetable_policy_changed(enforcer->timetable);
	links_watch(enforcer->links, lifecycle_policy(enforcer->lifecycle));
	hostwatch_policy(enforcer->hostwatch, lifecycle_policy(enforcer->lifecycle));
	exceptions_applied(enforcer->exceptions);
	opengate_policy_changed(enforcer->opengate);
	/* While it is open nothing is revoked. */
	if (!lifecycle_is_open(enforcer->lifecycle))
		revoke_look(enforcer->revoke, "change");
	isolationwatch_applied(enforcer->isolation);
	prover_configure(enforcer->prover);
	prover_ask(enforcer->prover, "apply");
}

void enforcer_changed(struct enforcer *enforcer, const struct lifecycle_change *change)
{
	(void)observed_update(&enforcer->observed, lifecycle_policy(enforcer->lifecycle),
		record_observed, enforcer);
	after_apply(enforcer, change);
	island_policy_changed(enforcer->island);
	(void)enforcer_tidy(enforcer);
}

enum exit_code enforcer_apply(struct enforcer *enforcer, const struct change_request *request,
	struct diag_list *diags, struct change_result *ret_result)
{
	uint32_t serial = lifecycle_serial(enforcer->lifecycle);
	enum exit_code result = changes_apply(enforcer->changes, request, diags, ret_result);

	/* What is proposed instead is put on record as that. */
	if (ret_result->two_person && strcmp(request->how, "signal") != 0)
		return result;
	enforcer_record_apply(enforcer, result, request,
		request->name ? request->name : lifecycle_config_file(enforcer->lifecycle),
		ret_result);
	/* Also when it was put in place and taken back. */
	if (lifecycle_serial(enforcer->lifecycle) != serial)
		enforcer_changed(enforcer, &ret_result->change);
	ret_result->change.exceptions_suspended = exceptions_count(enforcer->exceptions).suspended;
	(void)enforcer_tidy(enforcer);
	return result;
}

enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *diags)
{
	struct lifecycle_change change;
	enum exit_code result = lifecycle_renew(enforcer->lifecycle, diags, &change);

	if (result == EXIT_OK || result == EXIT_DIFFERS)
		after_apply(enforcer, &change);
	return result;
}

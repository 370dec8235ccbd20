/* SPDX-License-Identifier: GPL-2.0-or-later */
/* STATUS: is the rule set in place, do the counts add up, and what is in force. */
#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>

#include "../lib/decode.h"
#include "../lib/drift.h"
#include "../lib/record.h"
#include "clock.h"
#include "guardend.h"
#include "opengate.h"
#include "proposals.h"
#include "status_impl.h"

/* Every time the whole table is read back: what was true a second ago is not asked for. */
static int read_state(struct status_report *report)
{
	const struct lifecycle *lifecycle = report->enforcer->lifecycle;
	const struct ruleset *expected = lifecycle_ruleset(lifecycle);
	struct nlsock *socket = lifecycle_socket(lifecycle);
	struct ruleset *actual = NULL;
	size_t differences = 0;
	int r = lifecycle_find_times(report->enforcer->lifecycle, realtime_ms(), NULL);

	if (r < 0)
		return r;
	r = decode_table(socket, TABLE_NAME, expected, &actual, &report->kernel_generation);

	if (r == -ENOENT) {
		report->state = "none";
		report->result = EXIT_DIFFERS;
		return nlsock_generation(socket, &report->kernel_generation);
	}
	if (r == 0)
		r = drift_compare(expected, actual, NULL, NULL, &differences);
	ruleset_free(actual);
	malloc_trim(0);
	if (r < 0)
		return r;
	bool open = lifecycle_is_open(lifecycle);

	report->state = differences ? "differs" : open ? "open" : "enforcing";
	report->result = differences || open ? EXIT_DIFFERS : EXIT_OK;
	return 0;
}

int status_fields_begin(struct status_report *report)
{
	int r = read_state(report);

	if (r < 0)
		return r;
	r = flowset_totals(report->enforcer->flowset, &report->totals);
	/* Without a table there is nothing to add up, and nothing to claim. */
	return r == -ENOENT ? 0 : r;
}

typedef void (*field_value)(const struct status_report *report, char *text, size_t size);

static void number(char *text, size_t size, uint64_t value)
{
	snprintf(text, size, "%" PRIu64, value);
}

static void put_site(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", status_policy(report)->site);
}

static void put_label(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", status_policy(report)->label);
}

static void put_revision(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", status_policy(report)->revision);
}

static void put_profile(const struct status_report *report, char *text, size_t size)
{
	const char *name = status_policy(report)->profile_name;

	snprintf(text, size, "%s", name ? name : "");
}

static void put_model(const struct status_report *report, char *text, size_t size)
{
	const char *name = status_policy(report)->model_name;

	snprintf(text, size, "%s", name ? name : "");
}

static void put_file(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", status_policy(report)->file);
}

static void put_applied_at(const struct status_report *report, char *text, size_t size)
{
	char time[TIME_TEXT_MAX];

	time_format(lifecycle_applied_at(report->enforcer->lifecycle), time);
	snprintf(text, size, "%s", time);
}

static void put_state(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", report->state);
}

/* Its number in the store; 0: it is not there. */
static void put_change(const struct status_report *report, char *text, size_t size)
{
	number(text, size, changes_in_force(report->enforcer->changes));
}

static void put_confirmed(const struct status_report *report, char *text, size_t size)
{
	const struct store *store = changes_store(report->enforcer->changes);
	bool waits = store && store_current(store)->pending;

	snprintf(text, size, "%s", waits ? "false" : "true");
}

static void put_seconds_left(const struct status_report *report, char *text, size_t size)
{
	const struct store *store = changes_store(report->enforcer->changes);
	int64_t left = store ? store_seconds_left(store) : 0;

	number(text, size, left > 0 ? (uint64_t)left : 0);
}

static void put_store(const struct status_report *report, char *text, size_t size)
{
	const char *problem = changes_problem(report->enforcer->changes);

	snprintf(text, size, "%s", problem[0] ? problem : "ok");
}

static void put_ownership(const struct status_report *report, char *text, size_t size)
{
	const struct lifecycle *lifecycle = report->enforcer->lifecycle;

	snprintf(text, size, "%s",
		lifecycle_owns(lifecycle)    ? "owned"
		: lifecycle_locks(lifecycle) ? "locked"
					     : "watched");
}

static void put_drifts(const struct status_report *report, char *text, size_t size)
{
	number(text, size, repair_totals(report->enforcer->repair).drifts);
}

static void put_repaired(const struct status_report *report, char *text, size_t size)
{
	number(text, size, repair_totals(report->enforcer->repair).repaired);
}

static void put_proof(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", prover_state(report->enforcer->prover).result);
}

static void put_moment(int64_t seconds, char *text, size_t size)
{
	char moment[RECORD_TIME_MAX] = "";

	if (seconds)
		record_time_format(seconds * CLOCK_SECOND, moment);
	snprintf(text, size, "%s", moment);
}

static void put_proof_at(const struct status_report *report, char *text, size_t size)
{
	put_moment(prover_state(report->enforcer->prover).time, text, size);
}

static void put_proof_proved_at(const struct status_report *report, char *text, size_t size)
{
	put_moment(prover_state(report->enforcer->prover).proved, text, size);
}

static void put_proof_milliseconds(const struct status_report *report, char *text, size_t size)
{
	number(text, size, prover_state(report->enforcer->prover).milliseconds);
}

static void put_proof_what(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", prover_state(report->enforcer->prover).text);
}

static void put_whole(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", wholeproof_state(report->enforcer->whole).result);
}

static void put_whole_at(const struct status_report *report, char *text, size_t size)
{
	put_moment(wholeproof_state(report->enforcer->whole).time, text, size);
}

static void put_whole_what(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", wholeproof_state(report->enforcer->whole).text);
}

static void put_proof_word(const struct status_report *report, char *text, size_t size)
{
	wholeproof_judge(report->enforcer, text, size);
}

static void put_foreign(const struct status_report *report, char *text, size_t size)
{
	number(text, size, foreignwatch_count(report->enforcer->foreign));
}

static void put_risky(const struct status_report *report, char *text, size_t size)
{
	(void)foreignwatch_risky(report->enforcer->foreign, text, size);
}

static void put_open(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s",
		opengate_view(report->enforcer->opengate).open ? "true" : "false");
}

static void put_open_since(const struct status_report *report, char *text, size_t size)
{
	struct opengate_view view = opengate_view(report->enforcer->opengate);
	char time[TIME_TEXT_MAX] = "";

	if (view.open)
		time_format((uint64_t)view.since * CLOCK_SECOND, time);
	snprintf(text, size, "%s", time);
}

/* Both persons. */
static void put_open_by(const struct status_report *report, char *text, size_t size)
{
	struct opengate_view view = opengate_view(report->enforcer->opengate);

	snprintf(text, size, "%s%s%s", view.by, view.open ? ", " : "", view.approver);
}

static void put_open_reason(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", opengate_view(report->enforcer->opengate).reason);
}

static void put_island(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", island_why_name(island_why(report->enforcer->island)));
}

static void put_observed(const struct status_report *report, char *text, size_t size)
{
	const struct policy *policy = status_policy(report);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < policy->observe_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s > %s", i ? ", " : "",
			policy->zones[policy->observes[i].from].name,
			policy->zones[policy->observes[i].to].name);
}

static void put_generation(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->kernel_generation);
}

static void put_recorder(const struct status_report *report, char *text, size_t size)
{
	bool connected = reclink_connected(report->enforcer->reclink);

	snprintf(text, size, "%s", connected ? "connected" : "absent");
}

/* What a recorder that is away would find is not known. */
static void put_recording(const struct status_report *report, char *text, size_t size)
{
	const struct enforcer *enforcer = report->enforcer;

	if (!reclink_connected(enforcer->reclink))
		snprintf(text, size, "unknown");
	else
		snprintf(text, size, "%s", island_log_error(enforcer->island) ? "failed" : "ok");
}

static void put_table(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", lifecycle_epoch(report->enforcer->lifecycle)->table);
}

static void put_epoch(const struct status_report *report, char *text, size_t size)
{
	number(text, size, lifecycle_epoch(report->enforcer->lifecycle)->number);
}

static void put_kernel(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->totals.balance.kernel);
}

/* What the recorder has not told is not known, whatever the kernel says. */
static void put_recorded(const struct status_report *report, char *text, size_t size)
{
	if (report->totals.known)
		number(text, size, report->totals.recorded);
	else
		snprintf(text, size, "unknown");
}

static void put_lost(const struct status_report *report, char *text, size_t size)
{
	if (report->totals.known)
		number(text, size, report->totals.lost);
	else
		snprintf(text, size, "unknown");
}

static void put_pending(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->totals.balance.pending);
}

static void put_clock(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", clockwatch_text(report->enforcer->clock));
}

static void put_balanced(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", report->totals.balance.balanced ? "true" : "false");
}

static void put_zones(const struct status_report *report, char *text, size_t size)
{
	number(text, size, status_policy(report)->zone_count);
}

static void put_paths(const struct status_report *report, char *text, size_t size)
{
	number(text, size, status_policy(report)->path_count);
}

static void put_register(const struct status_report *report, char *text, size_t size)
{
	const char *problem = exceptions_problem(report->enforcer->exceptions);

	snprintf(text, size, "%s", problem[0] ? problem : "ok");
}

static void put_exceptions(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).in_force);
}

static void put_requested(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).requested);
}

static void put_suspended(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).suspended);
}

static void put_proposals(const struct status_report *report, char *text, size_t size)
{
	number(text, size, proposals_count(report->enforcer->proposals));
}

static void put_reports_due(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).reports_due);
}

static void put_guard(const struct status_report *report, char *text, size_t size)
{
	const char *why = guardend_why(report->enforcer);

	snprintf(text, size, "%s", why[0] ? why : "ok");
}

static void put_isolated(const struct status_report *report, char *text, size_t size)
{
	const struct isolationwatch *isolation = report->enforcer->isolation;

	if (isolationwatch_sound(isolation))
		number(text, size, isolationwatch_count(isolation));
	else
		snprintf(text, size, "unknown");
}

static void put_isolated_packets(const struct status_report *report, char *text, size_t size)
{
	number(text, size, isolationwatch_packets(report->enforcer->isolation));
}

/* What the kernel dropped without our rules, since it began. */
static void put_drops(
	const struct status_report *report, enum netcount_kind kind, char *text, size_t size)
{
	number(text, size, dropwatch_read(report->enforcer->drops).of[kind]);
}

static void put_reverse_path(const struct status_report *report, char *text, size_t size)
{
	put_drops(report, NETCOUNT_REVERSE_PATH, text, size);
}

static void put_martian(const struct status_report *report, char *text, size_t size)
{
	put_drops(report, NETCOUNT_MARTIAN, text, size);
}

static void put_no_route(const struct status_report *report, char *text, size_t size)
{
	put_drops(report, NETCOUNT_NO_ROUTE, text, size);
}

static void put_address(const struct status_report *report, char *text, size_t size)
{
	put_drops(report, NETCOUNT_ADDRESS, text, size);
}

static void put_header(const struct status_report *report, char *text, size_t size)
{
	put_drops(report, NETCOUNT_HEADER, text, size);
}

static void put_host_count(const struct status_report *report, char *text, size_t size)
{
	const struct host_findings *findings = hostwatch_findings(report->enforcer->hostwatch);

	number(text, size, findings->count + findings->left_out);
}

static void put_host_risks(const struct status_report *report, char *text, size_t size)
{
	const struct host_findings *findings = hostwatch_findings(report->enforcer->hostwatch);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < findings->count && used < size; i++)
		used += (size_t)snprintf(
			text + used, size - used, "%s%s", i ? "; " : "", findings->list[i].text);
}

static void put_connections_cut(const struct status_report *report, char *text, size_t size)
{
	number(text, size, revoke_totals(report->enforcer->revoke).cut);
}

static void put_uptime(const struct status_report *report, char *text, size_t size)
{
	number(text, size, enforcer_uptime(report->enforcer));
}

static void put_version(const struct status_report *report, char *text, size_t size)
{
	(void)report;
	snprintf(text, size, "%s", HEDATE_VERSION);
}

/* Made by control.c, when it was asked for. */
static void put_digest(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", report->enforcer->ha.digest);
}

static const struct {
	const char *key;
	field_value put;
} fields[] = {
	{ "site", put_site },
	{ "label", put_label },
	{ "revision", put_revision },
	{ "policy_digest", put_digest },
	{ "profile", put_profile },
	{ "model", put_model },
	{ "file", put_file },
	{ "applied_at", put_applied_at },
	{ "change", put_change },
	{ "confirmed", put_confirmed },
	{ "confirm_seconds_left", put_seconds_left },
	{ "store", put_store },
	{ "state", put_state },
	{ "ownership", put_ownership },
	{ "drifts", put_drifts },
	{ "drifts_repaired", put_repaired },
	{ "foreign_tables", put_foreign },
	{ "foreign_risks", put_risky },
	{ "separation", put_proof },
	{ "separation_at", put_proof_at },
	{ "separation_proved_at", put_proof_proved_at },
	{ "separation_milliseconds", put_proof_milliseconds },
	{ "separation_what", put_proof_what },
	{ "separation_whole", put_whole },
	{ "separation_whole_at", put_whole_at },
	{ "separation_whole_what", put_whole_what },
	{ "proof", put_proof_word },
	{ "open", put_open },
	{ "open_since", put_open_since },
	{ "open_by", put_open_by },
	{ "open_reason", put_open_reason },
	{ "island", put_island },
	{ "observed", put_observed },
	{ "generation", put_generation },
	{ "recorder", put_recorder },
	{ "recording", put_recording },
	{ "table", put_table },
	{ "epoch", put_epoch },
	{ "kernel_packets", put_kernel },
	{ "recorded_packets", put_recorded },
	{ "lost_packets", put_lost },
	{ "pending_packets", put_pending },
	{ "balanced", put_balanced },
	{ "clock", put_clock },
	{ "zones", put_zones },
	{ "paths", put_paths },
	{ "exceptions_register", put_register },
	{ "exceptions_in_force", put_exceptions },
	{ "exceptions_requested", put_requested },
	{ "exceptions_suspended", put_suspended },
	{ "reports_due", put_reports_due },
	{ "guard", put_guard },
	{ "proposals", put_proposals },
	{ "isolated", put_isolated },
	{ "isolated_packets", put_isolated_packets },
	{ "host_findings", put_host_count },
	{ "drops_reverse_path", put_reverse_path },
	{ "drops_martian", put_martian },
	{ "drops_no_route", put_no_route },
	{ "drops_address", put_address },
	{ "drops_header", put_header },
	{ "host_risks", put_host_risks },
	{ "connections_cut", put_connections_cut },
	{ "uptime_seconds", put_uptime },
	{ "version", put_version },
};

/* What the recorder tells of the log (keeping.h). */
static const char *const kept[] = { "log_files", "log_bytes", "log_oldest", "log_disk_free_percent",
	"log_room", "log_holds", "log_checkpoint", "log_checkpoint_at", "log_checkpoint_sequence",
	"log_exported_at", "log_exported_to", "log_exported_sequence", "log_reviewed_at",
	"log_reviewed_by", "log_reviewed_sequence", "log_delay_ms" };

int status_fields_next(struct status_report *report, struct message *message)
{
	const size_t own = sizeof(fields) / sizeof(fields[0]);
	size_t at = report->position++;
	char text[4096];

	if (at >= own + sizeof(kept) / sizeof(kept[0]))
		return 0;
	if (at < own)
		fields[at].put(report, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s",
			reckeep_value(report->enforcer->reckeep, kept[at - own]));
	message_begin(message, CTL_FIELD);
	message_put_string(message, at < own ? fields[at].key : kept[at - own]);
	message_put_string(message, text);
	return 1;
}

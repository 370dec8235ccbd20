/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated puts in place first, and again when it is told to; what it puts on record of that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftlock.h"
#include "../lib/nftxact.h"
#include "clock.h"
#include "guardend.h"
#include "hedated_impl.h"
#include "opengate.h"
#include "proposals.h"
#include "runmark.h"

/* The policy ----------------------------------------------------------------------------------- */

/* Where the table can be ours alone, it is; what the kernel says is read back with the table. */
static bool can_own(const struct hedated *daemon)
{
	bool can = false;
	bool ask = !daemon->settings.unowned && !daemon->settings.no_persist;
	int r = ask ? nftxact_can_own(daemon->enforcer.socket, &can) : 0;

	if (r < 0)
		hedated_say(_("whether the table can be ours alone cannot be found out: %s; it is "
			      "watched"),
			errtext(r));
	return can;
}

/* Where it cannot, a second table is, if the kernel can do that much. Without it the table is
 * watched all the same. */
void hedated_lock_table(struct hedated *daemon)
{
	struct lifecycle *lifecycle = daemon->enforcer.lifecycle;
	struct diag_list *diags;
	bool can = false;

	if (lifecycle_owns(lifecycle) || daemon->settings.unowned ||
		nftlock_can(daemon->enforcer.socket, &can) < 0 || !can || diag_list_new(&diags) < 0)
		return;
	if (lifecycle_lock(lifecycle, true, diags) < 0) {
		diag_list_print(diags, stderr, false);
		hedated_say(_("the table could not be locked by a second one; it is watched"));
	}
	diag_list_free(diags);
}

/* Whatever is wrong with the register, the boundary is put in place. */
enum exit_code hedated_open_exceptions(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	if (exceptions_new(daemon->settings.state_directory,
		    daemon->change_user ? &daemon->user : NULL, &enforcer->exceptions) < 0) {
		hedated_complain(_("out of memory"));
		return EXIT_FAILED;
	}
	if (exceptions_problem(enforcer->exceptions)[0] != '\0')
		hedated_complain(
			_("no exception is granted: %s"), exceptions_problem(enforcer->exceptions));
	return EXIT_OK;
}

/* What is said of the store at the start; the log learns the same (changes_attach()). */
static void say_begun(const struct hedated *daemon)
{
	const struct changes_begun *begun = changes_begun(daemon->enforcer.changes);
	unsigned long long number = begun->number;

	if (begun->unreadable)
		return; /* say_result() */
	if (begun->problem[0] != '\0')
		hedated_say(_("%s; no change of the configuration can be made"), begun->problem);
	else if (begun->not_kept)
		hedated_say(_("the configuration in force cannot be kept in %s: %s; no change of "
			      "it can be "
			      "made"),
			store_path(changes_store(daemon->enforcer.changes)),
			errtext(begun->not_kept));
	if (begun->current_broken)
		hedated_say(
			_("which configuration is confirmed cannot be read in %s; the newest one "
			  "counts"),
			store_path(changes_store(daemon->enforcer.changes)));
	if (begun->broken)
		hedated_say(_("number %llu of %s is broken and was not used"),
			(unsigned long long)begun->broken,
			store_path(changes_store(daemon->enforcer.changes)));
	if (begun->rolled_back)
		hedated_say(_("change %llu was not confirmed: what was confirmed before it is in "
			      "force"),
			(unsigned long long)begun->rolled_back);
	if (begun->waits)
		hedated_say(_("change %llu is in force and waits to be confirmed"), number);
	if (begun->file_refused)
		hedated_say(_("%s is refused; number %llu, which was confirmed, is in force"),
			daemon->settings.config, number);
	else if (begun->file_unconfirmed && begun->file_differs)
		hedated_say(_("%s is the one that was not confirmed; \"hedate apply\" puts it in "
			      "force"),
			daemon->settings.config);
	else if (begun->file_differs)
		hedated_say(_("%s is not what is in force; \"hedate apply\" puts it in force"),
			daemon->settings.config);
}

/* The file alone says nothing of what two persons, or a confirmation, were asked for. */
static void say_unreadable(const struct hedated *daemon)
{
	const struct changes_begun *begun = changes_begun(daemon->enforcer.changes);

	if (begun->problem[0] != '\0')
		hedated_complain(
			_("what is confirmed cannot be read (%s), so nothing was changed: the "
			  "kernel's rule set is as it was, and %s was not asked"),
			begun->problem, daemon->settings.config);
	else
		hedated_complain(
			_("what is confirmed cannot be read in %s now (%s), so nothing was "
			  "changed: the kernel's rule set is as it was, and %s was not "
			  "asked"),
			store_path(changes_store(daemon->enforcer.changes)),
			errtext(begun->unreadable), daemon->settings.config);
	hedated_say(_("what to do: put the directory \"confirmed\" beside it right (it belongs to "
		      "root or hedate, nobody else may write to it), and start hedated"));
}

static void say_result(const struct hedated *daemon, enum exit_code result)
{
	const struct changes_begun *begun = changes_begun(daemon->enforcer.changes);

	if (result == EXIT_FAILED && begun->unreadable)
		say_unreadable(daemon);
	else if (result == EXIT_FAILED && begun->number == 0 &&
		 (begun->broken || begun->current_broken))
		hedated_say(_("nothing that was confirmed can be read, so nothing was changed; "
			      "remove %s "
			      "to "
			      "begin again with %s"),
			store_path(changes_store(daemon->enforcer.changes)),
			daemon->settings.config);
	else if (result == EXIT_CONFIG)
		hedated_complain(
			_("the configuration is refused; the kernel's rule set is as it was"));
	else if (result == EXIT_FAILED)
		hedated_complain(
			_("the rule set could not be put in place; the kernel's is as it was"));
	else if (result == EXIT_DIFFERS)
		hedated_complain(
			_("the rule set is in place, but what was read back differs: not ready"));
}

enum exit_code hedated_open_changes(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	if (changes_new(daemon->settings.config, daemon->change_user ? &daemon->user : NULL,
		    CHANGES_WAIT_MS, &enforcer->changes) == 0)
		return EXIT_OK;
	hedated_complain(_("out of memory"));
	return EXIT_FAILED;
}

/* What is wrong with them is said when somebody asks. */
enum exit_code hedated_open_proposals(struct hedated *daemon)
{
	if (proposals_new(daemon->settings.state_directory,
		    daemon->change_user ? &daemon->user : NULL, &daemon->enforcer.proposals) == 0)
		return EXIT_OK;
	hedated_say(_("out of memory"));
	return EXIT_FAILED;
}

enum exit_code hedated_apply_first(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	struct diag_list *diags = NULL;

	if (lifecycle_new(enforcer->socket, daemon->settings.config, daemon->settings.profiles,
		    &enforcer->lifecycle) < 0 ||
		diag_list_new(&diags) < 0) {
		hedated_complain(_("out of memory"));
		return EXIT_FAILED;
	}
	lifecycle_own(enforcer->lifecycle, can_own(daemon));
	exceptions_attach(enforcer->exceptions, enforcer->lifecycle);
	enum exit_code result =
		changes_begin(enforcer->changes, enforcer->lifecycle, diags, &daemon->first.change);

	hedated_put_diags(diags, result, isatty(STDERR_FILENO) && !getenv("NO_COLOR"));
	diag_list_free(diags);
	say_begun(daemon);
	say_result(daemon, result);
	return result;
}

void hedated_apply_again(struct hedated *daemon)
{
	const struct change_request request = {
		.how = "signal",
		.fd = -1,
		.uid = getuid(),
		.pid = getpid(),
		.who = "hedated",
		.confirm_seconds = CHANGES_AS_POLICY,
	};
	struct change_result result;
	struct diag_list *diags = NULL;

	if (diag_list_new(&diags) < 0) {
		hedated_say(_("out of memory"));
		hedated_say(
			_("the configuration was read again and not put in place as it should be"));
		return;
	}
	enum exit_code code = enforcer_apply(&daemon->enforcer, &request, diags, &result);

	hedated_put_diags(diags, code, false);
	change_result_clear(&result);
	diag_list_free(diags);
	if (result.why[0] != '\0')
		hedated_say("%s", result.why);
	if (code == EXIT_OK)
		hedated_tell(_("revision %s is in place, %zu paths"), result.change.after,
			result.change.paths_after);
	else
		hedated_say(
			_("the configuration was read again and not put in place as it should be"));
	if (code == EXIT_OK && result.seconds)
		hedated_say(_("it waits %u seconds to be confirmed"), result.seconds);
}

/* On record ------------------------------------------------------------------------------------ */

/* Without a mark a crash goes unseen; that is no reason not to guard the boundary. */
static void record_crash(const struct hedated *daemon)
{
	struct runmark_before before;
	char since[TIME_TEXT_MAX];

	(void)runmark_begin(daemon->settings.state_directory, &before);
	if (!before.crashed)
		return;
	time_format((uint64_t)before.since, since);
	reclink_event(daemon->enforcer.reclink, "crash", false,
		before.rebooted ? "hedated did not end in order before the system was started anew"
				: "hedated did not end in order: it was killed, or crashed",
		(const char *const[]){ "rebooted", before.rebooted ? "true" : "false",
			before.since ? "since" : NULL, since, NULL });
}

static void record_first_apply(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	const struct changes_begun *begun = changes_begun(enforcer->changes);
	const struct change_request request = {
		.how = "start", .uid = getuid(), .pid = getpid(), .who = "hedated"
	};

	daemon->first.number = begun->number;
	enforcer_record_apply(enforcer, EXIT_OK, &request,
		lifecycle_policy(enforcer->lifecycle)->file, &daemon->first);
	if (changes_attach(enforcer->changes, enforcer) < 0 ||
		proposals_attach(enforcer->proposals, enforcer) < 0)
		hedated_complain(_("out of memory"));
}

/* Forwarding may begin, as far as it is up to the rules. */
static void end_guard(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	guardend_try(enforcer);
	if (guardend_why(enforcer)[0] != '\0')
		hedated_complain(
			_("NOTHING IS FORWARDED: the guard has shut the gateway (%s), and what is "
			  "isolated cannot be loaded; \"hedate isolated\" shows what can be read, "
			  "\"hedate release --all\" begins anew"),
			guardend_why(enforcer));
}

void hedated_record_start(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);

	enforcer->started = (uint64_t)(clock_monotonic() / CLOCK_SECOND);
	reclink_event(enforcer->reclink, "start", true, "hedated " HEDATE_VERSION " started",
		(const char *const[]){ "version", HEDATE_VERSION, NULL });
	record_crash(daemon);
	if (daemon->first.change.table_replaced)
		enforcer_record_renewed(enforcer, &daemon->first.change);
	record_first_apply(daemon);
	timetable_policy_changed(enforcer->timetable);
	if (exceptions_start(enforcer->exceptions, enforcer) < 0)
		hedated_complain(_("out of memory"));
	links_watch(enforcer->links, policy);
	hostwatch_policy(enforcer->hostwatch, policy);
	revoke_look(enforcer->revoke, "start");
	isolationwatch_applied(enforcer->isolation);
	end_guard(daemon);
	hedated_tell(_("%s: revision %s is in place, %zu paths"), policy->site, policy->revision,
		policy->path_count);
}

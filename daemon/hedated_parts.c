/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the enforcer consists of: each part is made from those before it, and freed before them. The
 * loop and the first apply come before all of them.
 */
#include <limits.h>
#include <stdio.h>

#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "hedated_impl.h"
#include "opengate.h"

static int make_tidy(struct hedated *daemon)
{
	return enforcer_tidy(&daemon->enforcer);
}

static int make_reckeep(struct hedated *daemon)
{
	return reckeep_new(&daemon->enforcer.reckeep);
}

static void free_reckeep(struct enforcer *enforcer)
{
	reckeep_free(enforcer->reckeep);
}

static int make_reclink(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	char path[PATH_MAX];
	uid_t uids[2];
	size_t count = 0;

	if (daemon->change_user)
		uids[count++] = daemon->user.uid;
	if (daemon->has_recorder_user)
		uids[count++] = daemon->recorder_user.uid;
	snprintf(path, sizeof(path), "%s/" RECORDER_SOCKET, daemon->settings.run_directory);
	return reclink_new(enforcer->loop, path, uids, count, &enforcer_recorder, enforcer,
		&enforcer->reclink);
}

static void free_reclink(struct enforcer *enforcer)
{
	reclink_free(enforcer->reclink);
}

static int make_flowset(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return flowset_new(
		enforcer->loop, enforcer->lifecycle, enforcer->reclink, &enforcer->flowset);
}

static void free_flowset(struct enforcer *enforcer)
{
	flowset_free(enforcer->flowset);
}

static int make_links(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return links_new(enforcer->loop, enforcer_link_event, enforcer, &enforcer->links);
}

static void free_links(struct enforcer *enforcer)
{
	links_free(enforcer->links);
}

static int make_hostwatch(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return hostwatch_new(enforcer->loop, enforcer->reclink, &enforcer->hostwatch);
}

static void free_hostwatch(struct enforcer *enforcer)
{
	hostwatch_free(enforcer->hostwatch);
}

static int make_clock(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return clockwatch_new(enforcer->loop, enforcer_clock_event, enforcer, &enforcer->clock);
}

static void free_clock(struct enforcer *enforcer)
{
	clockwatch_free(enforcer->clock);
}

static int make_drops(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return dropwatch_new(enforcer->loop, enforcer->reclink, &enforcer->drops);
}

static void free_drops(struct enforcer *enforcer)
{
	dropwatch_free(enforcer->drops);
}

static int make_timetable(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return timetable_new(
		enforcer->loop, enforcer->lifecycle, enforcer->reclink, &enforcer->timetable);
}

static void free_timetable(struct enforcer *enforcer)
{
	timetable_free(enforcer->timetable);
}

static void on_path_closed(void *data)
{
	struct enforcer *enforcer = data;

	if (!lifecycle_is_open(enforcer->lifecycle))
		revoke_look(enforcer->revoke, "time");
}

static int make_revoke(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	int r = revoke_new(
		enforcer->loop, enforcer->lifecycle, enforcer->reclink, &enforcer->revoke);

	if (r == 0)
		timetable_on_closed(enforcer->timetable, on_path_closed, enforcer);
	return r;
}

static void free_revoke(struct enforcer *enforcer)
{
	revoke_free(enforcer->revoke);
}

static int make_island(struct hedated *daemon)
{
	return island_new(&daemon->enforcer, 0, &daemon->enforcer.island);
}

static void free_island(struct enforcer *enforcer)
{
	island_free(enforcer->island);
}

static int make_opengate(struct hedated *daemon)
{
	return opengate_new(&daemon->enforcer, 0, &daemon->enforcer.opengate);
}

static void free_opengate(struct enforcer *enforcer)
{
	opengate_free(enforcer->opengate);
}

static int make_foreign(struct hedated *daemon)
{
	return foreignwatch_new(&daemon->enforcer, &daemon->enforcer.foreign);
}

static void free_foreign(struct enforcer *enforcer)
{
	foreignwatch_free(enforcer->foreign);
}

static int make_repair(struct hedated *daemon)
{
	return repair_new(&daemon->enforcer, &daemon->enforcer.repair);
}

static void free_repair(struct enforcer *enforcer)
{
	repair_free(enforcer->repair);
}

static int make_isolation(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;
	int r = isolationwatch_new(
		enforcer, daemon->settings.state_directory, &enforcer->isolation);

	if (r == 0)
		revoke_isolation(enforcer->revoke, isolationwatch_list(enforcer->isolation));
	return r;
}

static void free_isolation(struct enforcer *enforcer)
{
	isolationwatch_free(enforcer->isolation);
}

static int make_prover(struct hedated *daemon)
{
	int socket = daemon->prover;

	daemon->prover = -1;
	return prover_new(&daemon->enforcer, socket, &daemon->enforcer.prover);
}

static void free_prover(struct enforcer *enforcer)
{
	prover_free(enforcer->prover);
}

/* What the host's network was found to be like may be judged by a whole proof alone. */
static void on_host_finding(void *data)
{
	struct enforcer *enforcer = data;

	prover_ask(enforcer->prover, "change");
}

static int make_whole(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	hostwatch_tell(enforcer->hostwatch, on_host_finding, enforcer);
	return wholeproof_new(enforcer, daemon->settings.run_directory, &enforcer->whole);
}

static void free_whole(struct enforcer *enforcer)
{
	wholeproof_free(enforcer->whole);
	enforcer->whole = NULL;
}

static int make_watchdog(struct hedated *daemon)
{
	struct enforcer *enforcer = &daemon->enforcer;

	return watchdog_new(enforcer->loop, enforcer_check, enforcer, &enforcer->watchdog);
}

static void free_watchdog(struct enforcer *enforcer)
{
	watchdog_free(enforcer->watchdog);
}

static int make_control(struct hedated *daemon)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CONTROL_SOCKET, daemon->settings.run_directory);
	return control_new(&daemon->enforcer, path, &daemon->control);
}

/* In the order of making. What the enforcer does not own has no free: the loop frees the timer of
 * "memory", hedated_free_parts() the control socket, before all others. */
static const struct {
	const char *what;
	int (*make)(struct hedated *daemon);
	void (*free)(struct enforcer *enforcer); /* accepts parts that were not made; or NULL */
} parts[] = {
	{ N_("memory"), make_tidy, NULL },
	{ N_("recorder's socket"), make_reckeep, free_reckeep },
	{ N_("recorder's socket"), make_reclink, free_reclink },
	{ N_("counters of blocked flows"), make_flowset, free_flowset },
	{ N_("counters of the kernel"), make_drops, free_drops },
	{ N_("clock"), make_clock, free_clock },
	{ N_("interfaces"), make_links, free_links },
	{ N_("interfaces"), make_hostwatch, free_hostwatch },
	{ N_("timetable"), make_timetable, free_timetable },
	{ N_("connections"), make_revoke, free_revoke },
	{ N_("island"), make_island, free_island },
	{ N_("the open gateway"), make_opengate, free_opengate },
	{ N_("tables of others"), make_foreign, free_foreign },
	{ N_("changes of the table"), make_repair, free_repair },
	{ N_("isolation"), make_isolation, free_isolation },
	{ N_("proof"), make_prover, free_prover },
	{ N_("proof"), make_whole, free_whole },
	{ N_("watchdog"), make_watchdog, free_watchdog },
	{ N_("control socket"), make_control, NULL },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

enum exit_code hedated_make_parts(struct hedated *daemon)
{
	for (size_t i = 0; i < PARTS; i++) {
		int r = parts[i].make(daemon);

		if (r == 0)
			continue;
		hedated_complain("%s: %s", _(parts[i].what), errtext(r));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

void hedated_free_parts(struct hedated *daemon)
{
	control_free(daemon->control);
	for (size_t i = PARTS; i-- > 0;)
		if (parts[i].free)
			parts[i].free(&daemon->enforcer);
}

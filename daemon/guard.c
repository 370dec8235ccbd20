/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <net/if.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/compile.h"
#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftclosed.h"
#include "../lib/nftxact.h"
#include "isolate.h"
#include "lifecycle_impl.h"
#include "rundir.h"
#include "store.h"

#define USER_FILE     "/etc/passwd"
#define USER_LINE_MAX 4096
#define OWNER	      "hedate"
#define STARTING      "the guard has not yet loaded what is confirmed"

/* Why nothing is forwarded; the words stand in the table's comment, and in the log. */
enum why {
	WHY_NOT, /* it is */
	WHY_NOTHING_CONFIRMED,
	WHY_STORE,
	WHY_STORE_FOREIGN,
	WHY_BROKEN,
	WHY_REFUSED,
	WHY_MEMORY,
	WHY_KERNEL,
	WHY_DIFFERS,
	WHY_ISOLATION,
	WHY_REMOVE,
};

static const struct {
	const char *comment, *text, *fix;
} whys[] = {
	[WHY_NOT] = { "", "", "" },
	[WHY_NOTHING_CONFIRMED] = { "nothing is confirmed yet",
		N_("no configuration was ever confirmed on this host"),
		N_("start hedated with a configuration that it accepts; see hedated(8)") },
	[WHY_STORE] = { "the confirmed configurations cannot be read",
		N_("the confirmed configurations cannot be read"),
		N_("put the directory \"confirmed\" beside the configuration right, or start "
		   "hedated") },
	[WHY_STORE_FOREIGN] = { "the confirmed configurations belong to somebody else",
		N_("the directory of the confirmed configurations belongs to somebody else, or "
		   "others may write to it"),
		N_("find out who changed it; then: chown hedate: confirmed; chmod 750 confirmed") },
	[WHY_BROKEN] = { "the confirmed configuration is broken",
		N_("the confirmed configuration is not what was confirmed: its digest differs"),
		N_("start hedated: it takes the newest one that is intact") },
	[WHY_REFUSED] = { "this version refuses the confirmed configuration",
		N_("this version of hedate refuses the confirmed configuration"),
		N_("correct the configuration, check it with \"hedate check\", and start "
		   "hedated") },
	[WHY_MEMORY] = { "out of memory", N_("out of memory"),
		N_("start hedated once there is memory") },
	[WHY_KERNEL] = { "the kernel refused the rule set", N_("the kernel refused the rule set"),
		N_("see above for what it refused; then start hedated") },
	[WHY_DIFFERS] = { "what was read back differs",
		N_("what was read back from the kernel is not what was put there"),
		N_("find the program that changes the rules of this host; then start hedated") },
	[WHY_ISOLATION] = { "what is isolated cannot be loaded",
		N_("what is isolated cannot be loaded, so that nobody knows what must not pass"),
		N_("\"hedate isolated\" shows what can be read, \"hedate release --all\" begins "
		   "anew") },
	[WHY_REMOVE] = { "the closed tables could not be removed",
		N_("the tables that forward nothing could not be removed"), N_("start hedated") },
};

struct guard {
	const struct settings *settings;
	struct nlsock *socket;
	struct diag_list *diags;
	struct store *store;
	char *bytes;
	struct lifecycle *lifecycle;
	struct candidate *candidate;
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;

	fputs("hedated --guard: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* What was confirmed ----------------------------------------------------------------------------
 */

/* Whose files they are. Only the file is asked: a directory service has no network yet. */
static const struct sandbox_user *find_owner(
	const struct settings *settings, struct sandbox_user *user)
{
	const char *name = settings->user ? settings->user : OWNER;
	struct passwd entry, *found;
	char line[USER_LINE_MAX];
	FILE *file = fopen(USER_FILE, "re");
	bool known = false;

	while (file && !known && fgetpwent_r(file, &entry, line, sizeof(line), &found) == 0) {
		if (strcmp(entry.pw_name, name) != 0)
			continue;
		snprintf(user->name, sizeof(user->name), "%s", name);
		user->uid = entry.pw_uid;
		user->gid = entry.pw_gid;
		known = true;
	}
	if (file)
		fclose(file);
	return known ? user : NULL;
}

static enum why why_of_store(int error)
{
	switch (error) {
	case -ENOENT:
		return WHY_NOTHING_CONFIRMED;
	case -EPERM:
		return WHY_STORE_FOREIGN;
	case -EBADMSG:
		return WHY_BROKEN;
	case -ENOMEM:
		return WHY_MEMORY;
	default:
		say("%s", errtext(error));
		return WHY_STORE;
	}
}

static enum why read_confirmed(struct guard *guard, struct store_entry *entry, size_t *ret_length)
{
	struct sandbox_user user;
	int r = store_open(guard->settings->config, STORE_READ, find_owner(guard->settings, &user),
		&guard->store);

	if (r < 0)
		return why_of_store(r);
	uint64_t number = store_current(guard->store)->confirmed;

	if (number == 0)
		return WHY_NOTHING_CONFIRMED;
	r = store_get(guard->store, number, entry, &guard->bytes, ret_length);
	if (r == 0)
		return WHY_NOT;
	say(_("number %llu of %s: %s"), (unsigned long long)number, store_path(guard->store),
		errtext(r));
	return r == -ENOENT ? WHY_BROKEN : why_of_store(r);
}

/* The rule set ----------------------------------------------------------------------------------
 */

static enum why compile(struct guard *guard, const struct store_entry *entry, size_t length)
{
	const struct settings *settings = guard->settings;
	struct lifecycle_change change;
	char name[4200];

	snprintf(name, sizeof(name), "%s/%06llu.conf", store_path(guard->store),
		(unsigned long long)entry->number);
	const struct lifecycle_text text = { name, guard->bytes, length };

	if (lifecycle_new(guard->socket, settings->config, settings->profiles, &guard->lifecycle) <
		0)
		return WHY_MEMORY;
	enum exit_code code = lifecycle_prepare(
		guard->lifecycle, &text, guard->diags, &guard->candidate, &change);

	return code == EXIT_OK ? WHY_NOT : code == EXIT_CONFIG ? WHY_REFUSED : WHY_MEMORY;
}

static uint64_t shut(uint32_t id, void *data)
{
	(void)id, (void)data;
	return 0;
}

/* The clock may be wrong, and nobody looks at it yet. */
static int shut_timed_paths(struct ruleset *ruleset)
{
	return compile_timeouts(ruleset, shut, NULL);
}

/* Another table than one that is there already, for a guard that is run again, has an epoch of its
 * own. */
static int mark_epoch(struct guard *guard, struct ruleset *ruleset)
{
	char text[EPOCH_COMMENT_MAX], *comment = NULL;
	unsigned int generation = 0;
	struct epoch_id epoch;
	int r = nftxact_generation(guard->socket, &generation, &comment);

	if (r < 0 || epoch_id_parse(comment, &epoch) < 0)
		r = epoch_id_new(&epoch);
	free(comment);
	if (r < 0)
		return r;
	epoch_id_format(&epoch, text);
	return compile_generation(ruleset, generation, text);
}

static enum why put_in_place(struct guard *guard)
{
	struct ruleset *ruleset = guard->candidate->ruleset;
	bool can_own = false;

	/* Not ours for ever: hedated adopts a table that outlives whoever made it. */
	if (nftxact_can_own(guard->socket, &can_own) == 0)
		ruleset->persist = can_own;
	if (shut_timed_paths(ruleset) < 0 || mark_epoch(guard, ruleset) < 0)
		return WHY_MEMORY;
	int r = nftxact_apply(guard->socket, ruleset, guard->candidate->policy->file, guard->diags);

	return r == 0	      ? WHY_NOT
	       : r == -EILSEQ ? WHY_DIFFERS
	       : r == -ENOMEM ? WHY_MEMORY
			      : WHY_KERNEL;
}

/* With findings of its own: those of a configuration would count as well. */
static enum why load_isolated(struct guard *guard)
{
	struct isolation isolation;
	struct diag_list *diags;
	enum isolate_change change;
	const char *why;

	if (diag_list_new(&diags) < 0)
		return WHY_MEMORY;
	enum exit_code code = isolate_load(
		guard->socket, guard->settings->config, diags, &isolation, &change, &why);

	diag_list_print(diags, stderr, false);
	diag_list_free(diags);
	if (isolation_count(&isolation) > 0)
		say(_("%zu zones, interfaces or peers are isolated"), isolation_count(&isolation));
	if (isolation_devices(&isolation) > 0)
		say(_("by an interface that comes later, devices in quarantine can be reached "
		      "until "
		      "hedated has seen it"));
	isolation_clear(&isolation);
	return code == EXIT_OK ? WHY_NOT : WHY_ISOLATION;
}

/* An interface may come later; its rules are by its name, and are there. */
static void name_missing(const struct policy *policy)
{
	for (size_t i = 0; i < policy->segment_count; i++)
		if (if_nametoindex(policy->segments[i].interface) == 0)
			say(_("interface %s of segment %s is not there yet; its rules are"),
				policy->segments[i].interface, policy->segments[i].full_name);
}

/* -----------------------------------------------------------------------------------------------
 */

static enum why load(struct guard *guard)
{
	struct store_entry entry;
	size_t length;
	/* Before all that may be refused. */
	enum why isolated = load_isolated(guard);
	enum why why = read_confirmed(guard, &entry, &length);

	if (why == WHY_NOT)
		why = compile(guard, &entry, length);
	if (why == WHY_NOT)
		why = put_in_place(guard);
	return why != WHY_NOT ? why : isolated;
}

static void release(struct guard *guard)
{
	lifecycle_abandon(guard->candidate);
	lifecycle_free(guard->lifecycle);
	free(guard->bytes);
	store_close(guard->store);
	diag_list_free(guard->diags);
	nlsock_close(guard->socket);
}

static enum exit_code explain_open(int error)
{
	say(_("NOT GUARDED: the kernel takes no rules: %s"), errtext(error));
	if (error == -EPERM)
		say(_("what to do: run it as root, or with CAP_NET_ADMIN"));
	else
		say(_("what to do: boot a kernel with nf_tables (CONFIG_NF_TABLES, "
		      "CONFIG_NF_TABLES_INET); no network is started without it"));
	return EXIT_FAILED;
}

/* Everything after this is about what may pass again. */
static int close_gateway(struct guard *guard, int *ret_bridge)
{
	int r = nlsock_open(&guard->socket);

	*ret_bridge = 0;
	return r < 0 ? r : nftclosed_put(guard->socket, STARTING, ret_bridge);
}

static void stay_closed(struct guard *guard, enum why why)
{
	int bridge;

	/* The tables are there already, whether their comment can be written or not. */
	(void)nftclosed_put(guard->socket, whys[why].comment, &bridge);
	if (guard->diags)
		diag_list_print(guard->diags, stderr, false);
	say(_("NOTHING IS FORWARDED: %s"), _(whys[why].text));
	say(_("what to do: %s"), _(whys[why].fix));
	say(_("the gateway itself can be reached as ever; \"nft list table inet hedate-guard\" "
	      "shows why it is shut"));
}

static void say_guarded(const struct guard *guard)
{
	const struct policy *policy = guard->candidate->policy;

	diag_list_print(guard->diags, stderr, false);
	name_missing(policy);
	say(_("%s: revision %s is in place, %zu paths; timed paths are shut until hedated runs"),
		policy->site, policy->revision, policy->path_count);
	if (guard->candidate->island)
		say(_("nothing is forwarded until hedated runs and the log can be written "
		      "(on_log_failure)"));
}

/* A live hedated looks after its own table. */
static bool is_hedated_running(const struct settings *settings)
{
	int lock;

	int r = rundir_lock(settings->run_directory, &lock);

	if (r == 0)
		close(lock);
	return r == -EBUSY;
}

enum exit_code guard_run(const struct settings *settings)
{
	struct guard guard = { .settings = settings };
	int bridge;

	if (is_hedated_running(settings)) {
		say(_("hedated runs with %s, nothing is done; the guard is for the boot"),
			settings->run_directory);
		return EXIT_OK;
	}
	int r = close_gateway(&guard, &bridge);

	if (r < 0) {
		release(&guard);
		return explain_open(r);
	}
	enum why why = diag_list_new(&guard.diags) < 0 ? WHY_MEMORY : load(&guard);

	if (why == WHY_NOT && nftclosed_remove(guard.socket) < 0)
		why = WHY_REMOVE;
	if (why == WHY_NOT)
		say_guarded(&guard);
	else
		stay_closed(&guard, why);
	release(&guard);
	if (bridge == 0 || why == WHY_NOT)
		return EXIT_OK;
	say(_("what bridges of this host pass on could not be shut: %s"), errtext(bridge));
	return EXIT_DIFFERS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "foreignwatch.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/decode_foreign.h"
#include "clock.h"
#include "enforcer.h"

#define DELAY_MS     50
#define DELAY_MAX_MS 5000
#define CALM	     (2 * CLOCK_SECOND) /* without a look: the next one comes soon again */

struct foreignwatch {
	struct enforcer *enforcer;
	struct nlsock *socket; /* of our own: it reads while the table's socket writes */
	struct loop_source *timer;
	struct foreign_list list; /* as it was seen last */
	bool armed, failed;
	uint64_t delay_ms;
	int64_t looked; /* monotonic ns */
	/* Who made the changes since then; several: nobody in particular. */
	struct culprit culprit;
	bool several;
	struct limiter risky, plain;
};

/* Records -------------------------------------------------------------------------------------- */

/* Those of hedate, as long as they only do what those do. */
static bool is_of_ours(const struct foreign_table *table)
{
	return table->ours && table->risks == 0;
}

static void record(struct foreignwatch *watch, const char *change, const char *text,
	const struct foreign_table *table)
{
	struct culprit_text names;
	const char *pairs[CULPRIT_PAIRS + 13] = { 0 };
	char risks[256], what[1200], others[24];
	bool bad = table->risks != 0 && strcmp(change, "gone") != 0;
	uint64_t left_out;
	size_t count = 0;

	if (is_of_ours(table) || !limiter_pass(bad ? &watch->risky : &watch->plain,
					 enforcer_uptime(watch->enforcer), &left_out))
		return;
	foreign_risks_names(table->risks, risks, sizeof(risks));
	foreign_risks_texts(table->risks, what, sizeof(what));
	if (table->opaque[0])
		snprintf(what + strlen(what), sizeof(what) - strlen(what), " (%s)", table->opaque);
	snprintf(others, sizeof(others), "%" PRIu64, left_out);
	const char *const own[] = { "foreign.family", foreign_family_name(table->family),
		"foreign.table", table->name, "foreign.change", change, "foreign.risks", risks,
		"what", what, "others", others };

	memcpy(pairs, own, sizeof(own));
	count = sizeof(own) / sizeof(own[0]);
	if (!watch->several)
		culprit_pairs(&watch->culprit, &names, pairs, &count);
	reclink_event(watch->enforcer->reclink, "foreign-table", !bad, text, pairs);
}

static int record_change(enum foreign_change change, const struct foreign_table *table, void *data)
{
	static const struct {
		const char *name, *plain, *risky;
	} words[] = {
		[FOREIGN_ADDED] = { "added", "somebody added a table",
			"somebody added a table that could let packets by" },
		[FOREIGN_CHANGED] = { "changed", "somebody changed another table",
			"somebody changed another table, which could let packets by" },
		[FOREIGN_GONE] = { "gone", "another table is gone", "another table is gone" },
	};

	record(data, words[change].name, table->risks ? words[change].risky : words[change].plain,
		table);
	return 0;
}

static void record_present(struct foreignwatch *watch)
{
	for (size_t i = 0; i < watch->list.count; i++)
		record(watch, "present",
			watch->list.tables[i].risks
				? "there is another table, which could let packets by"
				: "there is another table",
			&watch->list.tables[i]);
}

/* Looking -------------------------------------------------------------------------------------- */

static void arm(struct foreignwatch *watch)
{
	if (clock_monotonic() - watch->looked > CALM)
		watch->delay_ms = DELAY_MS;
	else if (watch->delay_ms < DELAY_MAX_MS)
		watch->delay_ms *= 2;
	watch->armed = loop_set_timer(watch->timer, watch->delay_ms, 0) == 0;
}

/* What was read while all changed is not compared: it may be of no moment. */
static void look(struct foreignwatch *watch)
{
	struct foreign_list list;
	uint32_t generation;
	int r = decode_foreign(watch->socket, &list, &generation);

	watch->looked = clock_monotonic();
	watch->failed = r < 0;
	if (r < 0) {
		foreign_clear(&list);
		arm(watch);
		return;
	}
	(void)foreign_compare(&watch->list, &list, record_change, watch);
	foreign_clear(&watch->list);
	watch->list = list;
	watch->culprit = (struct culprit){ 0 };
	watch->several = false;
}

static void on_timer(struct loop *loop, void *data)
{
	struct foreignwatch *watch = data;

	(void)loop;
	watch->armed = false;
	look(watch);
}

void foreignwatch_changed(struct foreignwatch *watch, const struct culprit *culprit)
{
	bool first = watch->culprit.pid == 0 && !watch->several;

	if (!culprit || (!first && culprit->pid != watch->culprit.pid))
		watch->several = true;
	if (culprit && (first || culprit->found))
		watch->culprit = *culprit;
	if (!watch->armed)
		arm(watch);
}

size_t foreignwatch_count(const struct foreignwatch *watch)
{
	size_t count = watch->list.left_out;

	for (size_t i = 0; i < watch->list.count; i++)
		count += !is_of_ours(&watch->list.tables[i]);
	return count;
}

size_t foreignwatch_risky(const struct foreignwatch *watch, char *text, size_t size)
{
	size_t count = 0, used = 0;
	char risks[256];

	text[0] = '\0';
	for (size_t i = 0; i < watch->list.count; i++) {
		const struct foreign_table *table = &watch->list.tables[i];

		if (table->risks == 0)
			continue;
		foreign_risks_names(table->risks, risks, sizeof(risks));
		if (used < size)
			used += (size_t)snprintf(text + used, size - used, "%s%s %s (%s)",
				count ? "; " : "", foreign_family_name(table->family), table->name,
				risks);
		count++;
	}
	return count;
}

static int set_up(struct foreignwatch *watch)
{
	uint32_t generation;
	int r = nlsock_open(&watch->socket);

	if (r == 0)
		r = loop_add_timer(watch->enforcer->loop, on_timer, watch, &watch->timer);
	if (r == 0)
		r = decode_foreign(watch->socket, &watch->list, &generation);
	if (r == -EAGAIN) { /* later, then */
		foreign_clear(&watch->list);
		arm(watch);
		r = 0;
	}
	return r;
}

int foreignwatch_new(struct enforcer *enforcer, struct foreignwatch **ret_watch)
{
	struct foreignwatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->enforcer = enforcer;
	watch->delay_ms = DELAY_MS;
	int r = set_up(watch);

	if (r < 0) {
		foreignwatch_free(watch);
		return r;
	}
	watch->looked = clock_monotonic();
	record_present(watch);
	*ret_watch = watch;
	return 0;
}

void foreignwatch_free(struct foreignwatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->timer);
	foreign_clear(&watch->list);
	nlsock_close(watch->socket);
	free(watch);
}

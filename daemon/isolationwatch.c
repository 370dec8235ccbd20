/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolationwatch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"
#include "clock.h"
#include "enforcer.h"
#include "guardend.h"
#include "isolate.h"
#include "isolate_frames.h"
#include "isolatefile.h"

#define NEW_FILE ISOLATIONWATCH_FILE ".new"
#define SOON_MS	 20 /* after somebody changed a table: so often at most */

struct isolationwatch {
	struct enforcer *enforcer;
	struct nlsock *socket; /* of its own: no question gets between those of others */
	struct loop_source *timer;
	char *state_directory;
	uint64_t recorded;   /* the last number that is on record */
	struct stat file;    /* the list as it was read last */
	uint32_t generation; /* of the kernel, when it was looked at last */
	uint64_t interfaces; /* those that there were then, 0: not known */
	bool unusable;	     /* the last look failed, which is on record */
	bool soon;	     /* the next look comes before its time */
	struct limiter changes;
	struct isolation isolation;
};

/* The last number on record ---------------------------------------------------------------------
 */

static int open_state(const struct isolationwatch *watch)
{
	return open(watch->state_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Without it all is put on record once more, which is better than not at all. */
static void read_recorded(struct isolationwatch *watch)
{
	char text[32] = "";
	int directory = open_state(watch);
	int fd = directory < 0 ? -1
			       : openat(directory, ISOLATIONWATCH_FILE,
					 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && fileio_read(fd, text, sizeof(text) - 1, 0) > 0)
		watch->recorded = strtoull(text, NULL, 10);
	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
}

static void write_recorded(const struct isolationwatch *watch)
{
	char text[32];
	int directory = open_state(watch);

	if (directory < 0)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 "\n", watch->recorded);
	(void)fileio_replace(directory, ISOLATIONWATCH_FILE, NEW_FILE, 0640, text, strlen(text));
	close(directory);
}

/* Events ----------------------------------------------------------------------------------------
 */

#define PAIRS_MAX 16
struct pairs {
	const char *list[2 * PAIRS_MAX + 1];
	size_t count;
};

/* What has no value is left out. */
static void add(struct pairs *pairs, const char *key, const char *value)
{
	if (value[0] == '\0' || pairs->count >= 2 * PAIRS_MAX)
		return;
	pairs->list[pairs->count++] = key;
	pairs->list[pairs->count++] = value;
}

/* The texts that pairs refer to. */
struct texts {
	char number[24], uid[16], at[TIME_TEXT_MAX], since[TIME_TEXT_MAX], packets[24], bytes[24];
};

static void add_release(
	struct pairs *pairs, const struct isolation_entry *entry, struct texts *texts)
{
	time_format((uint64_t)entry->isolated.time * CLOCK_SECOND, texts->since);
	snprintf(texts->packets, sizeof(texts->packets), "%" PRIu64, entry->packets);
	snprintf(texts->bytes, sizeof(texts->bytes), "%" PRIu64, entry->bytes);
	add(pairs, "since", texts->since);
	add(pairs, "isolation.packets", texts->packets);
	add(pairs, "isolation.bytes", texts->bytes);
}

static void record_step(const struct isolationwatch *watch, const struct isolation_entry *entry,
	const struct isolation_step *step)
{
	bool released = step == &entry->released;
	struct pairs pairs = { 0 };
	struct texts texts;

	snprintf(texts.number, sizeof(texts.number), "%" PRIu64, entry->isolated.number);
	snprintf(texts.uid, sizeof(texts.uid), "%" PRIu32, step->uid);
	time_format((uint64_t)step->time * CLOCK_SECOND, texts.at);
	add(&pairs, "isolation.number", texts.number);
	add(&pairs, "isolation.kind", isolation_kind_name(entry->target.kind));
	add(&pairs, "isolation.target", entry->target.text);
	add(&pairs, "isolation.zone", entry->zone);
	add(&pairs, "isolation.at", texts.at);
	add(&pairs, "uid", texts.uid);
	add(&pairs, "user", step->user);
	add(&pairs, "reason", step->reason);
	if (released)
		add_release(&pairs, entry, &texts);
	if (released)
		reclink_event(watch->enforcer->reclink, "release", true,
			"what was isolated is released: the policy decides again what passes",
			pairs.list);
	else
		reclink_event(watch->enforcer->reclink, "isolate", true,
			"isolated: nothing passes to or from it any more", pairs.list);
}

/* The step with the lowest number past the last one on record. */
static const struct isolation_step *next_step(
	const struct isolationwatch *watch, const struct isolation_entry **ret_entry)
{
	const struct isolation_step *next = NULL;

	for (size_t i = 0; i < watch->isolation.count; i++) {
		const struct isolation_entry *entry = &watch->isolation.entries[i];
		const struct isolation_step *steps[] = { &entry->isolated, &entry->released };

		for (size_t j = 0; j < 2; j++) {
			if (steps[j]->number <= watch->recorded ||
				(next && steps[j]->number > next->number))
				continue;
			next = steps[j];
			*ret_entry = entry;
		}
	}
	return next;
}

static void record_steps(struct isolationwatch *watch)
{
	const struct isolation_entry *entry;
	const struct isolation_step *step;
	uint64_t before = watch->recorded;

	/* Another list than the one whose numbers were on record. */
	if (watch->isolation.last < watch->recorded)
		watch->recorded = 0;
	while ((step = next_step(watch, &entry))) {
		record_step(watch, entry, step);
		watch->recorded = step->number;
	}
	if (watch->recorded == before)
		return;
	write_recorded(watch);
	revoke_look(watch->enforcer->revoke, "isolation");
}

static void record_unusable(
	struct isolationwatch *watch, const char *why, const struct diag_list *diags)
{
	const char *text = diag_list_length(diags) ? diag_list_get(diags, 0)->message : why;

	if (!watch->unusable)
		reclink_event(watch->enforcer->reclink, "isolation-unusable", false,
			"what is isolated cannot be read, or not be put into the kernel",
			(const char *const[]){ "why", text, NULL });
	watch->unusable = true;
}

/* Looking ---------------------------------------------------------------------------------------
 */

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Zeros when there is none. */
static struct stat look_at_file(const struct isolationwatch *watch)
{
	struct stat status = { 0 };
	int directory;

	if (isolatefile_open(lifecycle_config_file(watch->enforcer->lifecycle), false, &directory) <
		0)
		return status;
	if (fstatat(directory, ISOLATEFILE_ENTRIES, &status, AT_SYMLINK_NOFOLLOW) < 0)
		status = (struct stat){ 0 };
	close(directory);
	return status;
}

/* What should be at an interface that was there before, somebody took away. */
static void record_change(
	struct isolationwatch *watch, enum isolate_change change, bool other_interfaces)
{
	char others[24];
	uint64_t left_out;

	if (change == ISOLATE_UNCHANGED ||
		!limiter_pass(&watch->changes, enforcer_uptime(watch->enforcer), &left_out))
		return;
	snprintf(others, sizeof(others), "%" PRIu64, left_out);
	const char *const pairs[] = { "others", others, NULL };

	if (change == ISOLATE_INTERFACES && other_interfaces)
		reclink_event(watch->enforcer->reclink, "isolation-interfaces", true,
			"there are other interfaces than before: by none of them a device in "
			"quarantine is reached",
			pairs);
	else
		reclink_event(watch->enforcer->reclink, "isolation-restored", true,
			"what is isolated was not in the kernel any more: it is there again",
			pairs);
}

/* As isolate_load() has found it, and put it there again where it had to be. */
static void load(struct isolationwatch *watch, uint64_t interfaces, struct diag_list *diags)
{
	enum isolate_change change;
	const char *why;

	isolation_clear(&watch->isolation);
	if (isolate_load(watch->socket, lifecycle_config_file(watch->enforcer->lifecycle), diags,
		    &watch->isolation, &change, &why) != EXIT_OK) {
		record_unusable(watch, why, diags);
		return;
	}
	watch->unusable = false;
	/* One may have come while this was looked at. */
	record_change(watch, change,
		interfaces != watch->interfaces || interfaces != isolate_frames_interfaces());
	record_steps(watch);
	/* Not before the first apply was seen through: then there is a watch. */
	if (watch->enforcer->isolation)
		guardend_try(watch->enforcer);
}

/* Does it matter, and have they become others? */
static bool has_other_interfaces(const struct isolationwatch *watch)
{
	return isolation_devices(&watch->isolation) > 0 &&
	       isolate_frames_interfaces() != watch->interfaces;
}

void isolationwatch_look(struct isolationwatch *watch)
{
	struct stat file = look_at_file(watch);
	struct diag_list *diags;
	uint32_t generation = 0;
	bool changed =
		has_other_interfaces(watch) || !same_file(&file, &watch->file) || watch->unusable;

	/* Nothing isolated: the kernel is nobody's business here. */
	if (!changed && isolation_count(&watch->isolation) == 0)
		return;
	if (nlsock_generation(watch->socket, &generation) < 0)
		generation = 0;
	if ((!changed && generation != 0 && generation == watch->generation) ||
		diag_list_new(&diags) < 0)
		return;
	/* Before the list is put there: an interface that comes now makes for another look. */
	uint64_t interfaces = isolate_frames_interfaces();

	load(watch, interfaces, diags);
	diag_list_free(diags);
	watch->file = file;
	watch->generation = generation;
	watch->interfaces = interfaces;
}

static void on_timer(struct loop *loop, void *data)
{
	struct isolationwatch *watch = data;

	(void)loop;
	watch->soon = false;
	isolationwatch_look(watch);
}

void isolationwatch_heard(struct isolationwatch *watch)
{
	if (watch && !watch->soon && isolation_count(&watch->isolation) > 0)
		watch->soon = loop_set_timer(watch->timer, SOON_MS, ISOLATIONWATCH_MS) == 0;
}

void isolationwatch_links(struct isolationwatch *watch)
{
	if (watch && isolation_devices(&watch->isolation) > 0)
		isolationwatch_look(watch);
}

/* Zones -----------------------------------------------------------------------------------------
 */

static bool has_interface(const struct isolation *isolation, const char *interface)
{
	struct isolation_target target;

	return isolation_target_parse(interface, &target) < 0 ||
	       isolation_find(isolation, &target) != NULL;
}

/* An interface of the zone that is not isolated. */
static bool has_new_interface(const struct isolationwatch *watch, const char *zone)
{
	const struct policy *policy = lifecycle_policy(watch->enforcer->lifecycle);

	for (size_t i = 0; i < policy->segment_count; i++)
		if (strcmp(policy->zones[policy->segments[i].zone].name, zone) == 0 &&
			!has_interface(&watch->isolation, policy->segments[i].interface))
			return true;
	return false;
}

/* The zone once more, for the same reason: what it has already stays as it is. */
static void isolate_again(struct isolationwatch *watch, const struct isolation_entry *entry)
{
	const struct isolation_entry first = *entry;
	const struct isolate_request request = {
		.action = ISOLATE_ZONE_OR_PEER,
		.target = first.zone,
		.reason = first.isolated.reason,
		.uid = first.isolated.uid,
		.user = first.isolated.user,
	};
	struct isolate_result result;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return;
	if (isolate_run(lifecycle_config_file(watch->enforcer->lifecycle), &request, diags,
		    &result) != EXIT_OK)
		record_unusable(watch, "isolation-refused", diags);
	isolate_result_clear(&result);
	diag_list_free(diags);
}

static void put_zones(const struct isolationwatch *watch)
{
	const struct lifecycle *lifecycle = watch->enforcer->lifecycle;
	int directory;

	if (isolatefile_open(lifecycle_config_file(lifecycle), true, &directory) < 0)
		return;
	(void)isolatefile_put_zones(directory, lifecycle_policy(lifecycle));
	close(directory);
}

void isolationwatch_applied(struct isolationwatch *watch)
{
	if (!watch)
		return;
	put_zones(watch);
	for (size_t i = 0; i < watch->isolation.count; i++) {
		const struct isolation_entry *entry = &watch->isolation.entries[i];

		if (entry->zone[0] == '\0' || !isolation_in_force(entry) ||
			!has_new_interface(watch, entry->zone))
			continue;
		isolate_again(watch, entry);
		isolationwatch_look(watch); /* the list is another one now */
	}
}

/* -----------------------------------------------------------------------------------------------
 */

const struct isolation *isolationwatch_list(const struct isolationwatch *watch)
{
	return &watch->isolation;
}

bool isolationwatch_sound(const struct isolationwatch *watch)
{
	return !watch->unusable;
}

size_t isolationwatch_count(const struct isolationwatch *watch)
{
	return isolation_count(&watch->isolation);
}

uint64_t isolationwatch_packets(const struct isolationwatch *watch)
{
	uint64_t packets = 0;

	for (size_t i = 0; i < watch->isolation.count; i++)
		if (isolation_in_force(&watch->isolation.entries[i]))
			packets += watch->isolation.entries[i].packets;
	return packets;
}

int isolationwatch_new(
	struct enforcer *enforcer, const char *state_directory, struct isolationwatch **ret_watch)
{
	struct isolationwatch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->enforcer = enforcer;
	watch->state_directory = strdup(state_directory);
	int r = watch->state_directory ? nlsock_open(&watch->socket) : -ENOMEM;
	int directory;

	/* As long as we may make it; it is no reason not to guard the boundary. */
	if (isolatefile_open(lifecycle_config_file(enforcer->lifecycle), true, &directory) == 0)
		close(directory);

	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_timer, watch, &watch->timer);
	if (r == 0)
		r = loop_set_timer(watch->timer, ISOLATIONWATCH_MS, ISOLATIONWATCH_MS);
	if (r < 0) {
		isolationwatch_free(watch);
		return r;
	}
	read_recorded(watch);
	/* As for a list that was never looked at. */
	watch->file.st_ino = 1;
	isolationwatch_look(watch);
	*ret_watch = watch;
	return 0;
}

void isolationwatch_free(struct isolationwatch *watch)
{
	if (!watch)
		return;
	loop_remove(watch->timer);
	nlsock_close(watch->socket);
	isolation_clear(&watch->isolation);
	free(watch->state_directory);
	free(watch);
}

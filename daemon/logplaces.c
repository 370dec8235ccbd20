/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logplaces.h"

#include <stdlib.h>
#include <string.h>

#include "ctlclient.h"

#define ZONES_SECONDS 2

static bool names(const char *value, const char *place)
{
	return value && strcmp(value, place) == 0;
}

void log_places_note(struct log_places *places, const struct log_record *record)
{
	for (size_t i = 0; i < LOG_PLACES_MAX; i++) {
		struct log_place *place = &places->places[i];

		if (place->name && !place->known)
			place->known = names(record->zone_source, place->name) ||
				       names(record->zone_destination, place->name) ||
				       names(record->segment_source, place->name) ||
				       names(record->segment_destination, place->name);
	}
}

static bool keep_zone(struct log_places *places, const char *zone, const char *segment)
{
	char **zones = reallocarray(places->zones, places->zone_count + 1, sizeof(*zones));
	char *name = NULL;

	if (!zones)
		return false;
	places->zones = zones;
	if (asprintf(&name, "%s%s%s", zone, segment[0] != '\0' ? "." : "", segment) < 0)
		return false;
	places->zones[places->zone_count++] = name;
	return true;
}

static int take_zone(struct message *message, void *data)
{
	struct log_places *places = data;
	char zone[POLICY_NAME_MAX + 1], segment[POLICY_NAME_MAX + 1] = "";

	if (message->type != CTL_ZONE && message->type != CTL_SEGMENT)
		return EXIT_OK;
	message_get_string(message, zone, sizeof(zone));
	if (message->type == CTL_SEGMENT)
		message_get_string(message, segment, sizeof(segment));
	if (message->failed)
		return EXIT_OK;
	return keep_zone(places, zone, segment) ? EXIT_OK : cmd_failed(_("out of memory"));
}

static void look_up(struct log_places *places, struct log_place *place)
{
	place->suggest.word = place->name;
	for (size_t i = 0; i < places->zone_count; i++) {
		if (strcmp(places->zones[i], place->name) == 0)
			place->known = true;
		suggest_consider(&place->suggest, places->zones[i]);
	}
}

void log_places_ask(
	struct log_places *places, const struct cli *cli, const struct log_filter *filter)
{
	struct ctl_request request = {
		.type = CTL_ZONES, .fd = -1, .seconds = ZONES_SECONDS, .quiet = true
	};

	memset(places, 0, sizeof(*places));
	if (!filter->place && !filter->from && !filter->to)
		return;
	places->places[0].name = filter->place;
	places->places[1].name = filter->from;
	places->places[2].name = filter->to;
	places->asked = ctl_call(cli, &request, take_zone, places, NULL) == EXIT_OK &&
			keep_zone(places, "gateway", "") && keep_zone(places, "unknown", "");
	for (size_t i = 0; i < LOG_PLACES_MAX; i++)
		if (places->places[i].name)
			look_up(places, &places->places[i]);
}

void log_places_clear(struct log_places *places)
{
	for (size_t i = 0; i < places->zone_count; i++)
		free(places->zones[i]);
	free(places->zones);
	memset(places, 0, sizeof(*places));
}

static int check(const struct log_places *places, const struct log_place *place,
	const struct cmd_usage *usage)
{
	if (!places->asked) {
		fprintf(stderr, _("hedate: no record mentions \"%s\"\n"), place->name);
		return EXIT_OK;
	}
	if (place->suggest.best)
		return cmd_usage_error(usage,
			_("there is no zone or segment \"%s\"; did you mean \"%s\"?"), place->name,
			place->suggest.best);
	return cmd_usage_error(usage, _("there is no zone or segment \"%s\""), place->name);
}

int log_places_check(const struct log_places *places, const struct cmd_usage *usage)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < LOG_PLACES_MAX && exit_code == EXIT_OK; i++)
		if (places->places[i].name && !places->places[i].known)
			exit_code = check(places, &places->places[i], usage);
	return exit_code;
}

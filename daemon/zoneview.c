/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zoneview.h"

#include <stdlib.h>
#include <string.h>

void zoneview_clear(struct zoneview *view)
{
	for (size_t i = 0; i < view->zone_count; i++) {
		free(view->zones[i].name);
		free(view->zones[i].label);
		free(view->zones[i].kind);
	}
	for (size_t i = 0; i < view->segment_count; i++) {
		free(view->segments[i].zone);
		free(view->segments[i].name);
		free(view->segments[i].interface);
		free(view->segments[i].networks);
	}
	for (size_t i = 0; i < view->pair_count; i++) {
		free(view->pairs[i].from);
		free(view->pairs[i].to);
	}
	for (size_t i = 0; i < view->denied_count; i++) {
		free(view->denied[i].from);
		free(view->denied[i].to);
		free(view->denied[i].reason);
	}
	free(view->denied);
	free(view->zones);
	free(view->segments);
	free(view->pairs);
}

/* Room for one more of size bytes, zeroed, behind count of them. */
static void *append(void *array, size_t *count, size_t size)
{
	char *grown = reallocarray(array, *count + 1, size);

	if (!grown)
		return NULL;
	memset(grown + *count * size, 0, size);
	(*count)++;
	return grown;
}

static bool take_zone(struct zoneview *view, struct message *message)
{
	struct zoneview_zone *zones = append(view->zones, &view->zone_count, sizeof(*zones)), *zone;

	if (!zones)
		return false;
	view->zones = zones;
	zone = &zones[view->zone_count - 1];
	zone->name = ctl_take_string(message);
	zone->label = ctl_take_string(message);
	zone->kind = ctl_take_string(message);
	zone->open = message_get_number(message) != 0;
	zone->limit = message_get_number(message);
	zone->limit_seconds = message_get_number(message);
	zone->limit_burst = message_get_number(message);
	return message->failed || (zone->name && zone->label && zone->kind);
}

static bool take_segment(struct zoneview *view, struct message *message)
{
	struct zoneview_segment *segments, *segment;

	segments = append(view->segments, &view->segment_count, sizeof(*segments));
	if (!segments)
		return false;
	view->segments = segments;
	segment = &segments[view->segment_count - 1];
	segment->zone = ctl_take_string(message);
	segment->name = ctl_take_string(message);
	segment->interface = ctl_take_string(message);
	segment->present = message_get_number(message) != 0;
	segment->up = message_get_number(message) != 0;
	segment->networks = ctl_take_string(message);
	return message->failed ||
	       (segment->zone && segment->name && segment->interface && segment->networks);
}

static bool take_pair(struct zoneview *view, struct message *message)
{
	struct zoneview_pair *pairs = append(view->pairs, &view->pair_count, sizeof(*pairs)), *pair;

	if (!pairs)
		return false;
	view->pairs = pairs;
	pair = &pairs[view->pair_count - 1];
	pair->from = ctl_take_string(message);
	pair->to = ctl_take_string(message);
	pair->paths = message_get_number(message);
	pair->blocked = message_get_number(message);
	pair->only_observed = message_get_number(message) != 0;
	pair->observed = message_get_number(message);
	pair->closed = message_get_number(message);
	return message->failed || (pair->from && pair->to);
}

static bool take_denied(struct zoneview *view, struct message *message)
{
	struct zoneview_denied *all = append(view->denied, &view->denied_count, sizeof(*all)), *one;

	if (!all)
		return false;
	view->denied = all;
	one = &all[view->denied_count - 1];
	one->from = ctl_take_string(message);
	one->to = ctl_take_string(message);
	one->reason = ctl_take_string(message);
	one->packets = message_get_number(message);
	return message->failed || (one->from && one->to && one->reason);
}

int zoneview_take(struct message *message, void *data)
{
	struct zoneview *view = data;
	bool kept = true;

	switch (message->type) {
	case CTL_ZONE:
		kept = take_zone(view, message);
		break;
	case CTL_SEGMENT:
		kept = take_segment(view, message);
		break;
	case CTL_PAIR:
		kept = take_pair(view, message);
		break;
	case CTL_DENIED:
		kept = take_denied(view, message);
		break;
	default: /* a message type of the wire, not an enum of ours */
		message->failed = true;
		break;
	}
	if (!message_complete(message))
		message->failed = true;
	return kept ? EXIT_OK : cmd_failed(_("out of memory"));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a summary, and the whole as JSON. */
#include "change.h"

const char *change_action_name(enum change_action action)
{
	static const char *const names[CHANGE_ACTIONS] = {
		[CHANGE_ADDED] = "added",
		[CHANGE_REMOVED] = "removed",
		[CHANGE_CHANGED] = "changed",
	};

	return names[action];
}

const char *change_what_name(enum change_what what)
{
	static const char *const names[CHANGE_WHATS] = {
		[CHANGE_SETTING] = "setting",
		[CHANGE_ZONE] = "zone",
		[CHANGE_SEGMENT] = "segment",
		[CHANGE_HOST] = "host",
		[CHANGE_NETWORK] = "network",
		[CHANGE_SERVICE] = "service",
		[CHANGE_BREAKOUT] = "breakout",
		[CHANGE_PATH] = "path",
		[CHANGE_OBSERVE] = "observe",
		[CHANGE_ASSERTION] = "assertion",
		[CHANGE_ALERT] = "alert",
		[CHANGE_PACKETS] = "packets",
		[CHANGE_RECORDS] = "records",
	};

	return names[what];
}

const char *change_effect_name(enum change_effect effect)
{
	return effect == CHANGE_OPENS ? "opens" : effect == CHANGE_CLOSES ? "closes" : "weakens";
}

static void write_effects(struct json *json, unsigned int effects)
{
	json_key(json, "effects");
	json_array_begin(json);
	for (unsigned int bit = 0; bit < CHANGE_EFFECTS; bit++)
		if (effects & 1u << bit)
			json_string(json, change_effect_name((enum change_effect)(1u << bit)));
	json_array_end(json);
}

static void write_field(struct json *json, const struct change_field *field)
{
	json_object_begin(json);
	json_key(json, "key");
	json_string(json, field->key);
	json_key(json, "before");
	json_string(json, field->before);
	json_key(json, "after");
	json_string(json, field->after);
	write_effects(json, field->effects);
	json_object_end(json);
}

void change_write_json(struct json *json, const struct change *change)
{
	json_array_begin(json);
	for (size_t i = 0; i < change->count; i++) {
		const struct change_item *item = &change->items[i];

		json_object_begin(json);
		json_key(json, "action");
		json_string(json, change_action_name(item->action));
		json_key(json, "what");
		json_string(json, change_what_name(item->what));
		json_key(json, "name");
		json_string(json, item->name);
		write_effects(json, item->effects);
		json_key(json, "fields");
		json_array_begin(json);
		for (size_t n = 0; n < item->field_count; n++)
			write_field(json, &item->fields[n]);
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
}

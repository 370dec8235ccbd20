/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs, for programs. */
#include "semdiff.h"

static void write_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void write_item(
	struct json *json, const struct policy *policy, const struct semdiff_item *item)
{
	json_object_begin(json);
	write_text(json, "kind", semdiff_kind_name(item->kind));
	write_text(json, "world", item->world == PKT_IPV4 ? "ipv4" : "ipv6");
	write_text(json, "phase", semdiff_phase_name(item->phase));
	write_text(json, "from", semdiff_place(policy, item->from));
	write_text(json, "to", semdiff_place(policy, item->to));
	json_key(json, "regions");
	json_array_begin(json);
	for (size_t i = 0; i < item->regions->count; i++)
		pktregion_write(json, item->world, &item->regions->regions[i],
			semdiff_ends(policy, item->from, item->to));
	json_array_end(json);
	json_key(json, "more");
	json_bool(json, item->regions->more);
	json_object_end(json);
}

static void write_doubts(struct json *json, const char *side, const struct symexec *exec)
{
	const struct sym_doubt *doubts;
	size_t count = exec ? symexec_doubts(exec, &doubts) : 0;

	for (size_t i = 0; i < count; i++) {
		json_object_begin(json);
		write_text(json, "side", side);
		write_text(json, "table", doubts[i].table);
		write_text(json, "chain", doubts[i].chain);
		json_key(json, "handle");
		json_unsigned(json, doubts[i].handle);
		write_text(json, "expression", doubts[i].expression);
		json_object_end(json);
	}
}

static void write_world(struct json *json, const struct semdiff_world *world, const char *name)
{
	json_object_begin(json);
	write_text(json, "world", name);
	json_key(json, "decided");
	json_bool(json, world->error == 0);
	json_key(json, "later_fragments_left_out");
	json_bool(json, world->fragments);
	json_key(json, "doubts");
	json_array_begin(json);
	write_doubts(json, "before", world->before);
	write_doubts(json, "after", world->after);
	json_array_end(json);
	json_object_end(json);
}

void semdiff_write(struct json *json, const struct policy *policy, const struct semdiff *diff)
{
	json_object_begin(json);
	json_key(json, "hedate.diff");
	json_unsigned(json, 1);
	write_text(json, "result", semdiff_result_name(semdiff_result(diff)));
	json_key(json, "items");
	json_array_begin(json);
	for (size_t i = 0; i < diff->count; i++)
		write_item(json, policy, &diff->items[i]);
	json_array_end(json);
	json_key(json, "worlds");
	json_array_begin(json);
	write_world(json, &diff->worlds[PKT_IPV4], "ipv4");
	write_world(json, &diff->worlds[PKT_IPV6], "ipv6");
	json_array_end(json);
	json_object_end(json);
}

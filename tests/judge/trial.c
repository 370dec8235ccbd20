/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Choosing packets at the bounds of what was decided, sending and judging them. */
#include <stdio.h>

#include "trial.h"

#define SHOWN_MAX   5 /* wrong packets that are told about */
#define LOST_TRIES  5
#define TRIES_AGAIN 40 /* times a batch, to find a packet that is not like another one */

/* Choosing packets ------------------------------------------------------------------------------
 */

static hdr_value random_number(void)
{
	return (hdr_value)draw() << 64 | draw();
}

/* At a bound of what rules test, or beside it, or anywhere. */
static hdr_value random_value(const struct trial *trial, unsigned int field)
{
	unsigned int bits = pkt_field_bits(trial->craft.world, field);
	hdr_value most = bits >= 128 ? ~(hdr_value)0 : ((hdr_value)1 << bits) - 1;

	if (draw_below(8) == 0 || !trial->craft.tested[field])
		return random_number() & most;
	hdr_value value = hdrspace_bound(trial->space, field, draw());
	size_t step = draw_below(8);

	return (step == 0 ? value - 1 : step == 1 ? value + 1 : value) & most;
}

static void random_packet(const struct trial *trial, struct hdr_packet *packet)
{
	static const uint8_t protocols[] = { 6, 6, 17, 17, 1, 58, 47, 50 };

	for (unsigned int field = 0; field < PKT_FIELDS; field++)
		packet->values[field] =
			pkt_field_bits(trial->craft.world, field) ? random_value(trial, field) : 0;
	if (draw_below(2))
		packet->values[PKT_L4PROTO] = protocols[draw_below(sizeof(protocols))];
	if (trial->craft.world == PKT_IPV6 && packet->values[PKT_L4PROTO] == 1)
		packet->values[PKT_L4PROTO] = 58;
	if (draw_below(8))
		packet->values[PKT_FRAG_OFF] = trial->craft.world == PKT_IPV4 ? 0x4000 : 0;
	if (draw_below(8))
		packet->values[PKT_TRUNCATED] = 0;
	if (draw_below(8))
		packet->values[PKT_NEXTHDR] = packet->values[PKT_L4PROTO];
}

static void choose_packet(const struct trial *trial, struct hdr_packet *packet)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	size_t kind = draw_below(8);
	bdd_node set = trial->here;

	random_packet(trial, packet);
	if (kind < 5)
		set = bdd_and(bdd, set, trial->must);
	else if (kind < 6)
		set = bdd_and(bdd, set, bdd_diff(bdd, trial->may, trial->must));
	else if (kind < 7)
		set = bdd_diff(bdd, set, trial->may);
	/* What is empty changes nothing: then it is anything that can be sent. */
	if (!hdrspace_pick(trial->space, set, packet))
		hdrspace_pick(trial->space, trial->here, packet);
	/* Across the edge, perhaps. */
	for (size_t i = draw_below(3); kind >= 3 && kind < 5 && i > 0; i--) {
		unsigned int field = (unsigned int)draw_below(PKT_FIELDS);

		if (trial->craft.tested[field])
			packet->values[field] = random_value(trial, field);
	}
	craft_settle(&trial->craft, packet);
}

/* Trial -----------------------------------------------------------------------------------------
 */

static void wrong(struct trial *trial, const struct shot *shot, const char *what)
{
	if (++trial->figures.wrong > SHOWN_MAX)
		return;
	printf("  WRONG: %s:", what);
	print_packet(&trial->craft, &shot->packet);
}

static void heard(size_t link, const uint8_t *bytes, size_t length, void *data)
{
	struct trial *trial = data;
	uint64_t key = 0;
	uint32_t id;
	bool has_id = frame_id(bytes, length, &id);

	if (!has_id)
		key = frame_key(bytes, length);
	for (size_t i = 0; i < trial->count; i++) {
		struct shot *shot = &trial->shots[i];

		/* An error that quotes it is longer. */
		if (shot->length != length || shot->has_id != has_id ||
			(has_id ? shot->id != id : shot->key != key))
			continue;
		if (link == trial->craft.out)
			shot->passed = true;
		else
			shot->elsewhere = true;
	}
}

/* Send some, and hear what became of them. */
static void exchange(struct trial *trial, const struct frame *frames, size_t count)
{
	bool input = trial->craft.way == SYM_INPUT;

	wires_send(trial->craft.wires, frames, count, input ? NULL : heard, trial);
	if (input)
		host_hear(trial->craft.out, heard, trial);
}

static bool is_alone(const struct trial *trial, const struct shot *shot)
{
	for (size_t i = 0; i < trial->count; i++)
		if ((!shot->has_id && trial->shots[i].key == shot->key) ||
			(trial->craft.tracked && trial->shots[i].flow == shot->flow))
			return false;
	return true;
}

/* Add one more; false: there is no such packet, or it is like another one of its batch. */
static bool add_shot(struct trial *trial, const struct hdr_packet *packet)
{
	struct shot *shot = &trial->shots[trial->count];
	struct frame *frame = &trial->frames[trial->count];
	struct conn conn;

	*shot = (struct shot){ .packet = *packet, .id = trial->next_id++ };
	if (!hdrspace_holds(trial->space, trial->valid, &shot->packet))
		return false;
	craft_frame(&trial->craft, &shot->packet, shot->id, frame);
	shot->length = frame->length;
	shot->has_id = frame_id(frame->bytes, frame->length, &shot->id);
	shot->key = frame_key(frame->bytes, frame->length);
	shot->flow = craft_flow(&trial->craft, &shot->packet, shot->id);
	if (!is_alone(trial, shot))
		return false;
	shot->may = hdrspace_holds(trial->space, trial->may, &shot->packet);
	shot->must = hdrspace_holds(trial->space, trial->must, &shot->packet);
	trial->craft.inner = random_value(trial, PKT_DADDR);
	if (craft_conn(&trial->craft, &shot->packet, shot->id, &conn) && !conn_add(&conn))
		return false;
	trial->count++;
	return true;
}

static void count_shot(struct trial *trial, const struct shot *shot)
{
	struct figures *figures = &trial->figures;

	figures->sent++;
	if (shot->must)
		figures->must++;
	else if (shot->may)
		figures->perhaps++;
	else
		figures->never++;
	figures->passed += shot->passed;
	if (shot->must && !shot->may)
		wrong(trial, shot, "must pass, and may not");
	if (shot->must && !shot->passed)
		wrong(trial, shot, "must pass, and did not");
	if (!shot->may && shot->passed)
		wrong(trial, shot, "may not pass, and did");
	if (shot->elsewhere && !shot->passed)
		wrong(trial, shot, "came out elsewhere");
}

/* Other tests may fill the processor's queue: what did not come out is asked again, alone. */
static void send_lost_again(struct trial *trial)
{
	struct conn conn;

	for (size_t i = 0; i < trial->count; i++) {
		struct shot *shot = &trial->shots[i];

		for (size_t k = 0; k < LOST_TRIES && shot->must && !shot->passed; k++) {
			if (trial->craft.tracked)
				conn_flush();
			if (craft_conn(&trial->craft, &shot->packet, shot->id, &conn))
				conn_add(&conn);
			exchange(trial, &trial->frames[i], 1);
		}
	}
}

void trial_fire(struct trial *trial, size_t count)
{
	struct hdr_packet packet;
	size_t tries = 0;

	trial->count = 0;
	if (trial->craft.tracked)
		conn_flush();
	while (trial->count < count && tries < count + TRIES_AGAIN) {
		choose_packet(trial, &packet);
		tries += !add_shot(trial, &packet);
	}
	exchange(trial, trial->frames, trial->count);
	send_lost_again(trial);
	for (size_t i = 0; i < trial->count; i++)
		count_shot(trial, &trial->shots[i]);
}

const struct shot *trial_fire_one(struct trial *trial, const struct hdr_packet *packet)
{
	trial->count = 0;
	if (trial->craft.tracked)
		conn_flush();
	if (!add_shot(trial, packet))
		return NULL;
	exchange(trial, trial->frames, trial->count);
	send_lost_again(trial);
	count_shot(trial, &trial->shots[0]);
	return &trial->shots[0];
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What choosing and making packets share. */
#ifndef JUDGE_CRAFT_H
#define JUDGE_CRAFT_H

#include "judge.h"

#define ETHER_SIZE   14
#define TRAILER_SIZE 8 /* a word of ours and an id, in the last bytes of a packet */

/* ct state, as bits; bit 0 is invalid. */
enum { INVALID = 1, ESTABLISHED = 2, RELATED = 4, NEW = 8, UNTRACKED = 64 };

/* How its protocol tells what a packet is to a connection. */
enum manner {
	MANNER_TCP,
	MANNER_UDP,
	MANNER_ASK,	/* ICMP that begins a connection */
	MANNER_ANSWER,	/* ICMP that answers one */
	MANNER_CHATTER, /* neighbours': never tracked */
	MANNER_ERROR,	/* other ICMP */
	MANNER_GENERIC,
};

enum manner craft_manner(const struct craft *craft, const struct hdr_packet *packet);

size_t craft_transport_size(const struct craft *craft, const struct hdr_packet *packet);
size_t craft_link(const struct craft *craft, const struct hdr_packet *packet);
/* Another address, where none can be sent from or to. */
void craft_settle_address(enum pkt_world world, hdr_value *value);

#endif

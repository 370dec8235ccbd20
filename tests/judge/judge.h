/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel as judge of what is said about sets of packets: a router in a network namespace, wires
 * to all of its interfaces in another one, packets out of one wire, and what came out of the
 * others. Whatever goes wrong in the laboratory itself ends the program with a message and
 * status 2.
 */
#ifndef HEDATE_JUDGE_H
#define HEDATE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../lib/symexec.h"

#define LINKS_MAX 48
#define FRAME_MAX 1600
#define BATCH	  192 /* less than the kernel keeps in a queue between two interfaces */

/* Numbers as fields have them, and as memory does. */
void put_number(uint8_t *bytes, size_t length, hdr_value value);
hdr_value get_number(const uint8_t *bytes, size_t length);
hdr_value host_number(uint32_t number, size_t length);

_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* A command of the shell, in the router's namespace. */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
uint64_t draw(void); /* a random number; draw_seed() says where they begin */
void draw_seed(uint64_t seed);
size_t draw_below(size_t count);

/* wire.c: the two namespaces ------------------------------------------------------------------- */

struct wires {
	size_t count;
	char names[LINKS_MAX][16];
	int indexes[LINKS_MAX]; /* of the other ends */
	uint8_t macs[LINKS_MAX][6];
	int frames;  /* sends and receives at the other ends */
	int barrier; /* hears what came to the router by its first interface */
};

struct frame {
	size_t link; /* or WIRES_ROUTER: it sends this one itself, with a mark */
	uint32_t mark;
	size_t length;
	uint8_t bytes[FRAME_MAX];
};

#define WIRES_ROUTER SIZE_MAX

/* names: by spaces. This process is in the router's namespace from then on. */
void wires_open(struct wires *wires, const char *names);
/* From now on, all that is forwarded leaves by this interface. */
void wires_route(const struct wires *wires, size_t link);
/* Send them, wait until the router is done with all of them, and hear what came out. */
typedef void (*wires_heard)(size_t link, const uint8_t *bytes, size_t length, void *data);
void wires_send(const struct wires *wires, const struct frame *frames, size_t count,
	wires_heard heard, void *data);

/* host.c: the router itself ---------------------------------------------------------------------
 */

/* All that is not sent on comes to it, and is heard there, until host_ignore(). */
void host_listen(void);
void host_ignore(void);
/* What came to it, as if by this link. */
void host_hear(size_t link, wires_heard heard, void *data);
void host_send(const struct frame *frame);

/* conn.c: the router's table of connections -----------------------------------------------------
 */

struct conn {
	enum pkt_world world;
	uint8_t protocol;
	uint8_t source[16], destination[16]; /* of its first packet */
	uint16_t sport, dport;		     /* ICMP: id, and type and code */
	bool replied, expected;
	bool translated; /* its source is, to this address */
	uint8_t translation[16];
	uint32_t mark;
};

void conn_open(void);
void conn_flush(void);
/* False: one like it is there already. */
bool conn_add(const struct conn *conn);

/* craft.c: packets ------------------------------------------------------------------------------
 */

/* What packets may be like here. */
struct craft {
	enum pkt_world world;
	enum sym_way way;
	const struct wires *wires;
	size_t out;		 /* all leave by this one */
	bool tested[PKT_FIELDS]; /* the rules look at it */
	bool tracked;		 /* the kernel keeps connections */
	bool marks;		 /* our table gives marks, and takes out of tracking */
	bool translates;	 /* the kernel translates addresses of connections */
	hdr_value inner;	 /* where answers go to a translated address, what is behind it */
};

/* The table for craft.marks. */
void craft_marks(const struct wires *wires);
/* Ranges of a field outside which no packet is sent. NULL at the end of the fields. */
struct craft_limit {
	struct hdr_slice slice;
	struct hdr_range ranges[LINKS_MAX];
	size_t count;
};
size_t craft_limits(const struct craft *craft, struct craft_limit *limits, size_t room);

/* Change a packet so that it can be sent, and is what it says. */
void craft_settle(const struct craft *craft, struct hdr_packet *packet);
/* Make it. What id is told by frame_id() where the packet has room for one. */
void craft_frame(const struct craft *craft, const struct hdr_packet *packet, uint32_t id,
	struct frame *frame);
/* The id in an IP packet; false: there is none. */
bool frame_id(const uint8_t *bytes, size_t length, uint32_t *ret_id);
/* What a packet without one is known by. */
uint64_t frame_key(const uint8_t *bytes, size_t length);
/* The connection that must be there before it is sent; false: none. */
bool craft_conn(
	const struct craft *craft, const struct hdr_packet *packet, uint32_t id, struct conn *conn);
/* A number that is the same for all packets of a connection. */
uint64_t craft_flow(const struct craft *craft, const struct hdr_packet *packet, uint32_t id);

/* For people. */
void print_packet(const struct craft *craft, const struct hdr_packet *packet);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the log: what the recorder knows → one line of JSON with ECS names. Keys always stand
 * in the same order; one whose value is not known is left out.
 *
 *	blocked flow	@timestamp event.sequence event.kind("event") event.category("network")
 *			event.type("denied") event.action("flow-blocked") event.outcome("success")
 *			event.reason event.start event.end hedate.boottime observer.name
 *			rule.ruleset hedate.profile hedate.model
 *			hedate.zone.source hedate.zone.destination hedate.segment.source
 *			hedate.segment.destination observer.ingress.interface.name
 *			observer.egress.interface.name source.mac source.ip source.port
 *			destination.ip destination.port network.type network.transport
 *			network.iana_number hedate.tcp.flags hedate.icmp.type hedate.icmp.code
 *			network.packets network.bytes hedate.length hedate.packet(base64)
 *			hedate.detail
 *			hedate.collapsed(true, when its packets may have had several ports and those
 *			of the first stand here) hedate.epoch hedate.table
 *	observed flow	the same, but event.type("allowed") event.action("flow-observed")
 *			event.reason("observed"): no path permits it, and it passed
 *	event		@timestamp event.sequence event.kind("event") event.category event.action
 *			event.outcome observer.name rule.ruleset hedate.profile hedate.model
 *			message, then "hedate.<key>" in the order they came
 *	scan		an event with event.kind("alert") event.category("intrusion_detection"),
 *			event.action "scan", "scan-end", "scan-overflow" (scanwatch.h)
 *	ledger		@timestamp event.sequence event.kind("metric") event.action("ledger")
 *			observer.name hedate.epoch hedate.table hedate.epoch_start hedate.epoch_end
 *			hedate.ledger.packets hedate.ledger.recorded hedate.ledger.lost
 *			hedate.total.kernel hedate.total.recorded hedate.total.lost
 *
 * In every ledger recorded + lost == packets.
 */
#ifndef HEDATE_RECORD_H
#define HEDATE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"
#include "flowkey.h"
#include "json.h"

#define RECORD_OBSERVED	  "observed" /* the reason (compile.h) of what was not blocked */
#define RECORD_PACKET_MAX 1500
#define RECORD_TIME_MAX	  32 /* "2026-11-20T08:00:00.123456789Z" and NUL */

/* How much is known of a flow. */
enum record_detail {
	RECORD_FULL,	  /* its first packet was seen, its packets were counted by the kernel */
	RECORD_COUNTED,	  /* the packet's detail was lost, the kernel's count was not */
	RECORD_OVERFLOW,  /* the flow set could not take it: its packets were logged one by one */
	RECORD_RECOVERED, /* its first packet was seen; what the kernel had counted is gone */
};

/* Who writes, and by what policy. */
struct record_origin {
	const char *site;  /* "": not known yet */
	const char *table; /* table id, "": not known yet */
	/* Of the policy whose revision the line carries; NULL or "": none, or not known. */
	const char *profile, *model;
};

/* Strings are borrowed; NULL or "" means not known. Times are realtime nanoseconds. */
struct record_flow {
	struct flow_key key;
	const char *reason, *revision;
	const char *from, *to;		       /* places: a zone, a segment, "gateway", "unknown" */
	const char *segment_from, *segment_to; /* where from and to are zones; known by interface */
	const char *interface_in, *interface_out;
	int64_t start, end;
	int64_t boottime; /* ns of start, negative: not known */
	uint64_t packets, bytes;
	uint64_t epoch;	       /* 0: not known */
	uint32_t length;       /* of the first packet, 0: not known */
	const uint8_t *packet; /* its first bytes, up to RECORD_PACKET_MAX; NULL: not kept */
	size_t packet_length;
	enum record_detail detail;
	bool has_mac, has_ports, has_tcp_flags, has_icmp;
	uint8_t mac[MAC_LENGTH];
	uint8_t tcp_flags, icmp_type, icmp_code;
	uint16_t sport, dport;
};

struct record_extra {
	const char *key; /* written as "hedate.<key>"; "source.…" and "observer.…" as they are */
	const char *text; /* NULL: a number */
	uint64_t number;
};

struct record_event {
	int64_t time;
	const char *action;   /* "start", "apply", "recorder-gap", ... */
	const char *outcome;  /* "success", "failure", "unknown" */
	const char *revision; /* or "" */
	const char *message;
	const struct record_extra *extras;
	size_t extra_count;
};

struct record_ledger {
	uint64_t epoch;
	int64_t start, end;
	uint64_t packets, recorded, lost;		   /* of the epoch */
	uint64_t total_kernel, total_recorded, total_lost; /* of the table */
};

/* Each appends one line with its newline. Failures stay in json->failed. */
void record_flow_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	const struct record_flow *flow);
void record_event_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	const struct record_event *event);
void record_ledger_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	int64_t time, const struct record_ledger *ledger);

/* "00-00-5E-00-53-05". */
void record_mac_format(const uint8_t mac[MAC_LENGTH], char text[MAC_TEXT_MAX]);
/* "tcp"; NULL for a protocol that has no name here. */
const char *record_transport_name(uint8_t protocol);

/* RFC 3339, UTC, nanoseconds. Times before 1970 are written as 1970. */
void record_time_format(int64_t time, char text[RECORD_TIME_MAX]);
/* The same as a member of an object. */
void record_time_put(struct json *json, const char *key, int64_t time);

#endif

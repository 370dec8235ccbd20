/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One line of the log → its fields, and whether a person asked for it. The lines' keys are
 * described in hedate-log(5).
 */
#ifndef HEDATE_LOGRECORD_H
#define HEDATE_LOGRECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addrset.h"

/* The fields that are looked at; X(member, key) in the order in which they stand in a line. */
#define LOG_FIELDS(X)                                                                              \
	X(timestamp, "@timestamp")                                                                 \
	X(sequence, "event.sequence")                                                              \
	X(kind, "event.kind")                                                                      \
	X(category, "event.category")                                                              \
	X(action, "event.action")                                                                  \
	X(outcome, "event.outcome")                                                                \
	X(reason, "event.reason")                                                                  \
	X(end, "event.end")                                                                        \
	X(observer, "observer.name")                                                               \
	X(revision, "rule.ruleset")                                                                \
	X(profile, "hedate.profile")                                                               \
	X(model, "hedate.model")                                                                   \
	X(zone_source, "hedate.zone.source")                                                       \
	X(zone_destination, "hedate.zone.destination")                                             \
	X(segment_source, "hedate.segment.source")                                                 \
	X(segment_destination, "hedate.segment.destination")                                       \
	X(ingress, "observer.ingress.interface.name")                                              \
	X(egress, "observer.egress.interface.name")                                                \
	X(source_mac, "source.mac")                                                                \
	X(source_ip, "source.ip")                                                                  \
	X(source_port, "source.port")                                                              \
	X(destination_ip, "destination.ip")                                                        \
	X(destination_port, "destination.port")                                                    \
	X(transport, "network.transport")                                                          \
	X(protocol_number, "network.iana_number")                                                  \
	X(tcp_flags, "hedate.tcp.flags")                                                           \
	X(icmp_type, "hedate.icmp.type")                                                           \
	X(icmp_code, "hedate.icmp.code")                                                           \
	X(packets, "network.packets")                                                              \
	X(bytes, "network.bytes")                                                                  \
	X(length, "hedate.length")                                                                 \
	X(packet, "hedate.packet")                                                                 \
	X(detail, "hedate.detail")                                                                 \
	X(epoch, "hedate.epoch")                                                                   \
	X(epoch_packets, "hedate.ledger.packets")                                                  \
	X(epoch_recorded, "hedate.ledger.recorded")                                                \
	X(epoch_lost, "hedate.ledger.lost")                                                        \
	X(counted_packets, "hedate.counted.packets")                                               \
	X(lost_packets, "hedate.lost.packets")                                                     \
	X(path, "hedate.path")                                                                     \
	X(message, "message")

/* Texts lie in the line that was parsed; NULL: the line does not have it. */
struct log_record {
#define X(member, key) const char *member;
	LOG_FIELDS(X)
#undef X
	int64_t time; /* @timestamp, nanoseconds */
};

/* Parse a line, changed in place. 0; -EINVAL when it is not one flat JSON object or has no valid
 * @timestamp. */
int log_record_parse(char *line, size_t length, struct log_record *ret_record);

/* The time alone, without changing the line: cheap, for skipping. 0, or -EINVAL when the line does
 * not begin with it. */
int log_record_time(const char *line, size_t length, int64_t *ret_time);

/* Is this line, which may be none, the last one of its group (logwrite.h)? The lines of an epoch
 * before its "ledger" are not. */
bool log_line_ends_group(const char *line, size_t length);

/* What a record is, by its event.action. */
enum log_class {
	LOG_CLASS_FLOW,	  /* "flow-blocked", "flow-observed" */
	LOG_CLASS_LOSS,	  /* "records-lost", "detail-lost" */
	LOG_CLASS_LEDGER, /* "ledger", one an epoch */
	LOG_CLASS_EVENT,  /* all others */
};
enum log_class log_record_class(const struct log_record *record);
/* The packets that it stands for: of a flow, or of what was lost. 0: of an event. */
uint64_t log_record_packets(const struct log_record *record);

/* "--address": inside this range, when set. */
struct log_address {
	bool set;
	enum addr_family family;
	struct addr_range range;
};
/* An address or a prefix (host bits are dropped). 0, or -EINVAL. */
int log_address_parse(const char *text, struct log_address *ret_address);

/* "--path": between the addresses that a path leads from and to, in either direction; and records
 * that name it. The gateway as an end has no addresses: its place is known. */
struct log_path {
	const char *name;
	struct log_path_end {
		bool gateway;
		struct addrset addresses[ADDR_FAMILIES]; /* owned */
	} ends[2];					 /* from, to */
};
void log_path_init(struct log_path *path, const char *name);
void log_path_clear(struct log_path *path);

/* What is asked for; an all-zero filter but for until takes every blocked or observed flow and
 * every loss. NULL, 0 and unset members take everything. Places are zones or "<zone>.<segment>". */
struct log_filter {
	int64_t since; /* from then on */
	int64_t until; /* before then */
	const char *place;
	const char *from, *to;
	struct log_address either, source, destination;
	bool port_set;
	uint16_t port; /* of either end */
	const char *reason;
	const char *protocol;  /* name or number */
	const char *interface; /* of either side */
	const char *mac;       /* "00-00-5E-00-53-05", in either case, also with ':' */
	const char *revision;  /* its first digits */
	const char *action;
	const struct log_path *path;
	bool events;	  /* also what is neither flow nor loss nor ledger */
	bool only_events; /* and nothing else; without action */
};

/*
 * Is it asked for? A record that lacks a field that is asked for does not match, but one: a loss
 * is shown whatever flows are asked for, as what was lost may have been among them.
 */
bool log_filter_match(const struct log_filter *filter, const struct log_record *record);

/* Two parts of it, for who knows of a record only its kind: is the action asked for? Is all of it
 * but the time, the addresses, the ports and the MAC? (Of a loss, none of these matters.) */
bool log_filter_match_action(const struct log_filter *filter, const struct log_record *record);
bool log_filter_match_kind(const struct log_filter *filter, const struct log_record *record);

#endif

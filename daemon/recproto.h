/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Enforcer ↔ recorder. hedated listens on RECORDER_SOCKET, hedate-logd connects, and again when
 * the connection ends. hedated accepts it from root, its own uid and the recorder's user only, one
 * at a time (a newer one replaces an older).
 *
 * The NFLOG socket is made by hedated, which has CAP_NET_ADMIN, and passed on; both keep a
 * descriptor of it, so that packets go on being queued while either of them is dead.
 *
 *	recorder → enforcer
 *	HELLO	table id (string, "" if none) · last epoch written for it · packets recorded in it
 *		· packets lost in it · [fd: the NFLOG socket, if it has one]
 *	ANSWERED	number of the REQUEST · errno, 0: it was done · number (of the hold, or of
 *		the record up to which it is)
 *	KEEPING	any number of (key, value) strings: how the log is kept (recorder.c says which);
 *		each replaces all before
 *	NEEDED	epoch · 1: its COUNTS are needed; 0: they are not (answer to CLOSED)
 *	DONE	epoch · packets recorded · packets lost: the epoch is on disk (answer to EPOCH_END;
 *		also when it had been written before: nothing is written twice)
 *	EVENTS_DONE  serial of the last event that is on disk, with all before it
 *	LOG_STATE  0: the log can be written; else the errno of why it cannot: after WELCOME, and
 *		whenever it changes
 *
 *	enforcer → recorder
 *	WELCOME	site · table id · NFLOG group · realtime ns before which nothing was counted in the
 *		table, 0 when not known · instance of hedated
 *		(random) · [fd: the NFLOG socket; none when HELLO brought it]
 *	POLICY	revision · site label · profile · model ("" for none): the topology and codes that
 *		follow belong to it
 *	PLACE	interface name · segment full name · zone name
 *	CODE	code · reason · from · to
 *	POLICY_END
 *	LOGGING	island (0, 1) · compress (0, 1) · retention in days · log size in bytes · segment
 *		size in bytes · targets and seconds of a scan · payload bytes: struct policy_log;
 *		before POLICY
 *	REQUEST	its number · kind (enum rec_request_kind) · uid · user's name · number · realtime ns
 *		(of a hold) · text: struct rec_request
 *	EVENT	serial, from 1 for each instance · action ("apply", "start", ...) ·
 *		outcome ("success" | "failure" | "unknown") · realtime ns · message ·
 *		then any number of (key, value) strings
 *	CLOSED	epoch · generation · packets that its flow sets counted · their bytes
 *	EPOCH	epoch · generation · start ns · end ns (realtime; packets of it were counted
 *		between them) · revision · 1: COUNTS follow; 0: they are not needed
 *	COUNTS	bytes: array of struct rec_count
 *	OVERFLOW bytes: array of struct rec_overflow; after all COUNTS, at most once
 *	EPOCH_END  epoch · packets of counter blocked-<g> · bytes · packets of overflow-<g> ·
 *		kernel total (sum of all deny counters at the switch)
 *
 * An epoch: the enforcer switches the generation, waits EPOCH_SETTLE_MS for packets in flight and
 * for NFLOG's own timer, and sends CLOSED. NFLOG tells of each flow once. Where it told of as many
 * flows as packets were counted, each flow had one packet, and nothing need be read of the sets:
 * the recorder knows all. Otherwise they are read. Then it sends EPOCH, COUNTS..., OVERFLOW,
 * EPOCH_END, and empties the generation in the kernel when DONE has come. Until then the kernel
 * keeps everything: a crash of either side repeats the epoch under the same number.
 */
#ifndef HEDATE_RECPROTO_H
#define HEDATE_RECPROTO_H

#include <stdint.h>

#include "../lib/flowkey.h"

#define EPOCH_SETTLE_MS 250

enum rec_message {
	REC_HELLO = 1,
	REC_DONE,
	REC_WELCOME,
	REC_POLICY,
	REC_PLACE,
	REC_CODE,
	REC_POLICY_END,
	REC_EVENT,
	REC_EPOCH,
	REC_COUNTS,
	REC_EPOCH_END,
	REC_LOGGING,
	REC_OVERFLOW,
	REC_LOG_STATE,
	REC_EVENTS_DONE,
	REC_REQUEST,
	REC_ANSWERED,
	REC_KEEPING,
	REC_CLOSED,
	REC_NEEDED,
};

struct rec_count {
	struct flow_key key;
	uint64_t packets;
	uint64_t bytes;
};

#define REC_COUNTS_MAX 800 /* elements of one COUNTS message */

/* Packets that no flow set could take, of one denial. No padding. */
struct rec_overflow {
	uint32_t code;
	uint32_t zero;
	uint64_t packets;
	uint64_t bytes;
};

#define REC_OVERFLOW_MAX 2400 /* of one message: denials past them are only in the sum */

/* What a person asks of the recorder, by way of hedated, which knows who asks. */
enum rec_request_kind {
	REC_HOLD,     /* place a legal hold on what is since then */
	REC_RELEASE,  /* of the hold with this number */
	REC_EXPORTED, /* up to record number, to text */
	REC_REVIEWED, /* up to record number; 0: all that there is */
	/* text: the public key in base64, or the digest in hex, then a space, then who asked for it
	 * and what for. The answer's number: of the last record before. */
	REC_EVIDENCE_BEGUN,
	REC_EVIDENCE,
	/* text: the alert's name, a space, how its command ended; number: alerts that were only
	 * counted since the run before */
	REC_ALERT_RUN,
	/* number: of the inspection; text: the digest of its bytes in hex, a space, what was found,
	 * is to be improved, or is said in signing it. The answer's number: of the last record
	 * before. */
	REC_INSPECT,
	REC_INSPECT_NOTE,
	REC_INSPECT_SIGNED,
	REC_REQUEST_COUNT,
};

struct rec_request {
	enum rec_request_kind kind;
	uint64_t uid, number;
	int64_t since;
	const char *by, *text;
};

#endif

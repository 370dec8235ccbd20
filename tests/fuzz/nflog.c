/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any datagram on the NFLOG socket, and what is made of its packets until they are in a record. */
#include <stdlib.h>

/* Fuzzers are linked with the library only. */
#include "../../daemon/clock.c"
#include "../../daemon/details.c"
#include "../../daemon/ifnames.c"
#include "../../daemon/names.c"
#include "../../daemon/nflog.c"
#include "../../daemon/packets.c"
#include "../../daemon/pending.c"
#include "../../daemon/topology.c"

#include "../../lib/json.h"
#include "../../lib/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct ifnames *interfaces;
static struct pending_budget limit = { .limit = 100 };

static void take(const struct nflog_packet *packet, void *data)
{
	details_packet(data, interfaces, packet);
}

/* A line is one line, whatever was in the packet. */
static void write_records(struct details *details, const struct pending *pending)
{
	const struct record_origin origin = { .site = "fuzz", .table = "t" };
	const struct topology nothing = { 0 };
	for (size_t i = 0; i < pending->count; i++) {
		struct record_flow flow = { .key = pending->entries[i].key };
		struct json json;
		json_init(&json);
		details_describe_code(&nothing, flow.key.code, &flow);
		details_describe_key(&flow);
		details_describe(details, &nothing, &pending->entries[i], &flow);
		record_flow_write(&json, &origin, 1, &flow);
		if (!json.failed && memchr(json.text, '\n', json.length - 1))
			abort();
		json_clear(&json);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const uint8_t key[PENDING_HASH_KEY];
	static struct nflog *nflog;
	static struct details details;
	if (!nflog) {
		details_init(&details, &limit, key);
		if (ifnames_new(&interfaces) < 0 || nflog_new(-1, take, &details, &nflog) < 0)
			abort();
	}
	if (length > BUFFER_BYTES)
		return 0;
	memcpy(nflog->buffer.bytes, bytes, length);
	take_messages(nflog, length);
	write_records(&details, &details.flows);
	write_records(&details, &details.overflow);
	details_clear(&details);
	return 0;
}

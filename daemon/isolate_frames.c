/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "isolate_frames.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/drift.h"
#include "../lib/errtext.h"
#include "../lib/i18n.h"
#include "../lib/nftxact.h"
#include "../lib/nlroute.h"
#include "../lib/nlrouteask.h"

#define TRIES_MAX    16
#define DIGEST_START UINT64_C(14695981039346656037) /* FNV-1a */
#define DIGEST_PRIME UINT64_C(1099511628211)

/* The interfaces ---------------------------------------------------------------------------------
 */

struct interfaces {
	char **names;
	size_t count;
	uint64_t digest; /* of their numbers and names */
};

static void clear(struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++)
		free(interfaces->names[i]);
	free(interfaces->names);
}

static void add_to_digest(uint64_t *digest, const void *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		*digest = (*digest ^ ((const uint8_t *)bytes)[i]) * DIGEST_PRIME;
}

/* Those whose frames have Ethernet's addresses. */
static int take_link(const struct nlmsghdr *message, void *data)
{
	struct interfaces *interfaces = data;
	struct nlroute_link link;

	if (nlroute_link(message, &link) < 0 || link.gone || link.type != ARPHRD_ETHER)
		return 0;
	char **names = reallocarray(
		interfaces->names, interfaces->count + 1, sizeof(interfaces->names[0]));

	if (!names)
		return -ENOMEM;
	interfaces->names = names;
	names[interfaces->count] = strdup(link.name);
	if (!names[interfaces->count])
		return -ENOMEM;
	interfaces->count++;
	add_to_digest(&interfaces->digest, &link.index, sizeof(link.index));
	add_to_digest(&interfaces->digest, link.name, strlen(link.name) + 1);
	return 0;
}

static int read_interfaces(struct interfaces *ret_interfaces)
{
	struct nlsock *socket;
	unsigned int tries = 0;
	int r = nlsock_open_route(&socket);

	*ret_interfaces = (struct interfaces){ .digest = DIGEST_START };
	if (r < 0)
		return r;
	do {
		clear(ret_interfaces);
		*ret_interfaces = (struct interfaces){ .digest = DIGEST_START };
		r = nlroute_dump(socket, RTM_GETLINK, take_link, ret_interfaces);
	} while ((r == -EINTR || r == -ENOBUFS) && ++tries < TRIES_MAX);
	nlsock_close(socket);
	return r;
}

uint64_t isolate_frames_interfaces(void)
{
	struct interfaces interfaces;
	uint64_t digest = read_interfaces(&interfaces) == 0 ? interfaces.digest : 0;

	clear(&interfaces);
	return digest;
}

/* The table --------------------------------------------------------------------------------------
 */

static int open_socket(struct nlsock **ret_socket)
{
	int r = nlsock_open(ret_socket);

	if (r == 0)
		nlsock_set_family(*ret_socket, NFPROTO_NETDEV);
	return r;
}

static bool is_same(struct ruleset *expected, struct ruleset *actual)
{
	size_t differences = 1;

	ruleset_sort(expected);
	return drift_compare(expected, actual, NULL, NULL, &differences) == 0 && differences == 0;
}

/* Is it what it should be, were there no other interfaces than those that it has chains for? */
static bool is_part(const struct isolation *isolation, struct ruleset *actual)
{
	const char **names = calloc(actual->chain_count + 1, sizeof(*names));
	struct ruleset *expected = NULL;
	size_t count = 0;

	for (size_t i = 0; names && i < actual->chain_count; i++)
		if (actual->chains[i].device)
			names[count++] = actual->chains[i].device;
	bool same = names && isolation_frame_rules(isolation, names, count, &expected) == 0 &&
		    is_same(expected, actual);

	ruleset_free(expected);
	free(names);
	return same;
}

static int compare(const struct isolation *isolation, const struct interfaces *interfaces,
	struct ruleset *actual, enum isolate_frames *ret_have)
{
	struct ruleset *expected;
	int r = isolation_frame_rules(
		isolation, (const char *const *)interfaces->names, interfaces->count, &expected);

	if (r < 0)
		return r;
	*ret_have = is_same(expected, actual)	 ? ISOLATE_FRAMES_ALL
		    : is_part(isolation, actual) ? ISOLATE_FRAMES_PART
						 : ISOLATE_FRAMES_OTHER;
	ruleset_free(expected);
	return 0;
}

int isolate_frames_look(const struct isolation *isolation, enum isolate_frames *ret_have)
{
	struct interfaces interfaces = { 0 };
	struct ruleset *actual = NULL;
	struct nlsock *socket;
	uint32_t generation;
	int r = open_socket(&socket);

	if (r < 0)
		return r;
	r = decode_table(socket, ISOLATION_TABLE, NULL, &actual, &generation);
	nlsock_close(socket);
	if (r == -ENOENT || (r == 0 && isolation_devices(isolation) == 0)) {
		*ret_have = (r < 0) == (isolation_devices(isolation) == 0) ? ISOLATE_FRAMES_ALL
									   : ISOLATE_FRAMES_OTHER;
		ruleset_free(actual);
		return 0;
	}
	if (r == 0)
		r = read_interfaces(&interfaces);
	if (r == 0)
		r = compare(isolation, &interfaces, actual, ret_have);
	clear(&interfaces);
	ruleset_free(actual);
	return r;
}

static int complain(struct diag_list *diags, int error)
{
	diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 }, NULL,
		_("what is sent to a device in quarantine is not kept from it: %s; what it sends "
		  "does not pass"),
		errtext(error));
	return error;
}

/* The rules at all interfaces that there are, in the kernel. An interface that goes away meanwhile
 * makes the kernel refuse all: then once more. */
static int put_rules(const struct isolation *isolation, struct nlsock *socket, bool beside,
	struct diag_list *diags)
{
	struct interfaces interfaces;
	struct ruleset *ruleset = NULL;
	int r = read_interfaces(&interfaces);
	const char *const *names = (const char *const *)interfaces.names;

	if (r == 0)
		r = beside ? isolation_frame_rules_beside(
				     isolation, names, interfaces.count, &ruleset)
			   : isolation_frame_rules(isolation, names, interfaces.count, &ruleset);
	clear(&interfaces);
	if (r < 0)
		return r;
	r = beside ? nftxact_add(socket, ruleset, diags)
		   : nftxact_apply(socket, ruleset, NULL, diags);
	ruleset_free(ruleset);
	return r;
}

#define TRIES 4

static int put(const struct isolation *isolation, bool beside, struct diag_list *diags)
{
	struct diag_list *tried;
	struct nlsock *socket;
	int r = open_socket(&socket);

	if (r < 0)
		return complain(diags, r);
	for (unsigned int i = 0; i < TRIES; i++) {
		r = diag_list_new(&tried);
		if (r < 0)
			break;
		r = put_rules(isolation, socket, beside, tried);
		diag_list_free(tried);
		if (r == 0)
			break;
	}
	nlsock_close(socket);
	return r < 0 ? complain(diags, r) : 0;
}

/* No table: nothing is looked at where packets leave. */
static int take_away(struct diag_list *diags)
{
	struct ruleset *there = NULL;
	struct nlsock *socket;
	uint32_t generation;
	bool foreign;
	int r = open_socket(&socket);

	if (r < 0)
		return complain(diags, r);
	r = decode_names(socket, ISOLATION_TABLE, &there, &generation, &foreign);
	ruleset_free(there);
	r = r == -ENOENT ? 0 : nftxact_delete(socket, ISOLATION_TABLE, diags);
	nlsock_close(socket);
	return r;
}

int isolate_frames_put(const struct isolation *isolation, struct diag_list *diags)
{
	return isolation_devices(isolation) == 0 ? take_away(diags) : put(isolation, false, diags);
}

int isolate_frames_add(const struct isolation *isolation, struct diag_list *diags)
{
	return isolation_devices(isolation) == 0 ? 0 : put(isolation, true, diags);
}

int isolate_frames_forget(const struct isolation_entry *entry, struct diag_list *diags)
{
	char name[ISOLATION_COUNTER_MAX];
	struct nlsock *socket;
	int r = open_socket(&socket);

	if (r < 0)
		return complain(diags, r);
	isolation_counter_name(entry, name);
	r = nftxact_delete_counter(socket, ISOLATION_TABLE, name, diags);
	nlsock_close(socket);
	return r;
}

int isolate_frames_count(decode_counter function, void *data)
{
	struct nlsock *socket;
	int r = open_socket(&socket);

	if (r < 0)
		return r;
	r = decode_counters(socket, ISOLATION_TABLE, function, data);
	nlsock_close(socket);
	return r == -ENOENT ? 0 : r;
}

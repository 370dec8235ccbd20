/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hostbpf.h"
#include "hostproc.h"
#include "nlhost_impl.h"
#include "nlrouteask.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTEMPTS     5

const char *nlhost_name(const struct hostsnap *snap, int index, char text[IFNAMSIZ])
{
	const struct host_link *link = index ? host_find_link(&snap->host, index) : NULL;

	text[0] = '\0';
	if (link)
		return link->link.name;
	if (index)
		snprintf(text, IFNAMSIZ, "#%d", index);
	return text;
}

/* rtnetlink ------------------------------------------------------------------------------------ */

static int read_links(struct nlhost *host)
{
	host_forget_links(&host->snap->host);
	int r = nlroute_dump(host->route, RTM_GETLINK, host_take_link, &host->snap->host);

	return r < 0 ? r
		     : nlroute_dump(
			       host->route, RTM_GETNETCONF, host_take_switches, &host->snap->host);
}

static int read_routes(struct nlhost *host)
{
	host_forget_routes(&host->snap->host);
	return nlroute_dump(host->route, RTM_GETROUTE, host_take_route, &host->snap->host);
}

static int read_rules(struct nlhost *host)
{
	host_forget_rules(&host->snap->host);
	return nlroute_dump(host->route, RTM_GETRULE, host_take_rule, &host->snap->host);
}

static int take_address(const struct nlmsghdr *message, void *data)
{
	struct nlhost *host = data;
	struct nlroute_address address;
	char name[IFNAMSIZ], text[ADDR_TEXT_MAX], value[ADDR_TEXT_MAX + 8];

	if (nlroute_address(message, &address) < 0)
		return 0;
	addr_format(address.local.family, address.local.bytes, text);
	snprintf(value, sizeof(value), "%s/%u", text, address.length);
	return hostsnap_add(host->snap, HOSTSNAP_ADDRESSES,
		nlhost_name(host->snap, address.index, name), "address", value);
}

static int read_addresses(struct nlhost *host)
{
	return nlroute_dump(host->route, RTM_GETADDR, take_address, host);
}

static int take_proxy(const struct nlmsghdr *message, void *data)
{
	struct nlhost *host = data;
	struct nlroute_proxy proxy;
	char name[IFNAMSIZ], text[ADDR_TEXT_MAX];

	if (nlroute_proxy(message, &proxy) < 0)
		return 0;
	addr_format(proxy.address.family, proxy.address.bytes, text);
	return hostsnap_add(host->snap, HOSTSNAP_PROXIES,
		nlhost_name(host->snap, proxy.index, name), "proxy", text);
}

static int read_proxies(struct nlhost *host)
{
	return nlroute_dump_proxies(host->route, take_proxy, host);
}

/* Files and programs --------------------------------------------------------------------------- */

static int read_switches(struct nlhost *host)
{
	return hostproc_switches(host->snap);
}

static int read_ipvs(struct nlhost *host)
{
	return hostproc_ipvs(host->snap);
}

static int read_xtables(struct nlhost *host)
{
	return hostproc_xtables(host->snap);
}

static int read_kernel(struct nlhost *host)
{
	return hostproc_kernel(host->snap);
}

static int read_bpf(struct nlhost *host)
{
	return hostbpf_read(host->snap);
}

/* All ------------------------------------------------------------------------------------------ */

/* Those that name interfaces come after the interfaces. */
static int (*const readers[HOSTSNAP_PARTS])(struct nlhost *host) = {
	[HOSTSNAP_LINKS] = read_links,
	[HOSTSNAP_ELSEWHERE] = nlhost_elsewhere,
	[HOSTSNAP_ADDRESSES] = read_addresses,
	[HOSTSNAP_ROUTES] = read_routes,
	[HOSTSNAP_RULES] = read_rules,
	[HOSTSNAP_SWITCHES] = read_switches,
	[HOSTSNAP_PROXIES] = read_proxies,
	[HOSTSNAP_TRAFFIC] = nlhost_traffic,
	[HOSTSNAP_XFRM] = nlhost_xfrm,
	[HOSTSNAP_IPVS] = read_ipvs,
	[HOSTSNAP_XTABLES] = read_xtables,
	[HOSTSNAP_HOOKS] = nlhost_hooks,
	[HOSTSNAP_BPF] = read_bpf,
	[HOSTSNAP_PACKETS] = nlhost_packets,
	[HOSTSNAP_KERNEL] = read_kernel,
};

/* A dump that was interrupted is begun anew; what cannot be read is kept as such, without the half
 * that was read. */
static int read_part(struct nlhost *host, enum hostsnap_part part)
{
	struct hostsnap_facts *facts = &host->snap->parts[part];
	int r = 0;

	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		hostsnap_forget(host->snap, part);
		r = readers[part](host);
		if (r != -EINTR && r != -ENOBUFS)
			break;
	}
	if (r < 0)
		hostsnap_forget(host->snap, part);
	facts->error = r < 0 ? r : 0;
	return r == -ENOMEM ? r : 0;
}

/* A socket to which the kernel tells what changes; -1: it does not, or not to us. */
static int listen_for_changes(void)
{
	static const unsigned int groups[] = { RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_RULE, RTNLGRP_TC, RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF };
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r = fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));

	for (size_t i = 0; i < COUNT(groups) && r == 0; i++)
		r = setsockopt(
			fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i]));
	if (fd >= 0 && r < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Nothing was told, and nothing was lost. */
static bool is_silent(int fd)
{
	char byte;

	return recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static int read_all(struct nlhost *host)
{
	int changes = listen_for_changes(), r = changes < 0 ? -errno : 0;

	for (unsigned int i = 0; i < HOSTSNAP_PARTS && r == 0; i++)
		r = read_part(host, i);
	if (r == 0 && !is_silent(changes))
		r = -EINTR;
	if (changes >= 0)
		close(changes);
	return r;
}

int nlhost_read(struct nlsock *netfilter, struct nlsock *route, struct hostsnap **ret_snap)
{
	struct nlhost host = { .netfilter = netfilter, .route = route };
	int r = hostsnap_new(&host.snap);

	if (r == 0)
		r = read_all(&host);
	if (r < 0)
		hostsnap_free(host.snap);
	else
		*ret_snap = host.snap;
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostproc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_ROOM    256
#define FILE_MAX     (64 << 20) /* of /proc/kallsyms, a tenth of it */

/* The whole of a file, a NUL behind it; the caller frees it. 0, or negative errno. */
static int read_file(const char *path, char **ret_text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 4096, length = 0;
	char *text = fd < 0 ? NULL : malloc(room);
	int r = fd < 0 ? -errno : text ? 1 : -ENOMEM;

	while (r > 0) {
		if (length + 1 == room) {
			char *grown = room < FILE_MAX ? realloc(text, 2 * room) : NULL;

			if (!grown) {
				r = room < FILE_MAX ? -ENOMEM : -E2BIG;
				break;
			}
			text = grown;
			room *= 2;
		}
		ssize_t taken = read(fd, text + length, room - length - 1);

		if (taken < 0 && errno == EINTR)
			continue;
		r = taken < 0 ? -errno : taken > 0;
		length += taken > 0 ? (size_t)taken : 0;
	}
	if (fd >= 0)
		close(fd);
	*ret_text = NULL;
	if (r < 0 || !text) {
		free(text);
		return r;
	}
	text[length] = '\0';
	*ret_text = text;
	return 0;
}

/* Switches ------------------------------------------------------------------------------------- */

/* One that is not there, this kernel has not. */
static int read_switch(struct hostsnap *snap, const char *name)
{
	char path[PATH_ROOM], *text;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	int r = read_file(path, &text);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	text[strcspn(text, "\n")] = '\0';
	r = hostsnap_add(snap, HOSTSNAP_SWITCHES, "", name, text);
	free(text);
	return r;
}

static int read_switches_of(struct hostsnap *snap, const char *interface)
{
	static const char *const switches[] = { "ipv4/conf/%s/forwarding", "ipv4/conf/%s/rp_filter",
		"ipv4/conf/%s/accept_source_route", "ipv4/conf/%s/accept_redirects",
		"ipv4/conf/%s/proxy_arp", "ipv4/conf/%s/proxy_arp_pvlan",
		"ipv4/conf/%s/route_localnet", "ipv4/conf/%s/accept_local",
		"ipv4/conf/%s/src_valid_mark", "ipv6/conf/%s/forwarding",
		"ipv6/conf/%s/force_forwarding", "ipv6/conf/%s/accept_source_route",
		"ipv6/conf/%s/accept_redirects", "ipv6/conf/%s/proxy_ndp",
		"ipv6/conf/%s/seg6_enabled", "mpls/conf/%s/input" };
	int r = 0;

	for (size_t i = 0; i < COUNT(switches) && r == 0; i++) {
		char name[PATH_ROOM / 2];
		const char *place = strchr(switches[i], '%');

		snprintf(name, sizeof(name), "%.*s%s%s", (int)(place - switches[i]), switches[i],
			interface, place + 2);
		r = read_switch(snap, name);
	}
	return r;
}

int hostproc_switches(struct hostsnap *snap)
{
	static const char *const switches[] = { "ipv4/ip_forward", "ipv4/ip_nonlocal_bind",
		"ipv4/tcp_l3mdev_accept", "ipv4/udp_l3mdev_accept", "ipv4/fwmark_reflect",
		"ipv4/ip_early_demux", "bridge/bridge-nf-call-iptables",
		"bridge/bridge-nf-call-ip6tables", "bridge/bridge-nf-call-arptables",
		"bridge/bridge-nf-filter-vlan-tagged", "netfilter/nf_conntrack_helper",
		"netfilter/nf_conntrack_tcp_be_liberal", "mpls/platform_labels" };
	static const char *const all[] = { "all", "default" };
	int r = access("/proc/sys/net/ipv4", X_OK) < 0 ? -errno : 0;

	for (size_t i = 0; i < COUNT(switches) && r == 0; i++)
		r = read_switch(snap, switches[i]);
	for (size_t i = 0; i < COUNT(all) && r == 0; i++)
		r = read_switches_of(snap, all[i]);
	for (size_t i = 0; i < snap->host.link_count && r == 0; i++)
		r = read_switches_of(snap, snap->host.links[i].link.name);
	/* For host_judge(). */
	static const struct {
		const char *name;
		size_t offset;
	} known[] = {
		{ "ipv4/conf/all/accept_redirects", offsetof(struct host, redirects_all) },
		{ "ipv4/conf/all/accept_source_route", offsetof(struct host, source_route_all) },
		{ "ipv4/conf/all/rp_filter", offsetof(struct host, rp_filter_all) },
	};

	for (size_t i = 0; i < COUNT(known) && r == 0; i++) {
		snap->parts[HOSTSNAP_SWITCHES].error = 0;
		const char *value = hostsnap_value(snap, HOSTSNAP_SWITCHES, "", known[i].name);
		int number = value ? (int)strtol(value, NULL, 10) : -1;

		memcpy((char *)&snap->host + known[i].offset, &number, sizeof(number));
	}
	return r;
}

/* IPVS ----------------------------------------------------------------------------------------- */

/* Three lines of heading, then a line for each service, one with an arrow for each server. */
int hostproc_ipvs(struct hostsnap *snap)
{
	char *text = NULL, *line, *rest;
	int r = access("/proc/net", X_OK) < 0 ? -errno : read_file("/proc/net/ip_vs", &text);

	if (r < 0 || !text)
		return r == -ENOENT ? 0 : r;
	line = strtok_r(text, "\n", &rest);
	for (unsigned int number = 1; line && r == 0; number++) {
		if (number > 3)
			r = hostsnap_add(snap, HOSTSNAP_IPVS, "", "service", line);
		line = strtok_r(NULL, "\n", &rest);
	}
	free(text);
	return r;
}

/* The older tables ----------------------------------------------------------------------------- */

/* A table that somebody uses has more entries than one for the policy of each of its hooks, and one
 * at its end. Asking makes no table: only those that are there are asked for. */
static int count_entries(const char *family, const char *table)
{
	bool six = strcmp(family, "ip6") == 0;
	union {
		struct ipt_getinfo four;
		struct ip6t_getinfo six;
	} info = { 0 };
	socklen_t length = six ? sizeof(info.six) : sizeof(info.four);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd < 0)
		return -errno;
	snprintf(six ? info.six.name : info.four.name, sizeof(info.four.name), "%s", table);
	/* The question has the same number in both families. */
	int r = getsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, IPT_SO_GET_INFO, &info, &length);

	r = r < 0 ? -errno : 0;
	close(fd);
	if (r < 0)
		return r;
	unsigned int hooks = six ? info.six.valid_hooks : info.four.valid_hooks;
	unsigned int entries = six ? info.six.num_entries : info.four.num_entries;
	unsigned int usual = (unsigned int)__builtin_popcount(hooks) + 1;

	return entries > usual ? (int)(entries - usual) : 0;
}

static int take_tables(struct hostsnap *snap, const char *family, char *names)
{
	char *rest, value[16];
	int r = 0;

	for (char *name = strtok_r(names, "\n", &rest); name && r == 0;
		name = strtok_r(NULL, "\n", &rest)) {
		/* Tables of ARP do not see packets of IP. */
		int entries = strcmp(family, "arp") == 0 ? 0 : count_entries(family, name);

		snprintf(value, sizeof(value), "%d", entries);
		r = hostsnap_add(snap, HOSTSNAP_XTABLES, family, name, entries < 0 ? "?" : value);
	}
	return r;
}

int hostproc_xtables(struct hostsnap *snap)
{
	static const char *const families[] = { "ip", "ip6", "arp" };
	int r = access("/proc/net", X_OK) < 0 ? -errno : 0;

	for (size_t i = 0; i < COUNT(families) && r == 0; i++) {
		char path[PATH_ROOM], *names;

		snprintf(path, sizeof(path), "/proc/net/%s_tables_names", families[i]);
		r = read_file(path, &names);
		if (r < 0) {
			/* Its module is not there, so its tables are not. */
			r = r == -ENOENT ? 0 : r;
			continue;
		}
		r = take_tables(snap, families[i], names);
		free(names);
	}
	return r;
}

/* What the kernel has -------------------------------------------------------------------------- */

/* A function of the kernel, or of a module that is loaded; how it is asked for when it is built. */
static const struct {
	const char *name, *function, *option;
} features[] = {
	{ HOSTPROC_NETFILTER_BPF, "bpf_nf_link_attach", "CONFIG_NETFILTER_BPF_LINK" },
	{ HOSTPROC_TCX, "tcx_prog_attach", "CONFIG_NET_XGRESS" },
	{ HOSTPROC_EBTABLES, "ebt_do_table", "CONFIG_BRIDGE_NF_EBTABLES" },
	{ HOSTPROC_ILA, "ila_xlat_init_net", "CONFIG_IPV6_ILA" },
};

/* "ffffffff81000000 t name" or "... name\t[module]" */
static void look_at_symbols(const char *text, bool has[COUNT(features)])
{
	while (*text) {
		size_t line = strcspn(text, "\n");
		const char *name = memchr(text, ' ', line);

		name = name && name + 3 < text + line ? name + 3 : NULL;
		for (size_t i = 0; name && i < COUNT(features); i++) {
			size_t length = strlen(features[i].function);

			if (strncmp(name, features[i].function, length) == 0 &&
				strchr("\t\n", name[length]))
				has[i] = true;
		}
		text += line + (text[line] == '\n');
	}
}

static void look_at_options(const char *text, bool has[COUNT(features)])
{
	for (size_t i = 0; i < COUNT(features); i++) {
		char built_in[64], module[64];

		snprintf(built_in, sizeof(built_in), "\n%s=y", features[i].option);
		snprintf(module, sizeof(module), "\n%s=m", features[i].option);
		has[i] = strstr(text, built_in) || strstr(text, module);
	}
}

static int read_features(struct hostsnap *snap)
{
	bool has[COUNT(features)] = { 0 };
	struct utsname name;
	char path[PATH_ROOM], *text = NULL;
	int r = read_file("/proc/kallsyms", &text);

	if (text) {
		look_at_symbols(text, has);
	} else if (r != -ENOMEM && uname(&name) == 0) {
		snprintf(path, sizeof(path), "/boot/config-%s", name.release);
		r = read_file(path, &text);
		if (text)
			look_at_options(text, has);
	}
	free(text);
	for (size_t i = 0; i < COUNT(features) && r == 0; i++)
		r = hostsnap_add(
			snap, HOSTSNAP_KERNEL, "", features[i].name, has[i] ? "yes" : "no");
	return r;
}

/* "nf_tables 323584 12 nft_ct,nft_log, Live 0x0000000000000000 (OE)" */
static bool is_of_another_source(const char *line)
{
	const char *taints = strrchr(line, '(');

	return taints && strpbrk(taints, "OPFS");
}

static int read_modules(struct hostsnap *snap)
{
	char *text = NULL, *rest;
	bool others = false;
	int r = access("/proc/self", X_OK) < 0 ? -errno : read_file("/proc/modules", &text);

	if (r < 0 && r != -ENOENT)
		return r;
	for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
		line = strtok_r(NULL, "\n", &rest))
		others |= is_of_another_source(line);
	free(text);
	return hostsnap_add(snap, HOSTSNAP_KERNEL, "", HOSTPROC_MODULES, others ? "yes" : "no");
}

int hostproc_kernel(struct hostsnap *snap)
{
	int r = read_features(snap);

	return r < 0 ? r : read_modules(snap);
}

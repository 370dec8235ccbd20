/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostbpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of kernels later than the headers that this is built with. */
#define LINK_NETFILTER 10
#define LINK_TCX       11
#define LINK_NETKIT    13

static const struct {
	uint32_t type;
	const char *name;
} kinds[] = {
	{ BPF_LINK_TYPE_NETNS, "namespace" },
	{ BPF_LINK_TYPE_XDP, "xdp" },
	{ LINK_NETFILTER, "netfilter" },
	{ LINK_TCX, "tcx" },
	{ LINK_NETKIT, "netkit" },
};

static bool may_ask(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[CAP_SYS_ADMIN / 32].effective & 1u << CAP_SYS_ADMIN % 32;
}

static int call(enum bpf_cmd command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

/* Sockets' redirection does not take packets past the rules: what is not listed matters not. */
static int take_link(struct hostsnap *snap, const struct bpf_link_info *info)
{
	const char *interface = "";
	char name[IFNAMSIZ + 1] = "", value[16];
	const struct host_link *link;
	size_t i = 0;

	while (i < COUNT(kinds) && kinds[i].type != info->type)
		i++;
	if (i == COUNT(kinds))
		return 0;
	/* Links of interfaces of other namespaces are listed too: their number says not whose. */
	if (info->type == BPF_LINK_TYPE_XDP || info->type == LINK_TCX ||
		info->type == LINK_NETKIT) {
		link = host_find_link(&snap->host, (int)info->xdp.ifindex);
		snprintf(name, sizeof(name), "#%u", info->xdp.ifindex);
		interface = link ? link->link.name : name;
	}
	snprintf(value, sizeof(value), "%u", info->prog_id);
	return hostsnap_add(snap, HOSTSNAP_BPF, interface, kinds[i].name, value);
}

/* One that is gone between two questions is none. */
static int read_link(struct hostsnap *snap, uint32_t id)
{
	union bpf_attr attr = { .link_id = id };
	struct bpf_link_info info = { 0 };
	int fd = call(BPF_LINK_GET_FD_BY_ID, &attr);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uint64_t)(uintptr_t)&info;
	int r = call(BPF_OBJ_GET_INFO_BY_FD, &attr);

	close(fd);
	return r < 0 ? r : take_link(snap, &info);
}

int hostbpf_read(struct hostsnap *snap)
{
	union bpf_attr attr = { 0 };
	int r = may_ask() ? 0 : -EPERM;

	while (r == 0) {
		uint32_t id;

		r = call(BPF_LINK_GET_NEXT_ID, &attr);
		if (r < 0)
			break;
		id = attr.next_id;
		r = read_link(snap, id);
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
	}
	/* The end of the list; a kernel without bpf(2). */
	return r == -ENOENT || r == -ENOSYS ? 0 : r;
}

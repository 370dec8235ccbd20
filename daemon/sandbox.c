/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_SANITIZER 1
#endif
#endif
#ifndef WITH_SANITIZER
#define WITH_SANITIZER 0
#endif

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int sandbox_find_user(const char *name, struct sandbox_user *ret_user)
{
	errno = 0;
	const struct passwd *entry = getpwnam(name);

	if (!entry || strlen(name) >= sizeof(ret_user->name))
		return -ENOENT;
	snprintf(ret_user->name, sizeof(ret_user->name), "%s", name);
	ret_user->uid = entry->pw_uid;
	ret_user->gid = entry->pw_gid;
	return 0;
}

static int get_capabilities(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) < 0 ? -errno : 0;
}

/*
 * Permitted and effective are keep already, and nothing beyond it can be inherited: a service
 * manager did that, and may have forbidden capset() as well.
 */
static bool has_exactly(uint64_t keep)
{
	struct __user_cap_data_struct data[2];

	if (get_capabilities(data) < 0)
		return false;
	for (unsigned int half = 0; half < 2; half++) {
		uint32_t wanted = (uint32_t)(keep >> (32 * half));

		if (data[half].permitted != wanted || data[half].effective != wanted ||
			data[half].inheritable & ~wanted)
			return false;
	}
	return true;
}

static int set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = (uint32_t)keep, .permitted = (uint32_t)keep },
		{ .effective = (uint32_t)(keep >> 32), .permitted = (uint32_t)(keep >> 32) },
	};

	if (has_exactly(keep))
		return 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

bool sandbox_has_capability(unsigned int capability)
{
	struct __user_cap_data_struct data[2];

	if (capability > 63 || get_capabilities(data) < 0)
		return false;
	return data[capability / 32].effective & (1u << (capability % 32));
}

/* Without CAP_SETPCAP the bounding set stays; PR_SET_NO_NEW_PRIVS makes it useless anyway. */
static int cut_bounding_set(uint64_t keep)
{
	if (!sandbox_has_capability(CAP_SETPCAP))
		return 0;
	for (unsigned int capability = 0; capability < 64; capability++) {
		if (keep & SANDBOX_CAPABILITY(capability))
			continue;
		if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) != 1)
			continue; /* not in it, or past the kernel's last one */
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
			return -errno;
	}
	return 0;
}

static bool is_user(const struct sandbox_user *user)
{
	uid_t real, effective, saved;

	if (getresuid(&real, &effective, &saved) < 0)
		return false;
	return real == user->uid && effective == user->uid && saved == user->uid;
}

static int become(const struct sandbox_user *user)
{
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -errno;
	if (initgroups(user->name, user->gid) < 0)
		return -errno;
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return -errno;
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return -errno;
	return prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) < 0 ? -errno : 0;
}

int sandbox_drop(const struct sandbox_user *user, uint64_t keep, const char **ret_step)
{
	int r;

	*ret_step = "never gaining privileges again";
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	*ret_step = "cutting the capability bounding set";
	if ((r = cut_bounding_set(keep)) < 0)
		return r;
	*ret_step = "becoming the user";
	if (user && !is_user(user) && (r = become(user)) < 0)
		return r;
	*ret_step = "dropping capabilities";
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	if ((r = set_capabilities(keep)) < 0)
		return r;
	*ret_step = NULL;
	return 0;
}

/*
 * System calls, by name: libseccomp knows their numbers on every architecture, and a name that
 * this architecture has not is skipped.
 */
static const char *const common_calls[] = {
	/* memory; those that could make it executable have their own rule */
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"membarrier",
	/* descriptors */
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"close",
	"lseek",
	"_llseek",
	"fstat",
	"fstat64",
	"newfstatat",
	"fstatat64",
	"statx",
	"fcntl",
	"fcntl64",
	"dup",
	"dup3",
	"poll",
	"ppoll",
	"openat",
	"readlinkat",
	"unlinkat",
	"unlink",
	"getcwd",
	/* loop */
	"epoll_create1",
	"epoll_ctl",
	"epoll_wait",
	"epoll_pwait",
	"signalfd4",
	"timerfd_create",
	"timerfd_settime",
	"timerfd_gettime",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sigaltstack",
	"restart_syscall",
	/* sockets that exist; making one has its own rule */
	"accept4",
	"bind",
	"listen",
	"connect",
	"getsockname",
	"getpeername",
	"getsockopt",
	"setsockopt",
	"sendto",
	"sendmsg",
	"recvfrom",
	"recvmsg",
	"shutdown",
	/* time */
	"clock_gettime",
	"clock_getres",
	"clock_nanosleep",
	"nanosleep",
	"gettimeofday",
	"time",
	/* who we are, and the end */
	"getpid",
	"gettid",
	"getppid",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"uname",
	"getrandom",
	"getrlimit",
	"futex",
	"rseq",
	"set_robust_list",
	"sysinfo",
	"capget",
	"sched_yield",
	"exit",
	"exit_group",
	"tgkill",
};

static const char *const enforcer_calls[] = {
	/* hedated --recorder waits for the process that keeps the recorder it started */
	"wait4",
	"waitid",
	/* names of profiles, of which one was meant */
	"getdents64",
	/* is the clock synchronised; setting it takes a capability that there is not */
	"adjtimex",
	"clock_adjtime",
	"clock_adjtime64",
	/* what is isolated: its list is kept by it as well as by the command line, which may hang;
	 * the store of configurations, which the watcher opens anew */
	"flock",
	"mkdir",
	"mkdirat",
	/* a file takes the place of another, on disk (fileio_replace()) */
	"fsync",
	"renameat",
	"renameat2",
	"faccessat",
	"faccessat2",
	/* configurations for the process that compares them */
	"memfd_create",
	/* the register of exceptions */
	"fdatasync",
	"ftruncate",
	"ftruncate64",
};

static const char *const recorder_calls[] = {
	"pwrite64",
	"pwritev",
	"pwritev2",
	"fsync",
	"fdatasync",
	"ftruncate",
	"fallocate",
	"mkdirat",
	"renameat",
	"renameat2",
	"linkat",
	"getdents64",
	"fchmod",
	"fchmodat",
	"flock",
	"fstatfs",
	"statfs",
	"fadvise64",
	"sync_file_range",
	"faccessat",
	"faccessat2",
};

static const char *const prover_calls[] = {
	"wait4",
	"waitid",
	"getdents64",
	"flock",
	"faccessat",
	"faccessat2",
	/* a process for each request, and its end */
	"kill",
	"pipe2",
	/* giving up what is left */
	"capset",
	"prctl",
	"prlimit64",
	"setrlimit",
	"seccomp",
};

/* No file is opened, no socket made, by who only computes. */
static const char *const decider_calls[] = {
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"write",
	"writev",
	"close",
	"fstat",
	"newfstatat",
	"sendto",
	"sendmsg",
	"rt_sigprocmask",
	"rt_sigreturn",
	"rt_sigaction",
	"clock_gettime",
	"time",
	"gettimeofday",
	"getpid",
	"gettid",
	"getrandom",
	"futex",
	"exit",
	"exit_group",
	"tgkill",
	"restart_syscall",
};

/* What no version of these daemons ever does. */
static const char *const hostile_calls[] = {
	"execve",
	"execveat",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"bpf",
	"mount",
	"umount2",
	"pivot_root",
	"chroot",
	"setns",
	"unshare",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"iopl",
	"ioperm",
	"userfaultfd",
	"perf_event_open",
	"keyctl",
	"add_key",
	"request_key",
	"open_by_handle_at",
	"mknodat",
	"mknod",
	"acct",
	"modify_ldt",
	"move_mount",
	"fsopen",
	"io_uring_setup",
	"io_uring_enter",
	"io_uring_register",
};

static const int enforcer_domains[] = { AF_UNIX, AF_NETLINK };
static const int recorder_domains[] = { AF_UNIX };

struct profile {
	const char *const *calls;
	size_t call_count;
	const int *domains;
	size_t domain_count;
	unsigned int request; /* of ioctl, besides isatty()'s; 0: none */
	bool bare;	      /* these calls alone, not the common ones */
	bool forks;
};

static const struct profile profiles[] = {
	[SANDBOX_ENFORCER] = { enforcer_calls, COUNT(enforcer_calls), enforcer_domains,
		COUNT(enforcer_domains), 0, false, false },
	/* The recorder asks for the names of interfaces. */
	[SANDBOX_RECORDER] = { recorder_calls, COUNT(recorder_calls), recorder_domains,
		COUNT(recorder_domains), SIOCGIFNAME, false, false },
	[SANDBOX_PROVER] = { prover_calls, COUNT(prover_calls), enforcer_domains,
		COUNT(enforcer_domains), 0, false, true },
	[SANDBOX_DECIDER] = { decider_calls, COUNT(decider_calls), NULL, 0, 0, true, false },
};

static int add_calls(
	scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int r = number == __NR_SCMP_ERROR ? 0 : seccomp_rule_add(filter, action, number, 0);

		/* -EDOM: libseccomp knows the call, this architecture does not have it. */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

static int add_ioctl(scmp_filter_ctx filter, unsigned int request)
{
	return seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, request, 0));
}

/* A process as fork() makes it: no thread, no namespace of its own. */
static int add_fork(scmp_filter_ctx filter)
{
	const scmp_datum_t others = CLONE_VM | CLONE_THREAD | CLONE_NEWNS | CLONE_NEWCGROUP |
				    CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
				    CLONE_NEWNET;

	return seccomp_rule_add(
		filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, others, 0));
}

/* mmap and mprotect only without PROT_EXEC, ioctl only as isatty() and the profile do it. */
static int add_conditional(scmp_filter_ctx filter, const struct profile *profile)
{
	const unsigned int no_exec[] = { SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect) };

	for (size_t i = 0; i < COUNT(no_exec); i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, (int)no_exec[i], 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));

		if (r < 0 && r != -EDOM)
			return r;
	}
	int r = add_ioctl(filter, TCGETS);

	if (r == 0 && profile->forks)
		r = add_fork(filter);
	return r == 0 && profile->request ? add_ioctl(filter, profile->request) : r;
}

static int add_domains(scmp_filter_ctx filter, const struct profile *profile)
{
	for (size_t i = 0; i < profile->domain_count; i++) {
		int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
			SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)profile->domains[i], 0));

		if (r < 0)
			return r;
	}
	return 0;
}

static int build_filter(scmp_filter_ctx filter, const struct profile *profile)
{
	int r;

	if ((r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0)) < 0)
		return r; /* sandbox_drop() has done that */
	if ((r = add_calls(filter, SCMP_ACT_KILL_PROCESS, hostile_calls, COUNT(hostile_calls))) < 0)
		return r;
	if (!profile->bare &&
		(r = add_calls(filter, SCMP_ACT_ALLOW, common_calls, COUNT(common_calls))) < 0)
		return r;
	if ((r = add_calls(filter, SCMP_ACT_ALLOW, profile->calls, profile->call_count)) < 0)
		return r;
	if ((r = add_conditional(filter, profile)) < 0)
		return r;
	return add_domains(filter, profile);
}

bool sandbox_can_filter(void)
{
	return !WITH_SANITIZER;
}

int sandbox_filter(enum sandbox_profile profile)
{
	if (!sandbox_can_filter())
		return 0;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

	if (!filter)
		return -ENOMEM;
	int r = build_filter(filter, &profiles[profile]);

	if (r == 0)
		r = seccomp_load(filter);
	seccomp_release(filter);
	return r == -EINVAL || r == -ECANCELED ? -EOPNOTSUPP : r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Let a call of a program fail (LD_PRELOAD): an allocation, or one that talks to the kernel, to
 * others or to the disk. Which one is told by its site: what called it, that what called that, and
 * so on. A site is the same in each run, however often it is come by, and wherever the code lies.
 *
 * $FAILCALL is a file (struct shared) which a test reads and writes while the program runs:
 * tests/faults/sites.py lists its sites, and says which is to fail. What the program starts is
 * counted with it.
 *
 * What the libraries of $FAILCALL_NOT allocate (parts of their files' names, a comma between) never
 * fails: libconfig does not look whether it got memory, and libseccomp then makes a filter that
 * forbids to end.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SITES_MAX 16384
#define DEPTH	  12
#define SKIPPED	  3 /* find_site(), fails() and what stands in for the call */

/* What fails as what. The order is that of sites.py. */
enum call {
	CALL_ALLOCATE,
	CALL_SENDTO,
	CALL_SENDMSG,
	CALL_RECVFROM,
	CALL_RECVMSG,
	CALL_WRITE,
	CALL_WRITEV,
	CALL_PWRITE,
	CALL_FSYNC,
	CALL_FDATASYNC,
	CALL_RENAME,
	CALL_FTRUNCATE,
	CALL_OPEN,
};

/* As it does in real life. */
static const int errors[] = {
	[CALL_ALLOCATE] = ENOMEM,
	[CALL_SENDTO] = ENOBUFS,
	[CALL_SENDMSG] = ENOBUFS,
	[CALL_RECVFROM] = ENOBUFS,
	[CALL_RECVMSG] = ENOBUFS,
	[CALL_WRITE] = ENOSPC,
	[CALL_WRITEV] = ENOSPC,
	[CALL_PWRITE] = EIO,
	[CALL_FSYNC] = EIO,
	[CALL_FDATASYNC] = EIO,
	[CALL_RENAME] = EIO,
	[CALL_FTRUNCATE] = EIO,
	[CALL_OPEN] = EMFILE,
};

struct site {
	uint64_t hash, call, count;
	uint64_t frames[DEPTH]; /* within their files; from the highest bit on not in the program's
				   own */
};

struct shared {
	uint64_t mode;	 /* MODE_*; */
	uint64_t target; /* hash of the site that fails */
	uint64_t failed; /* so often it has */
	uint64_t full;	 /* there were more sites than there is room for */
	struct site sites[SITES_MAX];
};

enum { MODE_OFF, MODE_LIST, MODE_ONCE, MODE_ALWAYS };

static struct shared *shared;
static const char *spared;
static __thread int busy;

/* The C library's allocator by its own names. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

__attribute__((constructor)) static void open_shared(void)
{
	const char *name = getenv("FAILCALL");
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *mapped, *frames[DEPTH];

	if (fd < 0)
		return;
	/* The first time it loads a library. */
	(void)backtrace(frames, DEPTH);
	spared = getenv("FAILCALL_NOT");
	mapped = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		shared = mapped;
}

/* Is this a file whose allocations are spared? */
static int is_spared(const char *file)
{
	const char *name = spared;

	while (name && *name) {
		size_t length = strcspn(name, ",");

		if (length > 0 && memmem(file, strlen(file), name, length))
			return 1;
		name += length + (name[length] == ',');
	}
	return 0;
}

/*
 * Where this call comes from.
 *
 * return: 0, or -1 when it never fails
 */
static __attribute__((noinline)) int find_site(enum call call, struct site *site)
{
	void *frames[SKIPPED + DEPTH];
	int count = backtrace(frames, SKIPPED + DEPTH);

	*site = (struct site){ .hash = 14695981039346656037u, .call = call };
	for (int i = SKIPPED; i < count; i++) {
		struct dl_find_object found;
		uint64_t frame;

		if (_dl_find_object(frames[i], &found) != 0)
			break;
		if (i == SKIPPED && call == CALL_ALLOCATE && is_spared(found.dlfo_link_map->l_name))
			return -1;
		frame = (uintptr_t)frames[i] - found.dlfo_link_map->l_addr;
		/* The program itself has no name. */
		frame |= (uint64_t)(found.dlfo_link_map->l_name[0] != '\0') << 63;
		site->frames[i - SKIPPED] = frame;
	}
	for (size_t i = 0; i < DEPTH; i++)
		site->hash = (site->hash ^ site->frames[i]) * 1099511628211u;
	site->hash = (site->hash ^ call) * 1099511628211u;
	return 0;
}

static void list(const struct site *site)
{
	for (size_t i = 0; i < SITES_MAX; i++) {
		struct site *slot = &shared->sites[(site->hash + i) % SITES_MAX];
		uint64_t empty = 0;

		if (__atomic_compare_exchange_n(&slot->hash, &empty, site->hash, 0,
			    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
			slot->call = site->call;
			memcpy(slot->frames, site->frames, sizeof(slot->frames));
			slot->count = 1;
			return;
		}
		if (slot->hash == site->hash) {
			slot->count++;
			return;
		}
	}
	shared->full = 1;
}

/* Is it its turn? Of programs that come by at once only one fails once. */
static int fail_now(uint64_t mode)
{
	uint64_t none = 0;

	if (mode == MODE_ONCE)
		return __atomic_compare_exchange_n(
			&shared->failed, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&shared->failed, 1, __ATOMIC_SEQ_CST);
	return 1;
}

/* Does this call fail now? */
static __attribute__((noinline)) int fails(enum call call)
{
	int error = errno;
	struct site site;
	uint64_t mode =
		shared && !busy ? __atomic_load_n(&shared->mode, __ATOMIC_SEQ_CST) : MODE_OFF;
	int answer = 0;

	if (mode == MODE_OFF)
		return 0;
	busy = 1;
	if (find_site(call, &site) == 0) {
		if (mode == MODE_LIST)
			list(&site);
		else if (site.hash == shared->target)
			answer = fail_now(mode);
	}
	busy = 0;
	errno = answer ? errors[call] : error;
	return answer;
}

void *malloc(size_t size)
{
	return fails(CALL_ALLOCATE) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(CALL_ALLOCATE) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(CALL_ALLOCATE) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(CALL_ALLOCATE) ? NULL : __libc_realloc(old, bytes);
}

/* The C library's would call malloc() for whoever called it. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = fails(CALL_ALLOCATE) ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/*
 * A call under its name, and the C library's own of that name. PARAMETERS are those of its manual
 * page, ARGUMENTS their names. The headers may declare it otherwise: here it has another name.
 */
/* A type cannot stand in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
#define STAND_IN(type, name, call, parameters, arguments)                                          \
	type stand_in_##name parameters __asm__(#name);                                            \
	type stand_in_##name parameters                                                            \
	{                                                                                          \
		static type(*next) parameters;                                                     \
                                                                                                   \
		if (!next)                                                                         \
			next = (type(*) parameters)dlsym(RTLD_NEXT, #name);                        \
		return fails(call) ? (type)-1 : next arguments;                                    \
	}

/* NOLINTEND(bugprone-macro-parentheses) */

STAND_IN(ssize_t, send, CALL_SENDTO, (int fd, const void *data, size_t size, int flags),
	(fd, data, size, flags))
STAND_IN(ssize_t, sendto, CALL_SENDTO,
	(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
		socklen_t length),
	(fd, data, size, flags, to, length))
STAND_IN(ssize_t, sendmsg, CALL_SENDMSG, (int fd, const struct msghdr *message, int flags),
	(fd, message, flags))
STAND_IN(ssize_t, recv, CALL_RECVFROM, (int fd, void *data, size_t size, int flags),
	(fd, data, size, flags))
STAND_IN(ssize_t, __recv_chk, CALL_RECVFROM,
	(int fd, void *data, size_t size, size_t room, int flags), (fd, data, size, room, flags))
STAND_IN(ssize_t, recvfrom, CALL_RECVFROM,
	(int fd, void *data, size_t size, int flags, struct sockaddr *from, socklen_t *length),
	(fd, data, size, flags, from, length))
STAND_IN(ssize_t, __recvfrom_chk, CALL_RECVFROM,
	(int fd, void *data, size_t size, size_t room, int flags, struct sockaddr *from,
		socklen_t *length),
	(fd, data, size, room, flags, from, length))
STAND_IN(ssize_t, recvmsg, CALL_RECVMSG, (int fd, struct msghdr *message, int flags),
	(fd, message, flags))
STAND_IN(ssize_t, write, CALL_WRITE, (int fd, const void *data, size_t size), (fd, data, size))
STAND_IN(ssize_t, writev, CALL_WRITEV, (int fd, const struct iovec *parts, int count),
	(fd, parts, count))
STAND_IN(ssize_t, pwrite, CALL_PWRITE, (int fd, const void *data, size_t size, off_t at),
	(fd, data, size, at))
STAND_IN(ssize_t, pwrite64, CALL_PWRITE, (int fd, const void *data, size_t size, off64_t at),
	(fd, data, size, at))
STAND_IN(int, fsync, CALL_FSYNC, (int fd), (fd))
STAND_IN(int, fdatasync, CALL_FDATASYNC, (int fd), (fd))
STAND_IN(int, rename, CALL_RENAME, (const char *from, const char *to), (from, to))
STAND_IN(int, renameat, CALL_RENAME, (int dir, const char *from, int to_dir, const char *to),
	(dir, from, to_dir, to))
STAND_IN(int, renameat2, CALL_RENAME,
	(int dir, const char *from, int to_dir, const char *to, unsigned int flags),
	(dir, from, to_dir, to, flags))
STAND_IN(int, ftruncate, CALL_FTRUNCATE, (int fd, off_t size), (fd, size))
STAND_IN(int, ftruncate64, CALL_FTRUNCATE, (int fd, off64_t size), (fd, size))
STAND_IN(int, open, CALL_OPEN, (const char *name, int flags, mode_t mode), (name, flags, mode))
STAND_IN(int, open64, CALL_OPEN, (const char *name, int flags, mode_t mode), (name, flags, mode))
STAND_IN(int, openat, CALL_OPEN, (int dir, const char *name, int flags, mode_t mode),
	(dir, name, flags, mode))
STAND_IN(int, openat64, CALL_OPEN, (int dir, const char *name, int flags, mode_t mode),
	(dir, name, flags, mode))
STAND_IN(int, __open_2, CALL_OPEN, (const char *name, int flags), (name, flags))
STAND_IN(int, __openat_2, CALL_OPEN, (int dir, const char *name, int flags), (dir, name, flags))

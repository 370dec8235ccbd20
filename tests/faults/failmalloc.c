/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Let the n-th allocation of a program fail (LD_PRELOAD). $FAILMALLOC is a file of three numbers of
 * 64 bits, which a test reads and writes while the program runs:
 *
 *	left	 so many allocations until one fails; 0: none does
 *	made	 allocations since somebody set it to 0
 *	failed	 of them, those that failed
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct numbers {
	uint64_t left, made, failed;
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static struct numbers *numbers;

__attribute__((constructor)) static void open_numbers(void)
{
	const char *name = getenv("FAILMALLOC");
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (mapped != MAP_FAILED)
		numbers = mapped;
}

/* Is this the one? */
static int fails(void)
{
	if (!numbers)
		return 0;
	numbers->made++;
	if (numbers->left == 0 || --numbers->left > 0)
		return 0;
	numbers->failed++;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, bytes);
}

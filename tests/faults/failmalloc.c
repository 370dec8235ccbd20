/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Let the n-th allocation of a program fail (LD_PRELOAD). $FAILMALLOC is a file of three numbers of
 * 64 bits, which a test reads and writes while the program runs:
 *
 *	left	 so many allocations until one fails; 0: none does
 *	made	 allocations since somebody set it to 0
 *	failed	 of them, those that failed
 *
 * What the libraries of $FAILMALLOC_NOT allocate (parts of their files' names, a comma between)
 * never fails, and is not counted: libconfig does not look whether it got memory, and libseccomp
 *then makes a filter that forbids to end.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct numbers {
	uint64_t left, made, failed;
};

/* The names of the parameters are not those of the C library, which begin with "__". */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static struct numbers *numbers;
#define SPARED_MAX 8

/* The code of those libraries. */
static struct {
	uintptr_t from, to;
} spared[SPARED_MAX];
static unsigned int spared_count;

static void spare(const struct dl_phdr_info *info)
{
	for (unsigned int i = 0; i < info->dlpi_phnum && spared_count < SPARED_MAX; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD || !(info->dlpi_phdr[i].p_flags & PF_X))
			continue;
		spared[spared_count].from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		spared[spared_count].to = spared[spared_count].from + info->dlpi_phdr[i].p_memsz;
		spared_count++;
	}
}

static int find_spared(struct dl_phdr_info *info, size_t size, void *data)
{
	const char *names = data;

	(void)size;
	while (*names) {
		char name[64] = "";
		size_t length = strcspn(names, ",");

		memcpy(name, names, length < sizeof(name) ? length : sizeof(name) - 1);
		if (name[0] && strstr(info->dlpi_name, name))
			spare(info);
		names += length;
		names += *names == ',';
	}
	return 0;
}

static int is_spared(uintptr_t caller)
{
	for (unsigned int i = 0; i < spared_count; i++)
		if (caller >= spared[i].from && caller < spared[i].to)
			return 1;
	return 0;
}

__attribute__((constructor)) static void open_numbers(void)
{
	const char *name = getenv("FAILMALLOC");
	char *not = getenv("FAILMALLOC_NOT");
	int fd = name ? open(name, O_RDWR | O_CLOEXEC) : -1;
	void *mapped;

	if (fd < 0)
		return;
	mapped = mmap(NULL, sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (not )
		(void)dl_iterate_phdr(find_spared, not );
	if (mapped != MAP_FAILED)
		numbers = mapped;
}

/* Is this the one? */
static int fails(const void *caller)
{
	if (!numbers || is_spared((uintptr_t)caller))
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
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, bytes);
}

/* The C library's would call malloc() for whoever called it. */
char *strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, text, size) : NULL;
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

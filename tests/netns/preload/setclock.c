/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A clock that can be set for some processes alone: no namespace has one. Loaded into them before
 * the C library (LD_PRELOAD), it adds to the time of day what the file HEDATE_CLOCK holds, a number
 * of seconds in 8 bytes, at any time. The other clocks go on, as they do when somebody sets this
 * one.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *offset;
static int (*real)(clockid_t clock, struct timespec *time);

__attribute__((constructor)) static void load(void)
{
	const char *path = getenv("HEDATE_CLOCK");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *page =
		fd < 0 ? MAP_FAILED : mmap(NULL, sizeof(*offset), PROT_READ, MAP_SHARED, fd, 0);

	if (page != MAP_FAILED)
		offset = page;
	if (fd >= 0)
		close(fd);
	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *time)
{
	int r = real(clock, time);

	if (r == 0 && clock == CLOCK_REALTIME && offset)
		time->tv_sec += *offset;
	return r;
}

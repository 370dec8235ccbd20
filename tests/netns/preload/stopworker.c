/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next process of hedated's that gives up its rights to decide something stops there, while the
 * file HEDATE_STOP exists, which it removes: so tests see what becomes of one that does not go on.
 * Loaded before the C library (LD_PRELOAD). Only those processes bound their memory.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

__attribute__((visibility("default"))) int setrlimit(
	__rlimit_resource_t resource, const struct rlimit *limits)
{
	const char *file = getenv("HEDATE_STOP");
	int (*real)(__rlimit_resource_t, const struct rlimit *);

	*(void **)&real = dlsym(RTLD_NEXT, "setrlimit");
	if (resource == RLIMIT_DATA && file && unlink(file) == 0)
		raise(SIGSTOP);
	return real(resource, limits);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disk holds when a process is killed or the power fails. The calls that change a directory
 * and the one in it are recorded, and from any of them on the directory is made anew: as it is when
 * the process was killed there (all that was written before, and a part of that call), or when the
 * power failed (all that was synced before; of the rest, any part).
 *
 * A test that uses it defines the calls themselves by these.
 */
#ifndef HEDATE_TEST_DISK_H
#define HEDATE_TEST_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DISK_KEYS "keys" /* the directory in the directory */

/* Record from now on, beginning with what is there. */
void disk_watch(const char *directory);
void disk_stop(void);
size_t disk_ops(void);	 /* that were recorded, those of what was there included */
size_t disk_first(void); /* how many of them are that */

/* Make the directory (which exists, with its DISK_KEYS, both empty) what it is when the first count
 * were done and the next one was under way. */
void disk_make(const char *directory, size_t count, bool power_cut);

int disk_openat(int directory, const char *name, int flags, mode_t mode);
int disk_close(int fd);
ssize_t disk_write(int fd, const void *bytes, size_t length);
ssize_t disk_pwrite(int fd, const void *bytes, size_t length, off_t offset);
int disk_sync(int fd, bool data);
int disk_truncate(int fd, off_t length);
int disk_rename(int from, const char *old, int to, const char *new);
int disk_unlink(int directory, const char *name);

#endif

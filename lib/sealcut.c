/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sealcut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"
#include "logscan.h"
#include "seal.h"

int sealcut_first(const char *directory, const char *segment, struct checkpoint *ret_first)
{
	char name[LOGNAME_MAX], *text = NULL;
	size_t length = 0;
	int r = seal_name(segment, name);
	if (r == 0)
		r = logscan_read(directory, name, &text, &length);
	if (r < 0)
		return r;
	r = checkpoint_parse(text, length, ret_first);
	free(text);
	return r > 0 && ret_first->at.end == 0 && strcmp(ret_first->at.file, segment) == 0
		       ? 0
		       : -ENOENT;
}

static int remove_one(int directory, const char *seal)
{
	char packed[LOGNAME_MAX + sizeof(LOGFILE_ENDING)];
	snprintf(packed, sizeof(packed), "%s" LOGFILE_ENDING, seal);
	if (unlinkat(directory, seal, 0) < 0 && errno != ENOENT)
		return -errno;
	return unlinkat(directory, packed, 0) < 0 && errno != ENOENT ? -errno : 0;
}

int sealcut_remove(const char *directory, const char *segment)
{
	struct logscan_names seals = { 0 };
	char first[LOGNAME_MAX];
	int r = seal_name(segment, first);
	if (r == 0)
		r = logscan_list(directory, LOGSCAN_SEALS, &seals);
	int fd = r == 0 ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (r == 0 && fd < 0)
		r = -errno;
	for (size_t i = 0; r == 0 && i < seals.count && strcmp(seals.names[i], first) < 0; i++)
		r = remove_one(fd, seals.names[i]);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (fd >= 0)
		close(fd);
	logscan_free_names(&seals);
	return r;
}

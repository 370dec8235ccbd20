/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "takesnapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>

#include "../lib/errtext.h"
#include "../lib/fileio.h"
#include "ctlclient.h"
#include "newfile.h"
#include "sandbox.h"
#include "snapread.h"

#define SNAPSHOT_SECONDS  120
#define SNAPSHOT_FILE_MAX (1u << 30)

/* From the kernel ------------------------------------------------------------------------------ */

static int from_kernel(struct takesnapshot *taken)
{
	int r = snapread(&taken->text, &taken->length);

	return r < 0 ? cmd_failed(_("the kernel cannot be read: %s"), errtext(r)) : EXIT_OK;
}

/* From hedated --------------------------------------------------------------------------------- */

static int take_part(struct message *message, void *data)
{
	struct takesnapshot *taken = data;
	size_t length;

	if (message->type != CTL_SNAPSHOT_PART)
		return EXIT_OK;
	const void *bytes = message_get_bytes(message, &length);
	if (!message_complete(message))
		return EXIT_OK;
	char *grown = taken->length + length < SNAPSHOT_FILE_MAX
			      ? realloc(taken->text, taken->length + length + 1)
			      : NULL;

	if (!grown)
		return cmd_failed(_("out of memory"));
	taken->text = grown;
	memcpy(taken->text + taken->length, bytes, length);
	taken->length += length;
	taken->text[taken->length] = '\0';
	return EXIT_OK;
}

static int from_daemon(const struct cli *cli, struct takesnapshot *taken)
{
	struct ctl_request request = {
		.type = CTL_SNAPSHOT, .fd = -1, .seconds = SNAPSHOT_SECONDS
	};

	return ctl_call(cli, &request, take_part, taken, NULL);
}

/* From a file ---------------------------------------------------------------------------------- */

static int read_all(int fd, struct takesnapshot *taken)
{
	size_t room = 1 << 16;
	ssize_t got = 1;

	while (got > 0) {
		char *grown = room < SNAPSHOT_FILE_MAX ? realloc(taken->text, room + 1) : NULL;

		if (!grown)
			return -ENOMEM;
		taken->text = grown;
		/* "-" may be a pipe: not fileio_read(), which needs offsets. */
		do
			got = read(fd, grown + taken->length, room - taken->length);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -errno;
		taken->length += (size_t)got;
		if (taken->length == room)
			room *= 2;
	}
	taken->text[taken->length] = '\0';
	return 0;
}

static int from_file(const char *file, struct takesnapshot *taken)
{
	int fd = strcmp(file, "-") == 0 ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_all(fd, taken);

	if (fd > STDIN_FILENO)
		close(fd);
	return r < 0 ? cmd_failed("%s: %s", file, errtext(r)) : EXIT_OK;
}

/* --------------------------------------------------------------------------------------------- */

int takesnapshot(const struct cli *cli, const char *file, struct diag_list *diags,
	struct takesnapshot *ret_taken)
{
	int exit_code;

	memset(ret_taken, 0, sizeof(*ret_taken));
	if (file)
		exit_code = from_file(file, ret_taken);
	else if (sandbox_has_capability(CAP_NET_ADMIN))
		exit_code = from_kernel(ret_taken);
	else
		exit_code = from_daemon(cli, ret_taken);
	if (exit_code == EXIT_OK) {
		/* What was read here, too, goes by its bytes: they are what is decided on. */
		int r = snapshot_load(ret_taken->text, ret_taken->length,
			file ? file : _("this host"), diags, &ret_taken->snapshot);
		if (r == -ENOMEM)
			exit_code = cmd_failed(_("out of memory"));
		else if (r < 0)
			exit_code = EXIT_CONFIG;
	}
	if (exit_code == EXIT_OK)
		snapshot_digest(ret_taken->text, ret_taken->length, ret_taken->digest);
	else
		takesnapshot_clear(ret_taken);
	return exit_code;
}

void takesnapshot_clear(struct takesnapshot *taken)
{
	snapshot_free(taken->snapshot);
	free(taken->text);
	memset(taken, 0, sizeof(*taken));
}

int takesnapshot_save(const struct takesnapshot *taken, const char *file)
{
	int r = newfile_save(file, taken->text, taken->length);

	return r < 0 ? cmd_failed("%s: %s", file, errtext(r)) : EXIT_OK;
}

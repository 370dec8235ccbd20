/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alertfollow.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/fileio.h"
#include "../lib/logread.h"
#include "logdamage.h"
#include "notify.h"
#include "tojournal.h"

#define WAIT_MS	   200
#define STATE_FILE "alert.position"

/* How far the log was read --------------------------------------------------------------------- */

/* 0, or negative errno; -EINVAL: it holds something else. */
static int load_position(int directory, struct logread_position *ret_position)
{
	char text[LOGNAME_MAX + 32];
	int fd = openat(directory, STATE_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t length;
	char *offset;

	if (fd < 0)
		return -errno;
	length = fileio_read(fd, text, sizeof(text) - 1, 0);
	close(fd);
	if (length < 0)
		return (int)length;
	text[length] = '\0';
	offset = strchr(text, ' ');
	if (!offset || offset - text >= LOGNAME_MAX)
		return -EINVAL;
	*offset++ = '\0';
	memcpy(ret_position->file, text, (size_t)(offset - text));
	ret_position->offset = strtoll(offset, NULL, 10);
	return ret_position->offset < 0 ? -EINVAL : 0;
}

static int save_position(int directory, const struct logread_position *position)
{
	char text[LOGNAME_MAX + 32];
	int length =
		snprintf(text, sizeof(text), "%s %" PRId64 "\n", position->file, position->offset);

	return fileio_replace(directory, STATE_FILE, STATE_FILE ".new", 0600, text, (size_t)length);
}

/* Following ------------------------------------------------------------------------------------ */

struct follow {
	const struct alert_follow *request;
	struct alerts *alerts;
	struct logread *log;
	struct logdamage damage; /* of it, that was skipped */
	int state;		 /* directory, or -1 */
	struct logread_position saved;
	bool reload; /* another policy was applied */
};

static volatile sig_atomic_t stopping, hangup;

static void on_signal(int signal_number)
{
	if (signal_number == SIGHUP)
		hangup = 1;
	else
		stopping = 1;
}

static int read_failed(const struct follow *follow, int error)
{
	return cmd_failed(_("cannot read %s: %s"), follow->request->directory, errtext(error));
}

static void skip_damage(const struct logread_damage *part, void *data)
{
	struct follow *follow = data;

	logdamage_tell(&follow->damage, follow->request->directory, part);
}

static int take_line(struct follow *follow, char *line, size_t length)
{
	struct log_record record;
	char *copy = malloc(length + 1);
	int exit_code = EXIT_OK;

	if (!copy)
		return cmd_failed(_("out of memory"));
	memcpy(copy, line, length + 1);
	if (log_record_parse(copy, length, &record) == 0) {
		exit_code = alerts_take(follow->alerts, line, &record);
		follow->reload |= record.action && strcmp(record.action, "apply") == 0;
	}
	free(copy);
	return exit_code;
}

static int take_lines(struct follow *follow)
{
	char *line;
	size_t length;
	int found = 0, exit_code = EXIT_OK;

	while (!stopping && exit_code == EXIT_OK &&
		(found = logread_next(follow->log, &line, &length)) > 0)
		exit_code = take_line(follow, line, length);
	if (found < 0)
		return read_failed(follow, found);
	return exit_code;
}

/* A configuration with errors changes nothing. */
static void read_again(struct follow *follow)
{
	struct alerts *alerts;
	int exit_code;

	follow->reload = false;
	hangup = 0;
	alerts = alerts_read(follow->request->cli, follow->request->config, &exit_code);
	if (!alerts) {
		cmd_failed(_("the alerts of before go on"));
		return;
	}
	/* What was counted goes on where nothing has changed. */
	if (strcmp(alerts_revision(alerts), alerts_revision(follow->alerts)) == 0) {
		alerts_free(alerts);
		return;
	}
	alerts_free(follow->alerts);
	follow->alerts = alerts;
}

static void keep_position(struct follow *follow)
{
	struct logread_position position;
	int error;

	logread_tell(follow->log, &position);
	if (follow->state < 0 || position.file[0] == '\0' ||
		(position.offset == follow->saved.offset &&
			strcmp(position.file, follow->saved.file) == 0))
		return;
	error = save_position(follow->state, &position);
	if (error < 0)
		cmd_failed("%s/%s: %s", follow->request->state, STATE_FILE, errtext(error));
	follow->saved = position;
}

static int follow_log(struct follow *follow)
{
	int exit_code = EXIT_OK;

	while (!stopping && exit_code == EXIT_OK) {
		exit_code = take_lines(follow);
		alerts_tick(follow->alerts);
		keep_position(follow);
		if (follow->reload || hangup)
			read_again(follow);
		if (!stopping)
			poll(NULL, 0, WAIT_MS);
	}
	return exit_code;
}

/* Where to begin: where the last one ended, else where the log ends. */
static int begin(struct follow *follow)
{
	struct logread_position position = { 0 };
	int error = logread_whole_groups(follow->log);

	if (error < 0)
		return cmd_failed(_("out of memory"));
	if (follow->request->state) {
		follow->state = open(follow->request->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (follow->state < 0)
			return cmd_failed("%s: %s", follow->request->state, errtext(-errno));
		error = load_position(follow->state, &position);
		if (error == 0) {
			logread_seek(follow->log, &position);
			return EXIT_OK;
		}
		if (error != -ENOENT)
			return cmd_failed(
				"%s/%s: %s", follow->request->state, STATE_FILE, errtext(error));
	}
	error = logread_seek_end(follow->log);
	return error < 0 ? read_failed(follow, error) : EXIT_OK;
}

static void take_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

int alert_follow(const struct alert_follow *request, struct alerts *alerts)
{
	struct follow follow = { .request = request, .alerts = alerts, .state = -1 };
	int exit_code, error = logread_open(request->directory, &follow.log);

	if (error < 0) {
		exit_code = cmd_failed(
			_("cannot open the log %s: %s"), request->directory, errtext(error));
	} else {
		(void)tojournal_begin();
		take_signals();
		logread_skip_damaged(follow.log, skip_damage, &follow);
		exit_code = begin(&follow);
		(void)notify_send("READY=1");
		if (exit_code == EXIT_OK)
			exit_code = follow_log(&follow);
	}
	alerts_free(follow.alerts);
	logread_close(follow.log);
	if (follow.state >= 0)
		close(follow.state);
	return exit_code;
}

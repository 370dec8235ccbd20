/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alertrun.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/i18n.h"
#include "childrun.h"
#include "clock.h"
#include "cmd.h"

#define WAIT_MS 20

/* A file without a name that holds the line; its descriptor, or negative errno. */
static int line_file(const char *line)
{
	int fd = memfd_create("record", 0);
	FILE *out = fd >= 0 ? fdopen(dup(fd), "w") : NULL;

	if (!out) {
		int error = -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	if (line)
		fprintf(out, "%s\n", line);
	if (fclose(out) != 0 || lseek(fd, 0, SEEK_SET) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

enum variable {
	VARIABLE_PATH,
	VARIABLE_ALERT,
	VARIABLE_SITE,
	VARIABLE_RECORDS,
	VARIABLE_PACKETS,
	VARIABLE_SECONDS,
	VARIABLE_SUPPRESSED,
	VARIABLE_LANGUAGE,
	VARIABLE_COUNT,
};

struct environment {
	char texts[VARIABLE_COUNT][160];
	char *list[VARIABLE_COUNT + 1];
};

static void make_environment(const struct policy_alert *rule, const char *site,
	const struct alert_told *told, struct environment *ret_environment)
{
	struct environment *to = ret_environment;
	const size_t size = sizeof(to->texts[0]);

	memset(to, 0, sizeof(*to));
	snprintf(to->texts[VARIABLE_PATH], size, "%s", SPAWN_PATH);
	snprintf(to->texts[VARIABLE_ALERT], size, "HEDATE_ALERT=%s", rule->name);
	snprintf(to->texts[VARIABLE_SITE], size, "HEDATE_SITE=%s", site);
	snprintf(to->texts[VARIABLE_RECORDS], size, "HEDATE_RECORDS=%" PRIu64, told->records);
	snprintf(to->texts[VARIABLE_PACKETS], size, "HEDATE_PACKETS=%" PRIu64, told->packets);
	snprintf(to->texts[VARIABLE_SECONDS], size, "HEDATE_SECONDS=%u", rule->seconds);
	snprintf(to->texts[VARIABLE_SUPPRESSED], size, "HEDATE_SUPPRESSED=%" PRIu64,
		told->suppressed);
	spawn_language(to->texts[VARIABLE_LANGUAGE], size);
	for (size_t i = 0; i < VARIABLE_COUNT; i++)
		to->list[i] = to->texts[i];
}

int alertrun_start(struct alertrun *run, const struct policy_alert *rule, const char *site,
	const struct alert_told *told, const char *line)
{
	struct environment environment;
	int input = line_file(line);

	if (input < 0)
		return input;
	make_environment(rule, site, told, &environment);
	const struct spawn spawn = { rule->command, environment.list, input, -1 };
	int error = spawn_start(&spawn, &run->pid);

	run->name = rule->name;
	run->deadline = clock_monotonic() + ALERTRUN_SECONDS * CLOCK_SECOND;
	close(input);
	return error;
}

static bool say_end(struct alertrun *run, int status)
{
	snprintf(run->end, sizeof(run->end), WIFEXITED(status) ? "status %d" : "signal %d",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (WIFEXITED(status))
		cmd_failed(_("alert \"%s\": its command ended with status %d"), run->name,
			WEXITSTATUS(status));
	else
		cmd_failed(_("alert \"%s\": its command was ended by signal %d"), run->name,
			WTERMSIG(status));
	return false;
}

bool alertrun_poll(struct alertrun *run, bool *ret_good)
{
	int status;

	*ret_good = false;
	if (run->pid == 0)
		return false;
	if (waitpid(run->pid, &status, WNOHANG) == 0) {
		if (clock_monotonic() < run->deadline)
			return false;
		cmd_failed(_("alert \"%s\": its command was killed after %d s"), run->name,
			ALERTRUN_SECONDS);
		snprintf(run->end, sizeof(run->end), "timeout");
		spawn_kill(run->pid);
	} else {
		*ret_good = say_end(run, status);
	}
	run->pid = 0;
	return true;
}

bool alertrun_wait(struct alertrun *run)
{
	bool good = false;

	while (run->pid != 0 && !alertrun_poll(run, &good))
		poll(NULL, 0, WAIT_MS);
	return good;
}

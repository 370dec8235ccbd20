/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proverwork.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../lib/changepackets.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "clock.h"
#include "ctlproto.h"
#include "ctlsummary.h"
#include "exceptionfile.h"
#include "inforce.h"
#include "packettexts.h"
#include "prooffinding.h"
#include "proofrun.h"
#include "readopts.h"
#include "snapread.h"

#define SOCKET	   PROVERPROC_SOCKET
#define PART_BYTES 60000

/* What is found ----------------------------------------------------------------------------------
 */

static void send_finding(uint64_t number, const struct prooffinding *finding)
{
	struct message message;

	message_begin(&message, PROVER_ANSWER);
	message_put_number(&message, number);
	prooffinding_put(&message, finding);
	(void)message_send(SOCKET, &message);
}

static void send_failure(uint64_t number, const char *why)
{
	struct prooffinding finding = { .result = PROOFFINDING_FAILED };

	snprintf(finding.text, sizeof(finding.text), "%s", why);
	send_finding(number, &finding);
}

/* Proving ---------------------------------------------------------------------------------------
 */

/* All rights are given up between reading and deciding. */
static int give_up(void)
{
	const struct rlimit memory = { PROVERPROC_MEMORY, PROVERPROC_MEMORY };
	const char *step;
	int r = setrlimit(RLIMIT_DATA, &memory) < 0 ? -errno : sandbox_drop(NULL, 0, &step);

	if (r == 0)
		r = sandbox_filter(SANDBOX_DECIDER);
	return r == -EOPNOTSUPP ? 0 : r;
}

static int read_policy(const struct proverproc_options *options, struct diag_list *diags,
	char problem[INFORCE_PROBLEM_MAX], struct policy **ret_policy)
{
	char exceptions[4096];
	const struct inforce inforce = {
		.own = options->config,
		.profiles = options->profiles,
		.exceptions = exceptions,
		.now = time(NULL),
	};

	snprintf(
		exceptions, sizeof(exceptions), "%s/" EXCEPTIONFILE_NAME, options->state_directory);
	int r = inforce_policy(&inforce, diags, problem, ret_policy);

	if (r == -EINVAL)
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: the policy is not valid",
			options->config);
	else if (r < 0 && problem[0] == '\0')
		snprintf(problem, INFORCE_PROBLEM_MAX, "%s: %s", options->config, errtext(r));
	return r;
}

static int decide(const char *text, size_t length, const struct policy *policy,
	struct zonetime *zone, struct prooffinding *finding, struct diag_list *diags)
{
	uint8_t digest[SNAPSHOT_DIGEST_LENGTH];
	struct snapshot *snapshot = NULL;
	struct proofrun run;
	int r = snapshot_load(text, length, "this host", diags, &snapshot);

	if (r < 0)
		return r;
	snapshot_digest(text, length, digest);
	proofrun_init(&run, snapshot, digest, policy, time(NULL));
	run.zone = zone;
	r = proofrun_decide(&run);
	if (r == 0)
		prooffinding_of(&run.certificate, finding);
	proofrun_clear(&run);
	snapshot_free(snapshot);
	return r;
}

/* Does not return. What it cannot do, it says in words of its own. */
static _Noreturn void decide_all(const struct proverproc_options *options, uint64_t number)
{
	struct prooffinding finding = { 0 };
	int64_t begin = clock_monotonic();
	char problem[INFORCE_PROBLEM_MAX];
	struct diag_list *diags;
	struct policy *policy;
	struct zonetime *zone = NULL;
	char *text = NULL;
	size_t length = 0;
	int r = diag_list_new(&diags);

	if (r == 0)
		r = read_policy(options, diags, problem, &policy);
	if (r == 0) {
		snprintf(problem, sizeof(problem), "time zone %s", policy->time_zone);
		r = openings_load_zone(policy, &zone);
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "the kernel cannot be read");
		r = snapread(&text, &length);
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "rights cannot be given up");
		r = give_up();
	}
	if (r == 0) {
		snprintf(problem, sizeof(problem), "deciding");
		r = decide(text, length, policy, zone, &finding, diags);
	}
	finding.milliseconds = (uint64_t)((clock_monotonic() - begin) / CLOCK_MILLISECOND);
	if (r < 0) {
		size_t used = strlen(problem);

		if (r != -EINVAL)
			snprintf(
				problem + used, sizeof(problem) - used, ": %s", errtext_english(r));
		send_failure(number, problem);
	} else {
		send_finding(number, &finding);
	}
	_exit(EXIT_SUCCESS);
}

/* The snapshot for somebody who asked hedated, in pieces. */
static _Noreturn void hand_over(int connection)
{
	static struct message message;
	char *text = NULL;
	size_t length = 0;
	int flags = fcntl(connection, F_GETFL), r = snapread(&text, &length);

	/* The client reads at its own pace; the time of this process is bounded. */
	(void)fcntl(connection, F_SETFL, flags & ~O_NONBLOCK);
	for (size_t at = 0; r == 0 && at < length; at += PART_BYTES) {
		message_begin(&message, CTL_SNAPSHOT_PART);
		message_put_bytes(
			&message, text + at, length - at < PART_BYTES ? length - at : PART_BYTES);
		r = message_send(connection, &message);
	}
	message_begin(&message, CTL_RESULT);
	message_put_number(&message, r < 0 ? EXIT_FAILED : EXIT_OK);
	message_put_string(&message, r < 0 ? errtext_english(r) : "");
	(void)message_send(connection, &message);
	_exit(EXIT_SUCCESS);
}

/* Comparing --------------------------------------------------------------------------------------
 */

/* What two configurations mean for packets: each item as hedated sends it on. */
static void send_items(uint64_t number, const struct change *packets)
{
	static struct message item, message;
	struct sendq queue;

	sendq_init(&queue, CTLSUMMARY_BYTES + MESSAGE_MAX);
	int r = ctlsummary_put(&queue, packets);

	while (r == 0 && sendq_pop(&queue, &item)) {
		message_begin(&message, PROVER_ITEM);
		message_put_number(&message, number);
		message_put_number(&message, item.type);
		message_put_bytes(&message, item.body, item.length);
		r = message_send(SOCKET, &message);
	}
	sendq_clear(&queue);
	if (r < 0)
		_exit(EXIT_FAILURE);
}

static void send_end(uint64_t number, uint64_t end)
{
	struct message message;

	message_begin(&message, PROVER_COMPARED);
	message_put_number(&message, number);
	message_put_number(&message, end);
	(void)message_send(SOCKET, &message);
}

static int read_one(const struct proverproc_options *options, const char *bytes, size_t length,
	struct policy **ret_policy)
{
	struct readopts readopts;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r == 0)
		r = conf_read_bytes(bytes, length, "configuration",
			readopts_now(&readopts, options->profiles), diags, ret_policy);
	diag_list_free(diags);
	return r;
}

/* Does not return. Out of memory it ends badly, which is told by who watches. */
static _Noreturn void compare(
	const struct proverproc_options *options, uint64_t number, uint64_t split, int texts)
{
	struct policy *before = NULL, *after = NULL;
	struct change *packets = calloc(1, sizeof(*packets));
	const char *step;
	char *bytes;
	size_t length;
	int r = packets ? sandbox_drop(NULL, 0, &step) : -ENOMEM; /* files are read by anybody */

	if (r == 0)
		r = packettexts_read(texts, split, &bytes, &length);

	if (r == 0)
		r = read_one(options, bytes, (size_t)split, &before);
	if (r == 0)
		r = read_one(options, bytes + split, length - (size_t)split, &after);
	if (r == 0)
		r = give_up();
	else if (r != -ENOMEM) {
		send_end(number, 1 + CHANGEPACKETS_NO_TEXT);
		_exit(EXIT_SUCCESS);
	}
	if (r == 0)
		r = changepackets_add(before, after, CHANGEPACKETS_FULLY, packets);
	if (r < 0)
		_exit(EXIT_FAILURE);
	send_items(number, packets);
	send_end(number, 0);
	_exit(EXIT_SUCCESS);
}

/* -----------------------------------------------------------------------------------------------
 */

void proverwork(const struct proverproc_options *options, uint64_t number, struct message *request)
{
	int fd = message_take_fd(request);

	if (request->type == PROVER_SNAPSHOT)
		hand_over(fd);
	if (request->type == PROVER_COMPARE)
		compare(options, number, message_get_number(request), fd);
	decide_all(options, number);
}

void proverwork_failed(uint16_t type, uint64_t number, const char *why)
{
	if (type == PROVER_ASK)
		send_failure(number, why);
	else if (type == PROVER_COMPARE)
		send_end(number, 1 + CHANGEPACKETS_ENDED);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate prove: which places can exchange which packets, decided from the kernel's own rules. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/smt2.h"
#include "clock.h"
#include "ctlclient.h"
#include "exceptionfile.h"
#include "inforce.h"
#include "newfile.h"
#include "optionrows.h"
#include "pager.h"
#include "proofcert.h"
#include "prooffinding.h"
#include "proofrun.h"
#include "proofview.h"
#include "takesnapshot.h"

#define ANSWER_SECONDS 10

#define SMT2_BYTES_MAX ((size_t)1 << 30) /* of memory, for what --smt2 writes */

enum option {
	OPTION_SNAPSHOT,
	OPTION_SAVE,
	OPTION_CONFIG,
	OPTION_EXCEPTIONS,
	OPTION_PAIR,
	OPTION_CERTIFICATE,
	OPTION_KEY,
	OPTION_CHECK,
	OPTION_SMT2,
	OPTION_TELL,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_SNAPSHOT] = OPTIONROW_SNAPSHOT,
	[OPTION_SAVE] = { "save", 0, N_("FILE"), N_("save the snapshot as FILE, a new file") },
	[OPTION_CONFIG] = OPTIONROW_INFORCE,
	[OPTION_EXCEPTIONS] = OPTIONROW_EXCEPTIONS,
	[OPTION_PAIR] = { "pair", 0, N_("A,B"),
		N_("only what passes from zone A to zone B (also: gateway, other)") },
	[OPTION_CERTIFICATE] = { "certificate", 0, N_("FILE"),
		N_("write what was decided to FILE, signed") },
	[OPTION_KEY] = { "key", 0, N_("FILE"), N_("the key that signs it") },
	[OPTION_CHECK] = { "check", 0, N_("FILE"),
		N_("check the certificate in FILE; with --snapshot, decide again") },
	[OPTION_SMT2] = { "smt2", 0, N_("FILE"),
		N_("write the question to FILE, for an SMT solver (SMT-LIB 2)") },
	[OPTION_TELL] = { "tell", 0, NULL,
		N_("tell hedated what was decided: it is put on record (root only)") },
};

static const struct cmd_usage usage = {
	"prove",
	N_("[OPTION ...]"),
	N_("Reads all rules back from the kernel and decides, over every packet that there can "
	   "be,\n"
	   "which zones can exchange which packets, and whether that is what the policy permits: "
	   "no\n"
	   "more and no less. What it rests on: hedate-proof(7)."),
	options,
	OPTION_COUNT,
};

struct request {
	const char *snapshot, *save, *pair, *certificate, *key, *check, *smt2;
	bool tell, told;
	int64_t begin; /* monotonic ns */
	struct inforce inforce;
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	const char **const places[OPTION_COUNT] = {
		[OPTION_SNAPSHOT] = &request->snapshot,
		[OPTION_SAVE] = &request->save,
		[OPTION_CONFIG] = &request->inforce.config,
		[OPTION_EXCEPTIONS] = &request->inforce.exceptions,
		[OPTION_PAIR] = &request->pair,
		[OPTION_CERTIFICATE] = &request->certificate,
		[OPTION_KEY] = &request->key,
		[OPTION_CHECK] = &request->check,
		[OPTION_SMT2] = &request->smt2,
	};

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_TELL)
		request->tell = true;
	else
		*places[option] = value;
	return EXIT_OK;
}

/* One place by its name; false: there is none. */
static bool find_place(
	const struct policy *policy, const char *name, size_t length, size_t *ret_place)
{
	for (size_t i = 0; i < ZONESPACE_PLACES(policy); i++) {
		const char *place = certificate_place(policy, i);

		if (strlen(place) == length && memcmp(place, name, length) == 0) {
			*ret_place = i;
			return true;
		}
	}
	return false;
}

static int take_pair(const char *pair, struct prove_question *question)
{
	const char *comma = strchr(pair, ',');

	if (!comma ||
		!find_place(question->policy, pair, (size_t)(comma - pair), &question->from) ||
		!find_place(question->policy, comma + 1, strlen(comma + 1), &question->to) ||
		(question->from == question->to &&
			question->to == ZONESPACE_GATEWAY(question->policy)))
		return cmd_usage_error(
			&usage, _("\"%s\": two zones are needed, with a comma between"), pair);
	question->one_pair = true;
	return EXIT_OK;
}

static int show(const struct cli *cli, const struct certificate *certificate)
{
	enum certificate_result result = certificate_result(certificate);
	struct json json;
	int exit_code;

	pager_begin(cli);
	if (cli->json) {
		json_init(&json);
		certificate_write(certificate, &json);
		exit_code = cmd_put_json(&json);
	} else {
		exit_code = proofview_show(cli, certificate);
	}
	return exit_code == EXIT_OK && result != CERTIFICATE_PROVED ? EXIT_FAILED : exit_code;
}

/* The question as somebody else's solver reads it. */
static int save_question(const char *file, const struct prove_question *question)
{
	char *text = NULL;
	size_t length;
	int r = smt2_text(question, SMT2_BYTES_MAX, &text, &length);

	if (r == -E2BIG)
		return cmd_failed(
			_("%s: too big for one question; ask for one pair of zones with --pair"),
			file);
	if (r == 0)
		r = newfile_save(file, text, length);
	free(text);
	return r < 0 ? cmd_failed("%s: %s", file, errtext(r)) : EXIT_OK;
}

static void put_finding(struct message *message, const void *data)
{
	prooffinding_put(message, data);
}

static int tell(const struct cli *cli, const struct prooffinding *finding)
{
	const struct ctl_request question = { .type = CTL_PROOF,
		.put = put_finding,
		.put_data = finding,
		.fd = -1,
		.seconds = ANSWER_SECONDS };

	return ctl_call(cli, &question, NULL, NULL, NULL);
}

/* What it could not do it tells, too: nobody else would notice. */
static void tell_failure(const struct cli *cli, const struct diag_list *diags)
{
	struct prooffinding finding = { .result = PROOFFINDING_FAILED };

	snprintf(finding.text, sizeof(finding.text), "%s",
		diag_list_length(diags) > 0 ? diag_list_get(diags, 0)->message
					    : "the host or its policy could not be read");
	(void)tell(cli, &finding);
}

static int tell_decided(
	const struct cli *cli, struct request *request, const struct certificate *certificate)
{
	struct prooffinding finding;

	request->told = true;
	prooffinding_of(certificate, &finding);
	finding.milliseconds = (uint64_t)((clock_monotonic() - request->begin) / CLOCK_MILLISECOND);
	return tell(cli, &finding);
}

static int decide(const struct cli *cli, struct request *request, const struct takesnapshot *taken,
	const struct policy *policy)
{
	struct proofrun run;
	int exit_code = EXIT_OK, r;

	proofrun_init(&run, taken->snapshot, taken->digest, policy, time(NULL));
	if (request->pair)
		exit_code = take_pair(request->pair, &run.question);
	if (exit_code == EXIT_OK && (r = proofrun_decide(&run)) < 0)
		exit_code = cmd_failed("%s", r == -ENOMEM ? _("out of memory") : errtext(r));
	if (exit_code == EXIT_OK && request->smt2)
		exit_code = save_question(request->smt2, &run.question);
	if (exit_code == EXIT_OK && request->certificate)
		exit_code =
			proofcert_write(cli, request->certificate, request->key, &run.certificate);
	if (exit_code == EXIT_OK && request->tell)
		exit_code = tell_decided(cli, request, &run.certificate);
	if (exit_code == EXIT_OK)
		exit_code = show(cli, &run.certificate);
	proofrun_clear(&run);
	return exit_code;
}

static int find_policy(const struct cli *cli, const struct request *request,
	struct diag_list *diags, struct policy **ret_policy)
{
	struct inforce inforce = request->inforce;
	char problem[INFORCE_PROBLEM_MAX];

	inforce.own = CONFIG_FILE;
	inforce.profiles = cli->profiles;
	if (!inforce.exceptions)
		inforce.exceptions = STATE_DIRECTORY "/" EXCEPTIONFILE_NAME;
	int r = inforce_policy(&inforce, diags, problem, ret_policy);

	if (r == -ENOMEM)
		return cmd_failed(_("out of memory"));
	if (r < 0 && r != -EINVAL)
		return cmd_failed("%s", problem);
	return r < 0 ? EXIT_CONFIG : EXIT_OK;
}

/* Decide again what a certificate says. */
static int decide_again(const struct cli *cli, const struct proofcert *read,
	const struct takesnapshot *taken, const struct policy *policy)
{
	struct proofrun run;
	int exit_code = proofcert_matches(read, taken->digest, policy);

	if (exit_code != EXIT_OK)
		return exit_code;
	proofrun_init(&run, taken->snapshot, taken->digest, policy, read->facts.seconds);
	run.question.budget = read->facts.budget;
	exit_code = proofrun_decide(&run) < 0 ? cmd_failed(_("out of memory"))
					      : proofcert_compare(read, &run.certificate);
	if (exit_code == EXIT_OK && !cli->json)
		puts(_("Decided again on that snapshot: the same."));
	proofrun_clear(&run);
	return exit_code;
}

static int check(const struct cli *cli, struct request *request, struct diag_list *diags)
{
	struct takesnapshot taken = { .snapshot = NULL };
	struct policy *policy = NULL;
	struct proofcert read;
	int exit_code = proofcert_read(cli, request->check, &read);

	if (exit_code == EXIT_OK && request->snapshot) {
		exit_code = takesnapshot(cli, request->snapshot, diags, &taken);
		if (exit_code == EXIT_OK) {
			request->inforce.now = taken.snapshot->time;
			exit_code = find_policy(cli, request, diags, &policy);
		}
		if (exit_code == EXIT_OK)
			exit_code = decide_again(cli, &read, &taken, policy);
	}
	if (exit_code == EXIT_OK && strcmp(read.facts.result, "proved") != 0)
		exit_code = EXIT_FAILED;
	policy_free(policy);
	takesnapshot_clear(&taken);
	proofcert_clear(&read);
	return exit_code;
}

static int work(const struct cli *cli, struct request *request, struct diag_list *diags)
{
	struct takesnapshot taken;
	struct policy *policy = NULL;
	int exit_code = takesnapshot(cli, request->snapshot, diags, &taken);

	if (exit_code != EXIT_OK)
		return exit_code;
	if (request->save)
		exit_code = takesnapshot_save(&taken, request->save);
	request->inforce.now = taken.snapshot->time ? taken.snapshot->time : time(NULL);
	if (exit_code == EXIT_OK)
		exit_code = find_policy(cli, request, diags, &policy);
	if (exit_code == EXIT_OK)
		exit_code = decide(cli, request, &taken, policy);
	policy_free(policy);
	takesnapshot_clear(&taken);
	return exit_code;
}

int cmd_prove(struct cli *cli, int argc, char **argv)
{
	struct request request = { .key = CONFIG_DIRECTORY "/evidence.key" };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	request.begin = clock_monotonic();
	if (request.tell && (request.snapshot || request.check || request.pair || geteuid() != 0)) {
		diag_list_free(diags);
		return cmd_usage_error(&usage, _("--tell is for root, of this host and all pairs"));
	}
	exit_code = request.check ? check(cli, &request, diags) : work(cli, &request, diags);
	if (diag_list_count(diags, DIAG_ERROR) > 0)
		diag_list_print(diags, stderr, cli->error_color);
	if (request.tell && !request.told)
		tell_failure(cli, diags);
	diag_list_free(diags);
	return exit_code;
}

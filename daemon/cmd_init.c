/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate init: a first configuration from the interfaces and routes of this host and a few
 * answers. What is written has been read back and checked; a file that is there stays.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/assertion.h"
#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "cmd.h"
#include "hostnet.h"
#include "initask.h"
#include "newfile.h"
#include "readopts.h"
#include "sshpeer.h"

#define DEFAULT_OUTPUT "hedate.conf"
#define ANSWERS_MAX    (1u << 20) /* bytes */
#define READ_TRIES     10	  /* the host's interfaces change under our eyes */

enum {
	OPTION_OUTPUT,
	OPTION_FORCE,
	OPTION_ANSWERS,
	OPTION_YES,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_OUTPUT] = { "output", 'o', N_("FILE"),
		N_("write to it, not to hedate.conf; -: show it") },
	[OPTION_FORCE] = { "force", 'f', NULL, N_("also where a file is; it becomes FILE~") },
	[OPTION_ANSWERS] = { "answers", 'a', N_("FILE"),
		N_("take the answers from it; -: standard input") },
	[OPTION_YES] = { "yes", 'y', NULL,
		N_("ask nothing: every interface stays blocked but the one "
		   "that ssh comes by") },
};

static const struct cmd_usage usage = {
	"init",
	"",
	N_("Writes a first configuration from the interfaces and routes of this host and a few\n"
	   "questions. What is not answered stays blocked. The file is checked before it is "
	   "there;\n"
	   "nothing is put in force."),
	options,
	OPTION_COUNT,
};

struct request {
	const char *output, *answers;
	bool force, yes;
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	switch (option) {
	case OPTION_OUTPUT:
		request->output = value;
		return EXIT_OK;
	case OPTION_FORCE:
		request->force = true;
		return EXIT_OK;
	case OPTION_ANSWERS:
		request->answers = value;
		return EXIT_OK;
	case OPTION_YES:
		request->yes = true;
		return EXIT_OK;
	default:
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	}
}

/* ---- what is known without asking ---- */

/* The host's name as far as it can be the site's. */
static void default_site(struct setup *setup)
{
	char name[256] = "";
	const char *why;

	if (gethostname(name, sizeof(name) - 1) < 0)
		return;
	name[strcspn(name, ".")] = '\0';
	for (char *c = name; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	(void)setup_set(setup, "site", NULL, name, &why);
}

/* Who runs this by ssh is to get in again. */
static void default_ssh(struct setup *setup)
{
	struct setup_interface *interface;
	struct sshpeer peer;
	const char *why;

	/* A link-local address has an interface after it, and is in no segment. */
	if (!sshpeer_find(&peer) || setup_set(setup, "ssh", NULL, peer.client, &why) < 0)
		return;
	setup->ssh_port = peer.port;
	interface = setup_way_to(setup, &setup->ssh[0]);
	if (interface)
		(void)setup_set(setup, "interface", interface, "management", &why);
}

static int read_host(struct setup *setup)
{
	int r = -EINTR;

	for (int i = 0; i < READ_TRIES && r == -EINTR; i++) {
		setup_clear(setup);
		setup_init(setup);
		r = hostnet_read(setup);
	}
	if (r == -E2BIG)
		return cmd_failed(_("this host has more than %d interfaces"), SETUP_INTERFACES_MAX);
	if (r < 0)
		return cmd_failed(_("the interfaces cannot be read: %s"), errtext(r));
	default_site(setup);
	default_ssh(setup);
	return EXIT_OK;
}

/* ---- answers ---- */

static int read_answers(struct setup *setup, const struct cli *cli, const char *name)
{
	FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
	char *text = in ? malloc(ANSWERS_MAX) : NULL;
	struct diag_list *diags = NULL;
	int r = -ENOMEM;

	if (!in)
		return cmd_failed(_("cannot open %s: %s"), name, errtext(-errno));
	if (text && diag_list_new(&diags) == 0)
		r = setup_read(setup, text, fread(text, 1, ANSWERS_MAX, in),
			in == stdin ? "-" : name, diags);
	if (diags)
		diag_list_print(diags, stderr, cli->error_color);
	diag_list_free(diags);
	free(text);
	if (in != stdin)
		fclose(in);
	if (r == -ENOMEM)
		return cmd_failed(_("out of memory"));
	return r < 0 ? EXIT_CONFIG : EXIT_OK;
}

static int ask_person(struct setup *setup, const struct cli *cli)
{
	struct readopts readopts;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return cmd_usage_error(
			&usage, _("there is no terminal to ask on: give --answers FILE, or --yes"));
	r = initask(setup, readopts_now(&readopts, cli->profiles), stdin, stderr);
	if (r == -ECANCELED)
		return cmd_failed(_("the questions were not answered; nothing was written"));
	return r < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static int settle(struct setup *setup)
{
	const struct addr *outside;
	size_t used = 0;
	char text[ADDR_TEXT_MAX];

	if (setup_settle(setup) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < setup->interface_count; i++)
		used += setup->interfaces[i].used;
	if (used == 0)
		return cmd_failed(_("no interface is in a zone: a configuration needs one"));
	outside = setup_locked_out(setup);
	if (!outside)
		return EXIT_OK;
	addr_format(outside->family, outside->bytes, text);
	return cmd_failed(
		_("ssh from %s would be locked out: it is behind no interface in a zone, or "
		  "what is behind it is not stated; answer that, or \"ssh = none\""),
		text);
}

/* ---- the file ---- */

/* Would it be accepted? Then its findings, if any, are warnings. */
static int check(const struct cli *cli, int fd, const char *name)
{
	struct assertion_results results = { 0 };
	struct policy *policy = NULL;
	struct ruleset *ruleset = NULL;
	struct diag_list *diags = NULL;
	struct readopts readopts;
	int r = diag_list_new(&diags);

	if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r == 0)
		r = conf_read(fd, name, readopts_now(&readopts, cli->profiles), diags, &policy);
	if (r == 0)
		r = compile_policy(policy, diags, &ruleset);
	if (r == 0)
		r = assertion_check(policy, ruleset, diags, &results);
	if (diags)
		diag_list_print(diags, stderr, cli->error_color);
	assertion_results_clear(&results);
	ruleset_free(ruleset);
	policy_free(policy);
	diag_list_free(diags);
	return r;
}

static int write_text(const struct setup *setup, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	FILE *out = copy < 0 ? NULL : fdopen(copy, "w");
	int r = 0;

	if (!out) {
		r = -errno;
		if (copy >= 0)
			close(copy);
		return r;
	}
	setup_write(setup, out);
	if (ferror(out))
		r = -EIO;
	if (fclose(out) != 0 && r == 0)
		r = -errno;
	return r;
}

static int refused(void)
{
	cmd_failed(_("what would be written is not a configuration that is accepted; nothing was "
		     "written"));
	return EXIT_CONFIG;
}

/* To standard output, checked all the same. */
static int show(const struct cli *cli, const struct setup *setup)
{
	int fd = memfd_create("hedate-init", MFD_CLOEXEC);
	int exit_code = EXIT_OK;

	if (fd < 0 || fchmod(fd, NEWFILE_MODE) < 0 || write_text(setup, fd) < 0)
		exit_code = cmd_failed(_("the text cannot be written: %s"), errtext(-errno));
	else if (check(cli, fd, "-") < 0)
		exit_code = refused();
	else
		setup_write(setup, stdout);
	if (fd >= 0)
		close(fd);
	return exit_code;
}

static int cannot_write(const char *output, int error)
{
	if (error == -EEXIST)
		return cmd_failed(
			_("%s is there already; --force keeps it as %s~"), output, output);
	return cmd_failed(_("%s cannot be written: %s"), output, errtext(error));
}

static int write_file(
	const struct cli *cli, const struct request *request, const struct setup *setup)
{
	struct newfile file;
	int r = newfile_begin(&file, request->output);

	if (r < 0)
		return cannot_write(request->output, r);
	r = write_text(setup, file.fd);
	if (r == 0 && check(cli, file.fd, request->output) < 0) {
		newfile_abandon(&file);
		return refused();
	}
	if (r == 0)
		r = newfile_finish(&file, request->force);
	newfile_abandon(&file);
	return r < 0 ? cannot_write(request->output, r) : EXIT_OK;
}

/* ---- the answer ---- */

static int say_json(const char *output, const struct setup *setup)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "file");
	json_string(&json, output);
	json_key(&json, "blocked");
	json_array_begin(&json);
	for (size_t i = 0; i < setup->interface_count; i++)
		if (!setup->interfaces[i].used)
			json_string(&json, setup->interfaces[i].name);
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static void say(const char *output, const struct setup *setup)
{
	const char *comma = "";

	printf(_("%s is written. No path is in it yet: nothing is forwarded.\n"), output);
	for (size_t i = 0; i < setup->interface_count; i++) {
		if (setup->interfaces[i].used)
			continue;
		if (!*comma)
			fputs(_("Interfaces that stay blocked: "), stdout);
		printf("%s%s", comma, setup->interfaces[i].name);
		comma = ", ";
	}
	fputs(*comma ? "\n" : "", stdout);
	printf(_("Write the paths, then: hedate check %s, hedate apply %s\n"), output, output);
}

static int init(const struct cli *cli, const struct request *request, struct setup *setup)
{
	bool shown = strcmp(request->output, "-") == 0;
	int exit_code;

	/* Not asked for nothing. */
	if (!shown && !request->force && access(request->output, F_OK) == 0)
		return cannot_write(request->output, -EEXIST);
	exit_code = read_host(setup);
	if (exit_code == EXIT_OK && request->answers)
		exit_code = read_answers(setup, cli, request->answers);
	else if (exit_code == EXIT_OK && !request->yes)
		exit_code = ask_person(setup, cli);
	if (exit_code == EXIT_OK)
		exit_code = settle(setup);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (shown)
		return show(cli, setup);
	exit_code = write_file(cli, request, setup);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (cli->json)
		return say_json(request->output, setup);
	say(request->output, setup);
	return EXIT_OK;
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
	struct request request = { .output = DEFAULT_OUTPUT };
	struct setup setup = { 0 };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	exit_code = init(cli, &request, &setup);
	setup_clear(&setup);
	return exit_code;
}

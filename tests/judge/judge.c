/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets before the kernel's court: each is loaded into a router, decided over all packets
 * (symexec.h), and packets at the bounds of what was decided are sent through; where there are
 * chains for them, to the router and from it, too. What must pass has to come out, what may not
 * pass must not.
 *
 *	judge [-n PACKETS] [-s SEED] [-c COMMAND] [-o SNAPSHOT] FILE...
 *	judge -r TIMES [-s SEED] CONFIGURATION...
 *
 * FILE is a rule set of nft, whose first lines say with "# links: NAME..." which interfaces the
 * router has, and perhaps with "# worlds: 4" that it is about one of them only; or a configuration
 * of ours (.conf). COMMAND loads what stands beside a configuration, or instead of "nft -f FILE".
 * The rules are saved as SNAPSHOT.
 *
 * -r: our rules are changed at random, so many times; the packets that the proof shows then are
 * sent.
 */
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/json.h"
#include "../../lib/nftxact.h"
#include "../../lib/nlsnapshot.h"
#include "trial.h"

#define AT_ONCE 3 /* much of the time goes into making namespaces */

struct options {
	size_t packets;
	uint64_t seed;
	const char *command;
	const char *save;
	size_t replays;
};

struct shape {
	const char *file;
	char links[2048];
	bool worlds[PKT_WORLDS];
};

/* Rule sets ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void add_text(char *text, size_t size, const char *more)
{
	size_t used = strlen(text);

	if ((size_t)snprintf(text + used, size - used, "%s", more) >= size - used)
		fail("%s: too many interfaces", more);
}

static void read_shape(const char *file, struct shape *shape)
{
	FILE *in = fopen(file, "r");
	char line[2048];

	*shape = (struct shape){ .file = file, .worlds = { true, true } };
	add_text(shape->links, sizeof(shape->links), "a0 a1 a2 a3");
	if (!in)
		fail("%s: %s", file, strerror(errno));
	while (fgets(line, sizeof(line), in) && line[0] == '#') {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "# links: ", 9) == 0)
			snprintf(shape->links, sizeof(shape->links), "%s", line + 9);
		if (strncmp(line, "# worlds: ", 10) == 0) {
			shape->worlds[PKT_IPV4] = strchr(line, '4') != NULL;
			shape->worlds[PKT_IPV6] = strchr(line, '6') != NULL;
		}
	}
	fclose(in);
}

/* Ours: the interfaces are those of its segments. */
static struct policy *read_policy(const char *file, struct shape *shape)
{
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	struct diag_list *diags;
	struct policy *policy;

	if (diag_list_new(&diags) < 0 || conf_read_file(file, &options, diags, &policy) < 0) {
		diag_list_print(diags, stderr, false);
		fail("%s: cannot be read", file);
	}
	diag_list_free(diags);
	shape->links[0] = '\0';
	for (size_t i = 0; i < policy->segment_count; i++) {
		add_text(shape->links, sizeof(shape->links), policy->segments[i].interface);
		add_text(shape->links, sizeof(shape->links), " ");
	}
	add_text(shape->links, sizeof(shape->links), "other");
	return policy;
}

static void load_policy(struct nlsock *socket, struct policy *policy, const char *file)
{
	struct diag_list *diags;
	struct ruleset *ruleset;

	if (diag_list_new(&diags) < 0 || compile_policy(policy, diags, &ruleset) < 0 ||
		nftxact_apply(socket, ruleset, file, diags) < 0) {
		diag_list_print(diags, stderr, false);
		fail("%s: cannot be loaded", file);
	}
	ruleset_free(ruleset);
	diag_list_free(diags);
}

/* Does any rule need the kernel's table of connections? Then all packets go through it. */
static bool needs_connections(const struct nltree *tree)
{
	static const char *const names[] = { "ct", "nat", "masq", "redir", "connlimit", "synproxy",
		"flow_offload", "match", "target" };

	if (tree->kind == NLTREE_TEXT && tree->attr && strcmp(tree->attr->name, "name") == 0)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp((const char *)tree->bytes, names[i]) == 0)
				return true;
	for (size_t i = 0; i < tree->count; i++)
		if (needs_connections(&tree->children[i]))
			return true;
	return false;
}

static bool is_translated(const struct snapshot *snapshot, enum pkt_world world)
{
	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++) {
			const struct snap_chain *chain = &snapshot->tables[i].chains[k];
			const char *type = nltree_text(&chain->tree, NFTA_CHAIN_TYPE);
			uint8_t family = snapshot->tables[i].family;

			if (type && strcmp(type, "nat") == 0 &&
				(family == NFPROTO_INET ||
					family ==
						(world == PKT_IPV4 ? NFPROTO_IPV4 : NFPROTO_IPV6)))
				return true;
		}
	return false;
}

static bool is_tracked(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++) {
			const struct snap_chain *chain = &snapshot->tables[i].chains[k];
			const char *type = nltree_text(&chain->tree, NFTA_CHAIN_TYPE);

			if (type && strcmp(type, "nat") == 0)
				return true;
			for (size_t n = 0; n < chain->rule_count; n++)
				if (needs_connections(&chain->rules[n]))
					return true;
		}
	return false;
}

/* Trying ---------------------------------------------------------------------------------------
 */

/* Is there a base chain that asks packets to or from the router? Translation is judged of what is
 * forwarded alone. */
static bool has_way(const struct snapshot *snapshot, const struct craft *craft, enum sym_way way)
{
	uint64_t wanted = way == SYM_INPUT ? NF_INET_LOCAL_IN : NF_INET_LOCAL_OUT;

	if (way == SYM_FORWARD)
		return true;
	for (size_t i = 0; i < snapshot->table_count && !craft->translates; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++) {
			const struct nltree *hook =
				nltree_find(&snapshot->tables[i].chains[k].tree, NFTA_CHAIN_HOOK);

			if (hook && nltree_number(hook, NFTA_HOOK_HOOKNUM, 99) == wanted)
				return true;
		}
	return false;
}

static bool try_world(const struct options *options, const struct snapshot *snapshot,
	struct craft *craft, const char *name)
{
	bool good = true;

	for (unsigned int way = 0; way < SYM_WAYS; way++) {
		craft->way = way;
		if (has_way(snapshot, craft, way))
			good &= trial_way(options->packets, snapshot, craft, name);
	}
	return good;
}

static void save_rules(struct nlsock *socket, const char *name)
{
	FILE *out = fopen(name, "w");
	struct snapshot *snapshot;
	struct json json;

	if (!out || nlsnapshot_read(socket, NULL, &snapshot) < 0)
		fail("%s: %s", name, strerror(errno));
	json_init(&json);
	snapshot_write(snapshot, &json);
	fputs(json.text, out);
	fputc('\n', out);
	if (fclose(out) != 0)
		fail("%s: %s", name, strerror(errno));
	json_clear(&json);
	snapshot_free(snapshot);
}

static bool try_worlds(const struct options *options, const struct snapshot *snapshot,
	const struct wires *wires, const struct shape *shape)
{
	struct craft crafts[PKT_WORLDS];
	bool marks = true, good = true;

	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		crafts[i] = (struct craft){ .world = i,
			.wires = wires,
			.tracked = is_tracked(snapshot),
			.translates = is_translated(snapshot, i) };
		trial_find_tested(snapshot, &crafts[i]);
		marks &= !crafts[i].tested[PKT_ETHER_SADDR];
	}
	/* Where rules look at the sender's Ethernet address it says nothing to us. */
	if (marks)
		craft_marks(wires);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		crafts[i].marks = marks;
		if (shape->worlds[i])
			good &= try_world(options, snapshot, &crafts[i], shape->file);
	}
	return good;
}

/* Something is done to our rules that takes a packet in or out, or, now and then, nothing. */
static void change_rules(const struct wires *wires, const struct snapshot *snapshot)
{
	static const char *const tests[] = { "", "tcp dport 22", "udp dport 1000-2000",
		"ip daddr 10.0.0.0/8", "ip6 saddr fd00::/8", "ct state new", "meta l4proto 47" };
	const struct snap_table *table = snapshot_find_table(snapshot, NFPROTO_INET, "hedate");
	const struct snap_chain *chain = &table->chains[draw_below(table->chain_count)];
	const char *from = wires->names[draw_below(wires->count)],
		   *to = wires->names[draw_below(wires->count)],
		   *test = tests[draw_below(sizeof(tests) / sizeof(tests[0]))];

	switch (draw_below(4)) {
	case 0:
	case 1:
		run("nft insert rule inet hedate forward iifname %s oifname %s %s accept", from, to,
			test);
		break;
	case 2:
		run("nft insert rule inet hedate forward iifname %s oifname %s %s drop", from, to,
			test);
		break;
	default:
		if (chain->rule_count > 0)
			run("nft delete rule inet hedate '%s' handle %llu", snap_chain_name(chain),
				(unsigned long long)nltree_number(
					&chain->rules[draw_below(chain->rule_count)],
					NFTA_RULE_HANDLE, 0));
	}
}

static struct snapshot *read_rules(struct nlsock *socket)
{
	struct snapshot *snapshot;
	int r = nlsnapshot_read(socket, NULL, &snapshot);

	if (r < 0)
		fail("snapshot: %s", strerror(-r));
	return snapshot;
}

static bool replay_changes(const struct options *options, struct nlsock *socket,
	const struct policy *policy, const char *file, const struct wires *wires)
{
	const char *build = getenv("BUILD");
	size_t shown = 0;
	bool good = true;

	for (size_t i = 0; i < options->replays && good; i++) {
		run("nft flush ruleset && %s/hedate compile --profiles=conf '%s' 2>/dev/null | nft "
		    "-f -",
			build ? build : "build", file);
		struct snapshot *before = read_rules(socket);

		change_rules(wires, before);
		snapshot_free(before);
		struct snapshot *after = read_rules(socket);

		good = replay_witnesses(policy, after, wires, &shown);
		snapshot_free(after);
	}
	printf("%s: %zu changes, %zu packets that the proof showed\n", file, options->replays,
		shown);
	return good && shown > 0;
}

static void count_heard(size_t link, const uint8_t *bytes, size_t length, void *data)
{
	uint32_t id;

	(void)link;
	*(size_t *)data += frame_id(bytes, length, &id);
}

/* A link that was just set up loses what goes out by it for a while. */
static void wait_for_links(const struct wires *wires)
{
	for (size_t i = 0; i < wires->count; i++) {
		struct craft craft = { .world = PKT_IPV4, .wires = wires, .out = i };
		struct hdr_packet packet = { .values = { [PKT_L4PROTO] = 17, [PKT_TTL] = 9 } };
		struct frame frame;
		size_t count = 0;

		wires_route(wires, i);
		craft_settle(&craft, &packet);
		craft_frame(&craft, &packet, 0, &frame);
		frame.link = i;
		memcpy(frame.bytes, wires->macs[i], 6);
		for (size_t tries = 0; count == 0; tries++) {
			if (tries == 20000)
				fail("%s: nothing comes through", wires->names[i]);
			wires_send(wires, &frame, 1, count_heard, &count);
			usleep(count ? 0 : 1000);
		}
	}
}

static bool try_shape(const struct options *options, const char *file)
{
	static struct wires wires;
	struct shape shape;
	struct policy *policy = NULL;
	struct snapshot *snapshot;
	struct nlsock *socket, *route;
	bool good;

	read_shape(file, &shape);
	if (ends_with(file, ".conf"))
		policy = read_policy(file, &shape);
	wires_open(&wires, shape.links);
	wait_for_links(&wires);
	if (nlsock_open(&socket) < 0 || nlsock_open_route(&route) < 0)
		fail("netlink: %s", strerror(errno));
	conn_open();
	if (policy && options->replays > 0) {
		struct diag_list *diags;
		struct ruleset *ruleset; /* its paths have their ids then */

		if (diag_list_new(&diags) < 0 || compile_policy(policy, diags, &ruleset) < 0)
			fail("%s: cannot be compiled", file);
		ruleset_free(ruleset);
		diag_list_free(diags);
		return replay_changes(options, socket, policy, file, &wires);
	}
	if (policy)
		load_policy(socket, policy, file);
	else if (!options->command)
		run("nft -f '%s'", file);
	if (options->command)
		run("%s", options->command);
	int r = nlsnapshot_read(socket, route, &snapshot);

	if (r < 0)
		fail("snapshot: %s", strerror(-r));
	if (options->save)
		save_rules(socket, options->save);
	good = try_worlds(options, snapshot, &wires, &shape);
	snapshot_free(snapshot);
	policy_free(policy);
	nlsock_close(socket);
	nlsock_close(route);
	return good;
}

/* Each in a process of its own: its namespaces end with it. */
static void start_apart(const struct options *options, const char *file)
{
	fflush(stdout);
	pid_t child = fork();

	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child > 0)
		return;
	draw_seed(options->seed);
	bool good = try_shape(options, file);

	fflush(stdout);
	_exit(good ? 0 : 1);
}

static bool wait_apart(void)
{
	int status;

	if (wait(&status) < 0)
		fail("wait: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		printf("one was not tried\n");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	struct options options = { .packets = 5000, .seed = 1 };
	size_t running = 0;
	bool good = true;
	int option;

	while ((option = getopt(argc, argv, "n:s:c:o:r:")) != -1)
		if (option == 'n')
			options.packets = (size_t)strtoul(optarg, NULL, 10);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			options.command = optarg;
		else if (option == 'r')
			options.replays = (size_t)strtoul(optarg, NULL, 10);
		else if (option == 'o')
			options.save = optarg;
		else
			return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("seed %llu\n", (unsigned long long)options.seed);
	for (int i = optind; i < argc; i++) {
		if (running == AT_ONCE) {
			good &= wait_apart();
			running--;
		}
		start_apart(&options, argv[i]);
		running++;
	}
	while (running-- > 0)
		good &= wait_apart();
	return good ? 0 : 1;
}

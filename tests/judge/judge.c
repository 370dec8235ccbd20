/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule sets before the kernel's court: each is loaded into a router, decided over all packets
 * (symexec.h), and packets at the bounds of what was decided are sent through. What must pass has
 * to come out, what may not pass must not.
 *
 *	judge [-n PACKETS] [-s SEED] [-c COMMAND] [-o SNAPSHOT] FILE...
 *
 * FILE is a rule set of nft, whose first lines say with "# links: NAME..." which interfaces the
 * router has, and perhaps with "# worlds: 4" that it is about one of them only; or a configuration
 * of ours (.conf). COMMAND loads what stands beside a configuration, or instead of "nft -f FILE".
 * The rules are saved as SNAPSHOT.
 */
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/json.h"
#include "../../lib/nftxact.h"
#include "../../lib/nlsnapshot.h"
#include "judge.h"

#define LIMITS_MAX  16
#define SHOWN_MAX   5 /* wrong packets that are told about */
#define BUDGET	    ((size_t)1 << 24)
#define TRIES_AGAIN 40 /* times a batch, to find a packet that is not like another one */

struct options {
	size_t packets;
	uint64_t seed;
	const char *command;
	const char *save;
};

struct shape {
	const char *file;
	char links[2048];
	bool worlds[PKT_WORLDS];
};

struct shot {
	struct hdr_packet packet;
	bool may, must, passed, elsewhere;
	bool has_id; /* in its frame; else it is known by key */
	uint32_t id;
	size_t length;
	uint64_t key, flow;
};

struct figures {
	size_t sent, must, perhaps, never, passed, wrong;
};

/* A rule set in one of the worlds. */
struct trial {
	struct craft craft;
	struct hdrspace *space;
	struct symexec *exec;
	bdd_node valid, may, must;
	bdd_node here; /* what can be sent, out of the interface at hand */
	struct shot shots[BATCH];
	struct frame frames[BATCH];
	size_t count;
	uint32_t next_id;
	struct figures figures;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Rule sets ------------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static void read_shape(const char *file, struct shape *shape)
{
	FILE *in = fopen(file, "r");
	char line[2048];

	*shape = (struct shape){ .file = file, .worlds = { true, true } };
	strcpy(shape->links, "a0 a1 a2 a3");
	if (!in)
		fail("%s: %s", file, strerror(errno));
	while (fgets(line, sizeof(line), in) && line[0] == '#') {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "# links: ", 9) == 0)
			strcpy(shape->links, line + 9);
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
		strcat(shape->links, " ");
		strcat(shape->links, policy->segments[i].interface);
	}
	strcat(shape->links, " other");
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

/* Choosing packets ------------------------------------------------------------------------------
 */

static hdr_value random_number(void)
{
	return (hdr_value)draw() << 64 | draw();
}

/* At a bound of what rules test, or beside it, or anywhere. */
static hdr_value random_value(const struct trial *trial, unsigned int field)
{
	unsigned int bits = pkt_field_bits(trial->craft.world, field);
	hdr_value most = bits >= 128 ? ~(hdr_value)0 : ((hdr_value)1 << bits) - 1;

	if (draw_below(8) == 0 || !trial->craft.tested[field])
		return random_number() & most;
	hdr_value value = hdrspace_bound(trial->space, field, draw());
	size_t step = draw_below(8);

	return (step == 0 ? value - 1 : step == 1 ? value + 1 : value) & most;
}

static void random_packet(const struct trial *trial, struct hdr_packet *packet)
{
	static const uint8_t protocols[] = { 6, 6, 17, 17, 1, 58, 47, 50 };

	for (unsigned int field = 0; field < PKT_FIELDS; field++)
		packet->values[field] =
			pkt_field_bits(trial->craft.world, field) ? random_value(trial, field) : 0;
	if (draw_below(2))
		packet->values[PKT_L4PROTO] = protocols[draw_below(sizeof(protocols))];
	if (trial->craft.world == PKT_IPV6 && packet->values[PKT_L4PROTO] == 1)
		packet->values[PKT_L4PROTO] = 58;
	if (draw_below(8))
		packet->values[PKT_FRAG_OFF] = trial->craft.world == PKT_IPV4 ? 0x4000 : 0;
	if (draw_below(8))
		packet->values[PKT_TRUNCATED] = 0;
	if (draw_below(8))
		packet->values[PKT_NEXTHDR] = packet->values[PKT_L4PROTO];
}

static void choose_packet(const struct trial *trial, struct hdr_packet *packet)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	size_t kind = draw_below(8);
	bdd_node set = trial->here;

	random_packet(trial, packet);
	if (kind < 5)
		set = bdd_and(bdd, set, trial->must);
	else if (kind < 6)
		set = bdd_and(bdd, set, bdd_diff(bdd, trial->may, trial->must));
	else if (kind < 7)
		set = bdd_diff(bdd, set, trial->may);
	/* What is empty changes nothing: then it is anything that can be sent. */
	if (!hdrspace_pick(trial->space, set, packet))
		hdrspace_pick(trial->space, trial->here, packet);
	/* Across the edge, perhaps. */
	for (size_t i = draw_below(3); kind >= 3 && kind < 5 && i > 0; i--) {
		unsigned int field = (unsigned int)draw_below(PKT_FIELDS);

		if (trial->craft.tested[field])
			packet->values[field] = random_value(trial, field);
	}
	craft_settle(&trial->craft, packet);
}

/* Trial -----------------------------------------------------------------------------------------
 */

static void wrong(struct trial *trial, const struct shot *shot, const char *what)
{
	if (++trial->figures.wrong > SHOWN_MAX)
		return;
	printf("  WRONG: %s:", what);
	print_packet(&trial->craft, &shot->packet);
}

static void heard(size_t link, const uint8_t *bytes, size_t length, void *data)
{
	struct trial *trial = data;
	uint64_t key = 0;
	uint32_t id;
	bool has_id = frame_id(bytes, length, &id);

	if (!has_id)
		key = frame_key(bytes, length);
	for (size_t i = 0; i < trial->count; i++) {
		struct shot *shot = &trial->shots[i];

		/* An error that quotes it is longer. */
		if (shot->length != length || shot->has_id != has_id ||
			(has_id ? shot->id != id : shot->key != key))
			continue;
		if (link == trial->craft.out)
			shot->passed = true;
		else
			shot->elsewhere = true;
	}
}

static bool is_alone(const struct trial *trial, const struct shot *shot)
{
	for (size_t i = 0; i < trial->count; i++)
		if ((!shot->has_id && trial->shots[i].key == shot->key) ||
			(trial->craft.tracked && trial->shots[i].flow == shot->flow))
			return false;
	return true;
}

/* Make one more; false: it is like another one of its batch. */
static bool add_shot(struct trial *trial)
{
	struct shot *shot = &trial->shots[trial->count];
	struct frame *frame = &trial->frames[trial->count];
	struct conn conn;

	*shot = (struct shot){ .id = trial->next_id++ };
	choose_packet(trial, &shot->packet);
	if (!hdrspace_holds(trial->space, trial->valid, &shot->packet))
		return false;
	craft_frame(&trial->craft, &shot->packet, shot->id, frame);
	shot->length = frame->length;
	shot->has_id = frame_id(frame->bytes, frame->length, &shot->id);
	shot->key = frame_key(frame->bytes, frame->length);
	shot->flow = craft_flow(&trial->craft, &shot->packet, shot->id);
	if (!is_alone(trial, shot))
		return false;
	shot->may = hdrspace_holds(trial->space, trial->may, &shot->packet);
	shot->must = hdrspace_holds(trial->space, trial->must, &shot->packet);
	if (craft_conn(&trial->craft, &shot->packet, shot->id, &conn))
		conn_add(&conn);
	trial->count++;
	return true;
}

static void count_shot(struct trial *trial, const struct shot *shot)
{
	struct figures *figures = &trial->figures;

	figures->sent++;
	if (shot->must)
		figures->must++;
	else if (shot->may)
		figures->perhaps++;
	else
		figures->never++;
	figures->passed += shot->passed;
	if (shot->must && !shot->may)
		wrong(trial, shot, "must pass, and may not");
	if (shot->must && !shot->passed)
		wrong(trial, shot, "must pass, and did not");
	if (!shot->may && shot->passed)
		wrong(trial, shot, "may not pass, and did");
	if (shot->elsewhere && !shot->passed)
		wrong(trial, shot, "came out elsewhere");
}

static void fire(struct trial *trial, size_t count)
{
	size_t tries = 0;

	trial->count = 0;
	if (trial->craft.tracked)
		conn_flush();
	while (trial->count < count && tries < count + TRIES_AGAIN)
		tries += !add_shot(trial);
	wires_send(trial->craft.wires, trial->frames, trial->count, heard, trial);
	for (size_t i = 0; i < trial->count; i++)
		count_shot(trial, &trial->shots[i]);
}

/* Deciding ---------------------------------------------------------------------------------------
 */

/* What rules test, without what is noted for us. */
static void find_tested(const struct snapshot *snapshot, struct craft *craft)
{
	const struct bdd_budget budget = { .nodes = BUDGET };
	struct symexec *exec;
	int r = symexec_new(snapshot, craft->world, &exec);

	if (r == 0)
		r = symexec_run(exec, &budget);
	if (r < 0)
		fail("deciding: %s", strerror(-r));
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		craft->tested[i] = hdrspace_atoms(symexec_space(exec), i) > 1;
	symexec_free(exec);
}

static void note_limits(struct trial *trial, const struct craft_limit *limits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < limits[i].count; k++)
			if (hdrspace_note(trial->space, limits[i].slice, limits[i].ranges[k]) < 0)
				fail("a limit cannot be noted");
	for (size_t i = 0; i < trial->craft.wires->count; i++) {
		struct hdr_packet packet = { { 0 } };
		struct craft craft = trial->craft;

		craft.out = i;
		craft_settle(&craft, &packet);
		hdr_value name = packet.values[PKT_OIFNAME];

		hdrspace_note(trial->space, pkt_slice(craft.world, PKT_OIFNAME),
			(struct hdr_range){ name, name });
	}
}

static bdd_node decide_limits(struct trial *trial, const struct craft_limit *limits, size_t count)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	bdd_node result = trial->valid;

	for (size_t i = 0; i < count; i++)
		result = bdd_and(bdd, result,
			hdrspace_tests(
				trial->space, limits[i].slice, limits[i].ranges, limits[i].count));
	return result;
}

static bdd_node going_out(struct trial *trial, size_t link)
{
	struct hdr_packet packet = { { 0 } };

	trial->craft.out = link;
	craft_settle(&trial->craft, &packet);
	hdr_value name = packet.values[PKT_OIFNAME];

	return hdrspace_test(trial->space, pkt_slice(trial->craft.world, PKT_OIFNAME),
		(struct hdr_range){ name, name });
}

/* What the kernel writes into a connection's status is not ours to say. */
static void forget_status(struct trial *trial)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	bdd_node not_must = bdd_diff(bdd, trial->valid, trial->must);

	trial->may = hdrspace_forget(trial->space, trial->may, PKT_CT_STATUS);
	trial->must =
		bdd_diff(bdd, trial->valid, hdrspace_forget(trial->space, not_must, PKT_CT_STATUS));
}

static void print_doubts(const struct trial *trial)
{
	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(trial->exec, &doubts);

	for (size_t i = 0; i < count && i < 8; i++)
		printf("  doubt: %s %s handle %llu: %s\n", doubts[i].table, doubts[i].chain,
			(unsigned long long)doubts[i].handle, doubts[i].expression);
}

static void report(const struct trial *trial, const char *name, double seconds)
{
	const struct figures *f = &trial->figures;

	printf("%s %s: %zu packets, %zu must pass, %zu may, %zu may not; %zu passed; %zu wrong; "
	       "%.1f s\n",
		name, trial->craft.world == PKT_IPV6 ? "IPv6" : "IPv4", f->sent, f->must,
		f->perhaps, f->never, f->passed, f->wrong, seconds);
	fflush(stdout);
}

static bool try_world(const struct options *options, const struct snapshot *snapshot,
	const struct craft *craft, const char *name)
{
	static struct trial trial;
	const struct bdd_budget budget = { .nodes = BUDGET };
	struct craft_limit limits[LIMITS_MAX];
	double begin = now();

	memset(&trial, 0, sizeof(trial));
	trial.craft = *craft;
	if (symexec_new(snapshot, craft->world, &trial.exec) < 0)
		fail("out of memory");
	trial.space = symexec_space(trial.exec);
	size_t count = craft_limits(&trial.craft, limits, LIMITS_MAX);

	note_limits(&trial, limits, count);
	int r = symexec_run(trial.exec, &budget);

	if (r < 0)
		fail("deciding: %s", strerror(-r));
	trial.valid = symexec_valid(trial.exec);
	trial.may = symexec_may_pass(trial.exec, SYM_FORWARD);
	trial.must = symexec_must_pass(trial.exec, SYM_FORWARD);
	forget_status(&trial);
	bdd_node can = decide_limits(&trial, limits, count);

	for (size_t i = 0; i < craft->wires->count; i++) {
		size_t until = options->packets * (i + 1) / craft->wires->count;

		trial.here = bdd_and(hdrspace_bdd(trial.space), can, going_out(&trial, i));
		if (bdd_error(hdrspace_bdd(trial.space)))
			fail("past the budget");
		wires_route(craft->wires, i);
		for (size_t idle = 0; trial.figures.sent < until && idle < 100;) {
			size_t before = trial.figures.sent, left = until - before;

			fire(&trial, left < BATCH ? left : BATCH);
			idle = trial.figures.sent == before ? idle + 1 : 0;
		}
	}
	report(&trial, name, now() - begin);
	if (trial.figures.wrong > 0)
		print_doubts(&trial);
	bool good = trial.figures.wrong == 0 && trial.figures.sent >= options->packets * 9 / 10;

	symexec_free(trial.exec);
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
		crafts[i] = (struct craft){
			.world = i, .wires = wires, .tracked = is_tracked(snapshot)
		};
		find_tested(snapshot, &crafts[i]);
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
static bool try_apart(const struct options *options, const char *file)
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		draw_seed(options->seed);
		bool good = try_shape(options, file);

		fflush(stdout);
		_exit(good ? 0 : 1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("fork: %s", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		printf("%s: not tried\n", file);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	struct options options = { .packets = 5000, .seed = 1 };
	bool good = true;
	int option;

	while ((option = getopt(argc, argv, "n:s:c:o:")) != -1)
		if (option == 'n')
			options.packets = (size_t)strtoul(optarg, NULL, 10);
		else if (option == 's')
			options.seed = strtoull(optarg, NULL, 10);
		else if (option == 'c')
			options.command = optarg;
		else if (option == 'o')
			options.save = optarg;
		else
			return 2;
	printf("seed %llu\n", (unsigned long long)options.seed);
	for (int i = optind; i < argc; i++)
		good &= try_apart(&options, argv[i]);
	return good ? 0 : 1;
}

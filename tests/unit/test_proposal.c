/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposals: their line, their files, and what they would change as messages. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/ctlproto.h"
#include "../../daemon/ctlsummary.h"
#include "../../daemon/proposalfile.h"
#include "suite.h"
#include "testdir.h"

#define BYTES "site = { name = \"town\"; };\n"

static struct proposal made(const char *bytes)
{
	struct proposal proposal = {
		.kind = PROPOSAL_APPLY,
		.time = 1795253400,
		.expires = 1795339800,
		.uid = 64901,
		.who = "sato",
		.file = "/etc/hedate/新しい.conf",
		.ticket = "R8-17",
		.reason = "\"保守\" \\ のため",
		.confirm_seconds = PROPOSAL_AS_POLICY,
		.of = 7,
	};

	memset(proposal.base, 0x5a, sizeof(proposal.base));
	crypto_generichash(proposal.digest, sizeof(proposal.digest), (const unsigned char *)bytes,
		strlen(bytes), NULL, 0);
	return proposal;
}

static struct json line_of(const struct proposal *proposal)
{
	struct json json;

	json_init(&json);
	proposal_write(&json, proposal);
	ck_assert(!json.failed);
	return json;
}

START_TEST(line)
{
	struct proposal proposal = made(BYTES), again;
	struct json json = line_of(&proposal), other;

	ck_assert_int_eq(proposal_read(json.text, json.length - 1, &again), 0);
	other = line_of(&again);
	ck_assert_str_eq(json.text, other.text);
	ck_assert_int_eq(memcmp(again.digest, proposal.digest, sizeof(again.digest)), 0);
	ck_assert_int_eq(again.confirm_seconds, -1);
	ck_assert_uint_eq(again.uid, 64901);
	json_clear(&json);
	json_clear(&other);
}
END_TEST

/* Every line that is not exactly one that is written is broken. */
START_TEST(broken_lines)
{
	struct proposal proposal = made(BYTES), again;
	struct json json = line_of(&proposal);
	size_t length = json.length - 1, accepted = 0;
	char *copy = malloc(length + 2);

	for (size_t i = 0; i < length; i++) {
		ck_assert_int_lt(proposal_read(json.text, i, &again), 0);
		memcpy(copy, json.text, length);
		copy[i] = (char)(copy[i] ^ 1);
		/* A digit or a letter of a text may be another one: that is written so, too. */
		if (proposal_read(copy, length, &again) == 0) {
			struct json other = line_of(&again);

			ck_assert_int_eq(memcmp(other.text, copy, length), 0);
			json_clear(&other);
			accepted++;
		}
	}
	ck_assert_uint_lt(accepted, length / 2 + length / 4);
	memcpy(copy, json.text, length);
	copy[length] = ' ';
	ck_assert_int_eq(proposal_read(copy, length + 1, &again), -EINVAL);
	ck_assert_int_eq(proposal_read("", 0, &again), -EINVAL);
	ck_assert_int_eq(proposal_read("{}", 2, &again), -EINVAL);
	free(copy);
	json_clear(&json);
}
END_TEST

START_TEST(digests)
{
	uint8_t digest[POLICY_DIGEST_LENGTH];
	char text[PROPOSAL_DIGEST_MAX];
	struct proposal proposal = made(BYTES);

	proposal_digest_text(proposal.digest, text);
	ck_assert_int_eq(proposal_digest_parse(text, digest), 0);
	ck_assert_int_eq(memcmp(digest, proposal.digest, sizeof(digest)), 0);
	text[5] = 'A';
	ck_assert_int_eq(proposal_digest_parse(text, digest), -EINVAL);
	text[5] = '\0';
	ck_assert_int_eq(proposal_digest_parse(text, digest), -EINVAL);
	ck_assert_int_eq(proposal_digest_parse("", digest), -EINVAL);
}
END_TEST

/* ---- files ---- */

static char state[TESTDIR_PATH];
static int directory;

static void set_up(void)
{
	testdir_make(state, "proposal");
	ck_assert_int_eq(proposalfile_open(state, NULL, &directory), 0);
}

static void tear_down(void)
{
	close(directory);
	testdir_remove(state);
}

static int count_name(const char *name, void *data)
{
	size_t *count = data;

	(void)name;
	(*count)++;
	return 0;
}

static size_t count_files(void)
{
	size_t count = 0;

	ck_assert_int_eq(proposalfile_each(directory, count_name, &count), 0);
	return count;
}

START_TEST(files)
{
	struct proposal proposal = made(BYTES), again;
	char name[PROPOSALFILE_NAME_MAX], *bytes;
	size_t length;

	ck_assert_int_eq(proposalfile_put(directory, &proposal, BYTES, strlen(BYTES)), 0);
	ck_assert_uint_eq(count_files(), 1);
	proposalfile_name(&proposal, name);
	ck_assert_int_eq(proposalfile_get(directory, name, &again, &bytes, &length), 0);
	ck_assert_uint_eq(length, strlen(BYTES));
	ck_assert_str_eq(bytes, BYTES);
	ck_assert_str_eq(again.who, "sato");
	free(bytes);
	ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), 0);
	/* Under another name it is none. */
	ck_assert_int_eq(renameat(directory, name, directory,
				 "0000000000000000000000000000000000000000000000000000000000000000"
				 ".proposal"),
		0);
	ck_assert_int_eq(proposalfile_get(directory,
				 "0000000000000000000000000000000000000000000000000000000000000000"
				 ".proposal",
				 &again, NULL, NULL),
		-EBADMSG);
	ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), -ENOENT);
	ck_assert_int_eq(proposalfile_remove(directory, &proposal), 0);
}
END_TEST

/* Each byte of it, and its end. */
START_TEST(broken_files)
{
	struct proposal proposal = made(BYTES), again;
	char name[PROPOSALFILE_NAME_MAX], byte;
	struct stat status;
	int fd;

	proposalfile_name(&proposal, name);
	ck_assert_int_eq(proposalfile_put(directory, &proposal, BYTES, strlen(BYTES)), 0);
	fd = openat(directory, name, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &status), 0);
	for (off_t i = status.st_size - (off_t)strlen(BYTES); i < status.st_size; i++) {
		ck_assert_int_eq(pread(fd, &byte, 1, i), 1);
		byte ^= 4;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
		ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), -EBADMSG);
		byte ^= 4;
		ck_assert_int_eq(pwrite(fd, &byte, 1, i), 1);
	}
	ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), 0);
	/* Others may write to it. */
	ck_assert_int_eq(fchmod(fd, 0662), 0);
	ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), -EBADMSG);
	ck_assert_int_eq(fchmod(fd, 0640), 0);
	for (off_t size = status.st_size - 1; size >= 0; size--) {
		ck_assert_int_eq(ftruncate(fd, size), 0);
		ck_assert_int_eq(proposalfile_get(directory, name, &again, NULL, NULL), -EBADMSG);
	}
	close(fd);
}
END_TEST

START_TEST(directories)
{
	char path[PATH_MAX];
	int other;

	/* What an interrupted write left is taken away. */
	ck_assert_int_eq(
		close(openat(directory, "draft", O_CREAT | O_WRONLY | O_CLOEXEC, 0640)), 0);
	ck_assert_uint_eq(count_files(), 0);
	ck_assert_int_eq(faccessat(directory, "draft", F_OK, 0), -1);
	snprintf(path, sizeof(path), "%s/" PROPOSALFILE_DIRECTORY, state);
	ck_assert_int_eq(chmod(path, 0770), 0);
	ck_assert_int_eq(proposalfile_open(state, NULL, &other), -EPERM);
	ck_assert_int_eq(chmod(path, 0750), 0);
	ck_assert_int_eq(proposalfile_open(state, NULL, &other), 0);
	close(other);
	/* No directory, and one that is somewhere else. */
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(symlink("/tmp", path), 0);
	ck_assert_int_lt(proposalfile_open(state, NULL, &other), 0);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

/* ---- summaries as messages ---- */

/* What was pushed, and taken again. */
static struct summary taken;
static size_t messages;

int sendq_push(struct sendq *queue, const struct message *message)
{
	struct message copy = *message;

	(void)queue;
	ck_assert(!message->failed);
	messages++;
	if (message->type == CTL_FIELD)
		return 0;
	copy.position = 0;
	ck_assert_int_eq(summary_take(&taken, &copy), 0);
	ck_assert(!copy.failed);
	return 0;
}

static void add(struct change *change, const char *before, const char *after)
{
	ck_assert_int_eq(
		change_add_item(change, CHANGE_CHANGED, CHANGE_PATH, "P", CHANGE_OPENS), 0);
	ck_assert_int_eq(change_add_field(change, "from", before, after, CHANGE_OPENS), 0);
	ck_assert_int_eq(change_add_field(change, "reason", "", "理由", 0), 0);
}

START_TEST(summaries)
{
	struct change *change = calloc(1, sizeof(*change));
	char *text = malloc(100001);

	/* Long texts go in pieces, which end between characters. */
	for (size_t i = 0; i < 100000 / 3; i++)
		memcpy(text + 3 * i, "設", 3);
	text[100000 / 3 * 3] = '\0';
	add(change, "", "x");
	add(change, text, "short");
	add(change, "short", text);
	add(change, text, text + 3);
	ck_assert_int_eq(ctlsummary_put(NULL, change), 0);
	ck_assert_uint_gt(messages, 4 * 3 + 3 * 5 - 3);
	ck_assert_uint_eq(taken.change->count, change->count);
	for (size_t i = 0; i < change->count; i++) {
		const struct change_item *one = &change->items[i], *two = &taken.change->items[i];

		ck_assert_str_eq(one->name, two->name);
		ck_assert_uint_eq(one->effects, two->effects);
		ck_assert_uint_eq(one->field_count, two->field_count);
		for (size_t n = 0; n < one->field_count; n++) {
			ck_assert_str_eq(one->fields[n].key, two->fields[n].key);
			ck_assert_str_eq(one->fields[n].before, two->fields[n].before);
			ck_assert_str_eq(one->fields[n].after, two->fields[n].after);
			ck_assert_uint_eq(one->fields[n].effects, two->fields[n].effects);
		}
	}
	summary_clear(&taken);
	change_free(change);
	free(text);
}
END_TEST

/* More than a caller is sent: the rest is counted. */
START_TEST(long_summaries)
{
	struct change *change = calloc(1, sizeof(*change));
	char *text = malloc(1000001);

	memset(text, 'x', 1000000);
	text[1000000] = '\0';
	for (int i = 0; i < 10; i++)
		add(change, text, "");
	ck_assert_int_eq(ctlsummary_put(NULL, change), 0);
	ck_assert_uint_gt(taken.change->count, 2);
	ck_assert_uint_lt(taken.change->count, 10);
	summary_clear(&taken);
	change_free(change);
	free(text);
}
END_TEST

static void expect_invalid(uint64_t action, uint64_t what, const char *key)
{
	struct summary summary = { 0 };
	struct message message;
	bool invalid;

	message_begin(&message, CTL_SUMMARY);
	message_put_number(&message, action);
	message_put_number(&message, what);
	message_put_string(&message, "name");
	message_put_number(&message, 0);
	ck_assert_int_eq(summary_take(&summary, &message), 0);
	invalid = message.failed;
	message_begin(&message, CTL_SUMMARY_KEY);
	message_put_string(&message, key);
	message_put_number(&message, 0);
	message_put_string(&message, "");
	message_put_string(&message, "");
	message_put_number(&message, 0);
	ck_assert_int_eq(summary_take(&summary, &message), 0);
	ck_assert(invalid || message.failed);
	summary_clear(&summary);
}

START_TEST(invalid_summaries)
{
	expect_invalid(CHANGE_ACTIONS, CHANGE_PATH, "from");
	expect_invalid(CHANGE_ADDED, CHANGE_WHATS, "from");
	expect_invalid(CHANGE_ADDED, CHANGE_PATH, "interface");
	expect_invalid(CHANGE_ADDED, CHANGE_SETTING, "from");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("proposal");
	TCase *texts = tcase_create("texts"), *disk = tcase_create("disk");

	tcase_add_test(texts, line);
	tcase_add_test(texts, broken_lines);
	tcase_add_test(texts, digests);
	tcase_add_test(texts, summaries);
	tcase_add_test(texts, long_summaries);
	tcase_add_test(texts, invalid_summaries);
	suite_add_tcase(suite, texts);
	tcase_add_checked_fixture(disk, set_up, tear_down);
	tcase_add_test(disk, files);
	tcase_add_test(disk, broken_files);
	tcase_add_test(disk, directories);
	suite_add_tcase(suite, disk);
	return suite_run(suite);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logprove.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "logscan.h"

#define BASE64 sodium_base64_VARIANT_ORIGINAL

struct proof {
	const char *directory;
	uint64_t sequence;
	struct logscan_names segments, seals;
	bool has_before;
	struct checkpoint before, after; /* the checkpoints on both sides of the record */
	char note[CHECKPOINT_MAX];	 /* after, as it stands */
	size_t note_length;
	uint64_t index; /* of the leaf */
	char *line;	/* owned */
	size_t length;
	struct merkle_hash leaf;
	struct merkle_prover prover;
};

/* 1 when the checkpoint after the record is in this file. */
static int find_in_file(struct proof *proof, const char *name)
{
	char *text;
	size_t length, at = 0;
	int used, r = logscan_read(proof->directory, name, &text, &length);
	if (r < 0)
		return r;
	while (r == 0 && at < length) {
		struct checkpoint one;
		used = checkpoint_parse(text + at, length - at, &one);
		if (used < 0)
			break; /* the end, or damage: then no proof is found beyond it */
		if (one.at.sequence >= proof->sequence) {
			proof->after = one;
			memcpy(proof->note, text + at, (size_t)used);
			proof->note_length = (size_t)used;
			r = 1;
		} else {
			proof->before = one;
			proof->has_before = true;
		}
		at += (size_t)used;
	}
	free(text);
	return r;
}

/* Where the lines begin that the proof is made of. */
static int find_begin(const struct proof *proof, struct logscan_position *ret_position)
{
	*ret_position = (struct logscan_position){ 0, 0 };
	if (!proof->has_before)
		return proof->after.index == 0 ? 0 : -ENOENT;
	for (size_t i = 0; i < proof->segments.count; i++)
		if (strcmp(proof->segments.names[i], proof->before.at.file) == 0) {
			*ret_position = (struct logscan_position){ i, proof->before.at.end };
			return 0;
		}
	return -ENOENT;
}

static int take_line(struct proof *proof, const struct logscan_line *line)
{
	struct merkle_hash leaf;
	merkle_leaf(line->text, line->length, &leaf);
	if (proof->prover.next == proof->index) {
		proof->leaf = leaf;
		proof->length = line->length;
		proof->line = malloc(line->length + 1);
		if (!proof->line)
			return -ENOMEM;
		memcpy(proof->line, line->text, line->length);
	}
	merkle_prover_leaf(&proof->prover, &leaf);
	return 0;
}

static int hash_lines(struct proof *proof)
{
	struct logscan_position position;
	struct logscan_line line;
	struct logscan *scan = NULL;
	int r = find_begin(proof, &position);
	if (r == 0)
		r = logscan_open(proof->directory, &proof->segments, &scan);
	if (!scan)
		return r;
	logscan_seek(scan, position);
	while (r == 0 && proof->prover.next < proof->after.at.tree.size) {
		r = logscan_next(scan, &line);
		r = r == 0 ? -EBADMSG : r < 0 ? r : take_line(proof, &line);
	}
	logscan_close(scan);
	return r;
}

static int prove(struct proof *proof)
{
	const struct merkle_range *tree = &proof->after.at.tree;
	struct merkle_span spans[MERKLE_LEVELS];
	struct merkle_hash root;
	uint64_t behind = proof->after.at.sequence - proof->sequence;
	if (behind >= tree->size)
		return -ENOENT;
	proof->index = tree->size - 1 - behind;
	if (proof->index < proof->before.at.tree.size)
		return -EBADMSG;
	size_t count = merkle_inclusion_spans(proof->index, tree->size, spans);
	merkle_prover_begin(&proof->prover, &proof->before.at.tree, spans, count);
	int r = hash_lines(proof);
	if (r == 0 && merkle_prover_end(&proof->prover) < 0)
		r = -EBADMSG;
	merkle_root(tree, &root);
	if (r == 0 && !merkle_inclusion_holds(&proof->leaf, proof->index, tree->size,
			      proof->prover.hashes, count, &root))
		r = -EBADMSG;
	return r;
}

static int write_proof(const struct proof *proof, char **ret_text)
{
	size_t encoded = sodium_base64_ENCODED_LEN(proof->length, BASE64);
	size_t room = encoded + CHECKPOINT_MAX * 2, length;
	char *text = malloc(room), hash[45];
	if (!text)
		return -ENOMEM;
	length = (size_t)snprintf(text, room, "c2sp.org/tlog-proof@v1\nextra ");
	sodium_bin2base64(
		text + length, encoded, (const unsigned char *)proof->line, proof->length, BASE64);
	length += strlen(text + length);
	length += (size_t)snprintf(
		text + length, room - length, "\nindex %" PRIu64 "\n", proof->index);
	for (size_t i = 0; i < proof->prover.count; i++) {
		sodium_bin2base64(
			hash, sizeof(hash), proof->prover.hashes[i].bytes, MERKLE_HASH, BASE64);
		length += (size_t)snprintf(text + length, room - length, "%s\n", hash);
	}
	(void)snprintf(
		text + length, room - length, "\n%.*s", (int)proof->note_length, proof->note);
	*ret_text = text;
	return 0;
}

int logprove_run(const char *directory, uint64_t sequence, char **ret_text)
{
	struct proof *proof = calloc(1, sizeof(*proof));
	if (!proof)
		return -ENOMEM;
	proof->directory = directory;
	proof->sequence = sequence;
	int r = logscan_list(directory, LOGSCAN_SEALS, &proof->seals);
	if (r == 0)
		r = logscan_list(directory, LOGSCAN_SEGMENTS, &proof->segments);
	for (size_t i = 0; r == 0 && i < proof->seals.count; i++)
		r = find_in_file(proof, proof->seals.names[i]);
	r = r == 0 ? -ENOENT : r < 0 ? r : prove(proof);
	if (r == 0)
		r = write_proof(proof, ret_text);
	logscan_free_names(&proof->seals);
	logscan_free_names(&proof->segments);
	free(proof->line);
	free(proof);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proofcert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "../lib/errtext.h"
#include "../lib/fileio.h"
#include "evidencekey.h"
#include "evidencerecord.h"
#include "newfile.h"

#define CERTIFICATE_FILE_MAX (256u << 20)
#define HEX_MAX		     (2 * crypto_hash_sha256_BYTES + 1)

/* Writing -------------------------------------------------------------------------------------- */

static int open_key(const char *file, struct evidencekey *ret_key)
{
	bool made;
	int r = evidencekey_open(file, ret_key, &made);

	if (r == -EPERM)
		return cmd_failed(_("%s: others may read this key, or it is not yours"), file);
	if (r == -EINVAL)
		return cmd_failed(_("%s: this is no key"), file);
	if (r < 0)
		return cmd_failed("%s: %s", file, errtext(r));
	if (made)
		fprintf(stderr, _("%s: a new key; keep its public half elsewhere\n"), file);
	return EXIT_OK;
}

static int put_file(const char *file, const char *text, size_t length)
{
	int r = newfile_save(file, text, length);

	return r < 0 ? cmd_failed("%s: %s", file, errtext(r)) : EXIT_OK;
}

static void put_on_record(const struct cli *cli, const char *file, const char *text, size_t length)
{
	const struct evidencerecord record = {
		.cli = cli, .log = LOG_DIRECTORY, .reader = "hedate prove", .reason = file
	};
	unsigned char digest[crypto_hash_sha256_BYTES];
	char hex[HEX_MAX];

	crypto_hash_sha256(digest, (const unsigned char *)text, length);
	sodium_bin2hex(hex, sizeof(hex), digest, sizeof(digest));
	if (evidencerecord_end(&record, hex) != EXIT_OK)
		fprintf(stderr, _("%s: its digest is not on record: %s\n"), file, hex);
}

int proofcert_write(const struct cli *cli, const char *file, const char *key_file,
	const struct certificate *certificate)
{
	struct json object, line;
	struct evidencekey key;
	int exit_code = open_key(key_file, &key);

	if (exit_code != EXIT_OK)
		return exit_code;
	json_init(&object);
	json_init(&line);
	certificate_write(certificate, &object);
	if (!object.failed) {
		unsigned char signature[EVIDENCEKEY_SIGNATURE];

		evidencekey_sign(&key, object.text, object.length, signature);
		certificate_sign(&line, object.text, key.public, signature);
	}
	evidencekey_clear(&key);
	exit_code = object.failed || line.failed ? cmd_failed(_("out of memory"))
						 : put_file(file, line.text, line.length);
	if (exit_code == EXIT_OK)
		put_on_record(cli, file, line.text, line.length);
	json_clear(&line);
	json_clear(&object);
	return exit_code;
}

/* Checking ------------------------------------------------------------------------------------- */

static void show(const struct cli *cli, const char *file, const struct proofcert *read)
{
	char key[EVIDENCEKEY_TEXT_MAX];

	if (cli->json)
		return;
	sodium_bin2base64(key, sizeof(key), read->parts.key, sizeof(read->parts.key),
		sodium_base64_VARIANT_ORIGINAL);
	printf(_("%s: the signature is right, by the key\n  %s\n"), file, key);
	printf(_("  result: %s\n  of: %s, revision %s\n  decided: %s\n  snapshot: %s\n"),
		read->facts.result, read->facts.site, read->facts.revision, read->facts.time,
		read->facts.snapshot_digest);
}

int proofcert_read(const struct cli *cli, const char *file, struct proofcert *ret_read)
{
	size_t length = 0;

	memset(ret_read, 0, sizeof(*ret_read));
	int r = fileio_load_path(file, CERTIFICATE_FILE_MAX, &ret_read->text, &length);

	if (r < 0)
		return cmd_failed("%s: %s", file, errtext(r));
	r = certificate_parse(ret_read->text, length, &ret_read->parts);
	if (r == 0 && !certificate_verify(&ret_read->parts))
		return cmd_failed(_("%s: the signature is wrong: it was changed"), file);
	if (r == 0)
		r = certificate_read(
			ret_read->parts.object, ret_read->parts.length, &ret_read->facts);
	if (r == -ENOMEM)
		return cmd_failed(_("out of memory"));
	if (r < 0) {
		cmd_failed(_("%s: this is no certificate"), file);
		return EXIT_CONFIG;
	}
	show(cli, file, ret_read);
	return EXIT_OK;
}

void proofcert_clear(struct proofcert *read)
{
	free(read->text);
	memset(read, 0, sizeof(*read));
}

int proofcert_matches(const struct proofcert *read, const uint8_t digest[SNAPSHOT_DIGEST_LENGTH],
	const struct policy *policy)
{
	char snapshot[HEX_MAX], text[HEX_MAX];

	sodium_bin2hex(snapshot, sizeof(snapshot), digest, SNAPSHOT_DIGEST_LENGTH);
	sodium_bin2hex(text, sizeof(text), policy->digest, POLICY_DIGEST_LENGTH);
	if (strcmp(snapshot, read->facts.snapshot_digest) != 0)
		return cmd_failed(_("the certificate is of another snapshot"));
	if (strcmp(text, read->facts.policy_digest) != 0)
		return cmd_failed(_("the certificate is of another configuration"));
	return EXIT_OK;
}

int proofcert_compare(const struct proofcert *read, const struct certificate *again)
{
	struct json object;
	int exit_code = EXIT_OK;

	json_init(&object);
	certificate_write(again, &object);
	if (object.failed)
		exit_code = cmd_failed(_("out of memory"));
	else if (object.length != read->parts.length ||
		 memcmp(object.text, read->parts.object, object.length) != 0)
		exit_code = cmd_failed(_("decided again, it is something else"));
	json_clear(&object);
	return exit_code;
}

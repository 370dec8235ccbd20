/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a table can be one socket's own, and whose ours is: see nftxact.h. */
#include <errno.h>
#include <stdio.h>

#include "compile.h"
#include "decode.h"
#include "nftgen.h"
#include "nftxact.h"
#include "nftxact_impl.h"

#define PROBE_TABLE "hedate-probe"

static int add_probe(struct nftgen *batch, const struct ruleset *probe)
{
	return nftgen_add_table(batch, probe);
}

static int delete_probe(struct nftgen *batch, const struct ruleset *probe)
{
	return nftgen_delete_table(batch, probe->table);
}

int nftxact_send(struct nlsock *socket, const struct ruleset *ruleset,
	int (*build)(struct nftgen *batch, const struct ruleset *ruleset))
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	struct nftgen *batch;
	size_t count;
	int error = nftgen_new(socket, 0, &batch);

	if (error < 0)
		return error;
	error = build(batch, ruleset);
	if (error == 0)
		error = nftxact_commit(socket, batch, errors, &count);
	nftgen_free(batch);
	return error;
}

/* A flag that the kernel does not know is refused by it; were it taken and forgotten, what is read
 * back would tell. */
static int try_probe(struct nlsock *socket, const struct ruleset *probe, bool *ret_can)
{
	struct ruleset *actual;
	uint32_t generation;
	bool foreign;
	int error = nftxact_send(socket, probe, add_probe);

	if (error == -EOPNOTSUPP || error == -EINVAL)
		return 0;
	if (error < 0)
		return error;
	error = decode_names(socket, probe->table, &actual, &generation, &foreign);
	if (error == 0) {
		*ret_can = actual->owner == probe->owner && actual->persist == probe->persist;
		ruleset_free(actual);
	}
	int deleted = nftxact_send(socket, probe, delete_probe);

	return error < 0 ? error : deleted;
}

static int try_name(struct nlsock *socket, const char *name, bool persist, bool *ret_can)
{
	struct ruleset *probe;
	int error = ruleset_new(name, &probe);

	if (error < 0)
		return error;
	probe->owner = nlsock_port(socket);
	probe->persist = persist;
	/* One that was left behind, or put there so that ours is refused. */
	(void)nftxact_send(socket, probe, delete_probe);
	error = try_probe(socket, probe, ret_can);
	ruleset_free(probe);
	return error;
}

int nftxact_probe(struct nlsock *socket, bool persist, bool *ret_can)
{
	char name[sizeof(PROBE_TABLE) + 16];

	*ret_can = false;
	int error = try_name(socket, PROBE_TABLE, persist, ret_can);

	if (error != -EPERM)
		return error;
	/* Somebody else has made that name his own. */
	snprintf(name, sizeof(name), PROBE_TABLE "-%08x", nlsock_port(socket));
	return try_name(socket, name, persist, ret_can);
}

int nftxact_can_own(struct nlsock *socket, bool *ret_can)
{
	return nftxact_probe(socket, true, ret_can);
}

int nftxact_table(struct nlsock *socket, struct nftxact_table *ret_table)
{
	struct ruleset *names;
	uint32_t generation;
	bool foreign;
	int error = decode_names(socket, TABLE_NAME, &names, &generation, &foreign);

	if (error < 0)
		return error;
	*ret_table = (struct nftxact_table){ names->owner, names->persist, names->handle };
	ruleset_free(names);
	return 0;
}

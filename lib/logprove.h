/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A proof that a record is in the sealed log, for somebody who has neither the log nor trusts who
 * shows it: C2SP's tlog-proof,
 *
 *	c2sp.org/tlog-proof@v1
 *	extra <base64>		the record: the line without its newline
 *	index <number>		of its leaf in the tree
 *	<base64>		the inclusion proof of RFC 6962, one hash a line
 *	<empty line>
 *	...			the checkpoint (checkpoint.h) that it is proved against
 */
#ifndef HEDATE_LOGPROVE_H
#define HEDATE_LOGPROVE_H

#include <stdint.h>

/*
 * Prove the record with this event.sequence against the first checkpoint after it. *ret_text is
 * the caller's. 0; -ENOENT: there is no such record that was sealed; -EBADMSG: the log is not what
 * was sealed (logverify.h says more); other negative errno.
 */
int logprove_run(const char *directory, uint64_t sequence, char **ret_text);

#endif

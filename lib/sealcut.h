/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the checkpoints of a log begin after retention removed the oldest segments, and with them
 * their .seal files. The record of a removal names the first checkpoint that stays and its key, so
 * that what is left can be verified with that key, or with a checkpoint that was kept elsewhere.
 */
#ifndef HEDATE_SEALCUT_H
#define HEDATE_SEALCUT_H

#include "checkpoint.h"

/* The keys of the record of a removal: the index of the first checkpoint that stays, and its key as
 * checkpoint_vkey() writes it. */
#define SEALCUT_INDEX_KEY "seal.index" /* written as "hedate.seal.index" */
#define SEALCUT_VKEY_KEY  "seal.key"

/* The checkpoint with which a segment begins, which does not need those before it. 0; -ENOENT: its
 * .seal is not there or does not begin so; other negative errno. */
int sealcut_first(const char *directory, const char *segment, struct checkpoint *ret_first);

/* Remove the .seal files of all segments before this one, the oldest first. 0, or negative errno:
 * those that are left are the newest ones. */
int sealcut_remove(const char *directory, const char *segment);

#endif

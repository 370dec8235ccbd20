/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Filters of sockets (classic BPF): what they can take at all. */
#ifndef HEDATE_BPFFILTER_H
#define HEDATE_BPFFILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Could the filter take a frame of this type of Ethernet, whatever else stands in it? ethernet: the
 * frame begins with its header (sockets of type SOCK_RAW). What cannot be told counts as yes: a
 * filter that is none, too.
 */
bool bpffilter_may_take(
	const struct sock_filter *filter, size_t count, uint16_t type, bool ethernet);

#endif

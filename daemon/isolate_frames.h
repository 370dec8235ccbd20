/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Isolating: what is sent to devices in quarantine, at each interface of this host that there is
 * (isolation_frames.c). Internal to isolate. */
#ifndef HEDATE_ISOLATE_FRAMES_H
#define HEDATE_ISOLATE_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/decode.h"
#include "../lib/diag.h"
#include "../lib/isolation.h"

/* What the kernel has of it. */
enum isolate_frames {
	ISOLATE_FRAMES_ALL,  /* all that it should, and nothing else */
	ISOLATE_FRAMES_PART, /* so at other interfaces than there are now */
	ISOLATE_FRAMES_OTHER,
};

/* 0, or negative errno. Nothing is in the kernel with no device in force. */
int isolate_frames_look(const struct isolation *isolation, enum isolate_frames *ret_have);
/* The whole table is what the list says; what was counted stays. 0, or negative errno, which was
 * complained of; so are those of the next two. */
int isolate_frames_put(const struct isolation *isolation, struct diag_list *diags);
/* Only these entries, to what is there. */
int isolate_frames_add(const struct isolation *isolation, struct diag_list *diags);
/* The counter of an entry of which there is nothing any more, but for the table. */
int isolate_frames_forget(const struct isolation_entry *entry, struct diag_list *diags);
/* Each counter. 0, also where there is no table, or negative errno. */
int isolate_frames_count(decode_counter function, void *data);
/* A number that is another one when the interfaces are other ones; 0: they are not known. */
uint64_t isolate_frames_interfaces(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A screen that is drawn again and again: from its top, at once, and no more than it shows. */
#ifndef HEDATE_SCREEN_H
#define HEDATE_SCREEN_H

struct screen {
	int memory;	   /* what is printed meanwhile; -1: it is printed as it comes */
	int output, error; /* stdout and stderr as they were */
};

/* From here on stdout, and stderr where it is the terminal, too, go into memory. */
void screen_begin(struct screen *screen);
/* What was printed since takes the place of what the terminal showed; what does not fit is counted
 * in the last line. 0, or negative errno when nobody can read it any more. */
int screen_end(struct screen *screen);

#endif

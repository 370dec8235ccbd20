/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index's file, "<segment>.index". Numbers are those of the machine, which made it for itself.
 *
 *	parts		of each part its sections (enum section), one behind the other, each
 *			beginning at a multiple of 8 bytes
 *	descriptors	struct part, one a part
 *	trailer		struct trailer, the last bytes of the file
 *
 * Every section, the descriptors and the trailer have a checksum, looked at before they are used.
 * It protects against damage, not against somebody: whoever may write here may write what he
 * likes. So no number that was read is trusted to be in range either.
 */
#ifndef HEDATE_LOGINDEX_IMPL_H
#define HEDATE_LOGINDEX_IMPL_H

#include "logindex.h"

#define LOGINDEX_MAGIC	"hedate index 2\n"
#define LOGINDEX_ENDING ".index"
#define LOGINDEX_SAMPLE 4096  /* bytes of the segment's begin and end that are compared */
#define LOGINDEX_NONE	65535 /* in a column of numbers of a table: the field is not there */

#define LOGINDEX_KIND_MAX 2048 /* bytes of a kind's text */

/* Lines of these kinds are to be read; the second also whatever time is asked for, as theirs is
 * not known. */
#define LOGINDEX_READ	       0
#define LOGINDEX_READ_TIMELESS 1
#define LOGINDEX_KINDS_FIXED   2

enum section {
	SECTION_OFFSETS,      /* u32, from the part's begin */
	SECTION_TIMES,	      /* i64, ns */
	SECTION_KIND,	      /* u16, number of a kind */
	SECTION_SOURCE,	      /* u16, number of an address in SOURCES, or NONE */
	SECTION_DESTINATION,  /* u16, likewise */
	SECTION_SPORT,	      /* u16; 0 when there is none */
	SECTION_DPORT,	      /* u16 */
	SECTION_MAC,	      /* u16, number in MACS, or NONE */
	SECTION_PACKETS,      /* u32, log_record_packets() */
	SECTION_SOURCES,      /* IPv4 addresses, sorted, then IPv6 addresses, sorted */
	SECTION_DESTINATIONS, /* likewise */
	SECTION_MACS,	      /* 6 bytes each, sorted */
	SECTION_SUMS,	      /* struct kind_sum, one a kind */
	SECTION_KINDS,	      /* their texts, each with its NUL, see logindex_kind.c */
	SECTION_COUNT,
};

struct kind_sum {
	uint64_t rows, packets;
};

/* A table of addresses. */
struct address_table {
	uint32_t v4, v6; /* how many of each */
};

struct part {
	int64_t begin, end;  /* bytes of the segment */
	int64_t first, last; /* times of its lines; first > last: none is known */
	uint64_t position;   /* of its first section, in this file */
	uint32_t rows, kinds, kind_bytes, macs;
	struct address_table sources, destinations;
	uint64_t hashes[SECTION_COUNT];
};

/* The file that the index was made of, as far as it tells it from others. */
struct identity {
	uint64_t device, inode, size;
	int64_t modified, changed; /* ns */
	uint64_t compressed;	   /* 0 or 1 */
};

struct trailer {
	char segment[LOGNAME_MAX];
	struct identity identity;
	int64_t end;		       /* bytes of the segment that are covered */
	uint64_t head_hash, tail_hash; /* of its first bytes, and of the last ones before end */
	uint64_t rows;
	uint64_t parts, position; /* of the descriptors, in this file */
	uint64_t parts_hash;
	uint64_t hash; /* of the trailer up to here */
	char magic[16];
};

uint64_t logindex_hash(const void *bytes, size_t length);

/* The bytes of a section of this part. */
size_t logindex_section_bytes(const struct part *part, enum section section);
static inline size_t logindex_padded(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

struct logindex {
	int directory, fd; /* fd: of the index entered, or -1 */
	uint64_t size;	   /* of that file */
	struct trailer trailer;
	struct part *parts; /* owned */
	size_t part_count;
	/* Sections of one part, loaded when they are asked for. */
	size_t current; /* part, or SIZE_MAX */
	bool loaded[SECTION_COUNT];
	void *sections[SECTION_COUNT]; /* owned; room for the biggest part and a NUL behind it */
	size_t rooms[SECTION_COUNT];
	struct logindex_line *lines; /* owned */
	struct matcher *matcher;     /* owned, logindex_match.c */
	struct tally *tally;	     /* owned, logindex_count.c */
};

/* A section of a part; NULL with an error as in logindex.h. Valid until another part's is asked
 * for. */
const void *logindex_section(
	struct logindex *index, size_t part, enum section section, int *ret_error);

/* Files --------------------------------------------------------------------------------------- */

/* The name of a segment's index. */
#define LOGINDEX_NAME_MAX (LOGNAME_MAX + sizeof(LOGINDEX_ENDING))
void logindex_name(const char *segment, char name[LOGINDEX_NAME_MAX]);

struct logfile;
/* 0, or negative errno. */
int logindex_identify(int log, const char *segment, struct identity *ret_identity);
/* Hashes of the first and the last bytes before end. 0, or negative errno. */
int logindex_sample(struct logfile *file, int64_t end, uint64_t *ret_head, uint64_t *ret_tail);

/* Kinds --------------------------------------------------------------------------------------- */

/* What a kind's text says: the fields of a record that are in it, pointing into the text. */
struct kind {
	struct log_record record; /* without times, addresses, ports, MAC and numbers */
	bool has_sport, has_dport;
};

/* 0; -E2BIG when it is too long. */
int logindex_kind_write(const struct log_record *record, char text[LOGINDEX_KIND_MAX]);
/* Changes the text, behind which there is a NUL. 0, or -EBADMSG. */
int logindex_kind_read(char *text, size_t length, struct kind *ret_kind);

/* Rows ---------------------------------------------------------------------------------------- */

/* How a row is let through, as bits: by all that is asked for; whatever of its fields is asked for
 * (a loss, a line to be read); whatever time is asked for. */
enum {
	ROW_FIELDS = 1,
	ROW_ALWAYS = 2,
	ROW_TIMELESS = 4,
};

struct matches {
	/* One a row: 0, or a bit of the above. NULL: no field but the kind decides, verdicts of
	 * kinds hold for all their rows. */
	const uint8_t *rows;
	const uint8_t *verdicts; /* one a kind, 65536 of them */
	struct kind *kinds;	 /* parts.kinds of them; the fixed ones are empty */
	bool none;		 /* no row matches */
};

int logindex_match(struct logindex *index, size_t part, const struct log_filter *filter,
	struct matches *ret_matches);
void logindex_matcher_free(struct matcher *matcher); /* accepts NULL */
void logindex_tally_free(struct tally *tally);	     /* accepts NULL */

/* The lines of the rows that are marked. need: ROW_ bits and kinds that count, see there. */
int logindex_lines(struct logindex *index, size_t part, const struct matches *matches,
	bool only_unread, struct logindex_lines *ret_lines);

#endif

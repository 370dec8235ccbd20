/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe: real traffic between network namespaces, for the demo and the tests.
 *
 *	probe KIND [key=value]...
 *
 * A try has two ends: the client (in namespace "client", from "source") and the server (in
 * namespace "server", at "destination"). One process plays both and says what was seen, so that
 * nothing has to be synchronised by sleeping. Kinds and keys are in probe.c.
 */
#ifndef HEDATE_PROBE_H
#define HEDATE_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct address {
	int family; /* AF_INET, AF_INET6, or 0: not given */
	uint8_t bytes[16];
};

#define EXTENSIONS_MAX 4

struct options {
	char id[64];
	char client[128], server[128]; /* namespaces: names, or "" for the one we are in */
	char interface[16];	       /* raw packets leave by it */
	uint8_t from_mac[6], to_mac[6];
	struct address source, destination;
	unsigned int sport, port;
	unsigned int wait;  /* ms until an answer is given up */
	unsigned int bytes; /* of payload, each way */
	unsigned int seconds;
	unsigned int count, rate, distinct; /* raw packets: how many, a second, sources and ports */
	unsigned int sources;		    /* of the distinct ones; 0: one for each 60,000 ports */
	uint8_t protocol, flags, type, code;
	char fragment[8]; /* "first", "later" */
	uint8_t extensions[EXTENSIONS_MAX];
	unsigned int extension_count;
	unsigned int truncate; /* bytes kept after the IP header; 0: all */
	unsigned int stall;    /* ms without an answer until a stream is called cut */
	bool listen;	       /* somebody serves at the destination */
	bool sniff;	       /* look at the packets that arrive in the server's namespace */
};

/* What both ends saw of a try. */
enum seen {
	SEEN_PASSED,   /* data arrived unchanged, in both directions where there are two */
	SEEN_BLOCKED,  /* nothing arrived, nothing came back */
	SEEN_REJECTED, /* nothing arrived, an error came back */
	SEEN_HALF,     /* something arrived, but the exchange was not completed */
	SEEN_ERROR,    /* the try could not be made */
};

struct result {
	enum seen seen;
	char detail[160];
};

/* The server's half, a child process. */
struct server {
	int pid;
	int pipe; /* one report at its end */
};
struct report {
	uint64_t packets; /* that arrived and match the try */
	bool complete;	  /* the exchange was completed, as the server sees it */
};

typedef int (*server_function)(const struct options *options, int ready, struct report *report);

/* probe.c */
int enter_namespace(const char *name);
int64_t now_ms(void);
socklen_t make_sockaddr(
	const struct address *address, unsigned int port, struct sockaddr_storage *ret_sockaddr);
/* Fork the server's half and wait until it is ready. 0, or -1. */
int server_start(
	const struct options *options, server_function function, struct server *ret_server);
/* Let it end (SIGTERM) and read its report. 0, or -1. */
int server_stop(struct server *server, struct report *ret_report);
/* A signal asked us to end. */
bool stopping(void);

/* probe_try.c */
void try_tcp(const struct options *options, struct result *ret_result);
void try_udp(const struct options *options, struct result *ret_result);
void try_echo(const struct options *options, struct result *ret_result);
void try_raw(const struct options *options, struct result *ret_result);
/* Put together what the ends saw. error: errno of the client, 0 for none. */
void judge(bool client_complete, int error, const struct report *report, struct result *ret_result);

/* probe_sniff.c */
/* A packet socket in the current namespace. */
int sniff_open(void);
/* Read what is there, and count what matches the try. */
uint64_t sniff_count(int socket, const struct options *options);
/* The server's half of raw packets: only looks. */
int serve_nothing(const struct options *options, int ready, struct report *report);

/* probe_raw.c */
/* Send raw packets in the current namespace, with the interface's own MAC unless options have one.
 * Number sent, or -1. */
int64_t raw_send(struct options *options);

/* probe_stream.c */
void try_stream(const struct options *options, struct result *ret_result);

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink: requests, dumps, multicast.  nl.c is the only file that
 * includes libmnl.  Answers are JSON objects whose keys are the attributes'
 * names in the spec.
 */
#ifndef TCPWATCH_NL_H
#define TCPWATCH_NL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/* Exit codes of the client; functions below return 0 or one of them. */
enum {
	EXIT_OK,
	EXIT_USAGE = 1,	 /* wrong arguments */
	EXIT_REFUSED = 2, /* the kernel refused, or something failed */
	EXIT_ABSENT = 3, /* the module is not loaded */
};

struct nl;

/**
 * struct nl_error - why a request failed
 * @code: one of EXIT_*, 0 for none
 * @err: errno, positive; 0 where there is none
 * @text: a line for people, with what the kernel said (extack) if it did
 */
struct nl_error {
	int code;
	int err;
	char text[512];
};

/**
 * struct nl_req - a request that is being made
 * @cmd: TCPWATCH_CMD_*
 * @buf: attributes, with their headers
 * @len: octets of @buf in use
 * @error: something did not fit
 */
struct nl_req {
	uint8_t cmd;
	size_t len;
	bool error;
	uint8_t buf[2048] __aligned(8);
};

void nl_req(struct nl_req *req, uint8_t cmd);
void nl_req_flag(struct nl_req *req, uint16_t attr);
void nl_req_u8(struct nl_req *req, uint16_t attr, uint8_t value);
void nl_req_u16(struct nl_req *req, uint16_t attr, uint16_t value);
void nl_req_u32(struct nl_req *req, uint16_t attr, uint32_t value);
void nl_req_u64(struct nl_req *req, uint16_t attr, uint64_t value);
void nl_req_bytes(struct nl_req *req, uint16_t attr, const void *data,
		  size_t len);

/* A socket, the family resolved; fails with EXIT_ABSENT without the module. */
struct nl *nl_open(struct nl_error *error);
void nl_close(struct nl *nl);
int nl_fd(const struct nl *nl);

/*
 * A request made once, a dump or not; each answer's attributes are told as
 * they come.  What is below is made of it.
 */
int nl_ask(struct nl *nl, const struct nl_req *req, bool dump,
	   int (*each)(const void *attrs, size_t len, void *arg), void *arg,
	   bool *interrupted, struct nl_error *error);

/*
 * One answer, an empty object where a request has none; NULL on error.  The
 * caller owns it.  Not while a dump of the same socket is under way.
 */
json_t *nl_do(struct nl *nl, const struct nl_req *req, struct nl_error *error);

/*
 * Each answer of a dump; @each borrows it and ends the dump with a code other
 * than 0. @interrupted is set where the kernel said that the dump is not
 * consistent, even when it was made again once. May be NULL.
 */
int nl_dump(struct nl *nl, const struct nl_req *req,
	    int (*each)(json_t *answer, void *arg), void *arg,
	    bool *interrupted, struct nl_error *error);

/* The same with the attributes of each answer as they came. */
int nl_dump_raw(struct nl *nl, const struct nl_req *req,
		int (*each)(const void *attrs, size_t len, void *arg),
		void *arg, bool *interrupted, struct nl_error *error);

/* All answers of a dump as an array; NULL on error. */
json_t *nl_dump_all(struct nl *nl, const struct nl_req *req,
		    struct nl_error *error);

/*
 * Join the group "transitions"; @rcvbuf octets of buffer, 0: as it is.  The
 * socket is for nl_receive() from then on: requests need one of their own.
 */
int nl_subscribe(struct nl *nl, int rcvbuf, struct nl_error *error);

/**
 * enum nl_got - what nl_receive() got
 * @NL_GOT_MESSAGE: a message of the group, told to @each
 * @NL_GOT_NOTHING: nothing within the time, or a signal came
 * @NL_GOT_OVERRUN: the socket's buffer was too small (ENOBUFS); go on
 * @NL_GOT_END: the module was unloaded, or another error
 */
enum nl_got {
	NL_GOT_MESSAGE,
	NL_GOT_NOTHING,
	NL_GOT_OVERRUN,
	NL_GOT_END,
};

enum nl_got nl_receive(struct nl *nl, int timeout_ms,
		       int (*each)(json_t *message, void *arg), void *arg,
		       struct nl_error *error);

enum nl_got nl_receive_raw(struct nl *nl, int timeout_ms,
			   int (*each)(const void *attrs, size_t len,
				       void *arg),
			   void *arg, struct nl_error *error);

#endif /* TCPWATCH_NL_H */

// SPDX-License-Identifier: GPL-2.0
/* Requests: attributes one after the other in a buffer of fixed size. */
#include <linux/netlink.h>
#include <string.h>

#include "nl.h"

void nl_req(struct nl_req *req, uint8_t cmd)
{
	req->cmd = cmd;
	req->len = 0;
	req->error = false;
}

void nl_req_bytes(struct nl_req *req, uint16_t attr, const void *data,
		  size_t len)
{
	struct nlattr head = { .nla_len = NLA_HDRLEN + len, .nla_type = attr };
	size_t step = NLA_HDRLEN + NLA_ALIGN(len);

	if (len > sizeof(req->buf) || step > sizeof(req->buf) - req->len) {
		req->error = true;
		return;
	}
	memset(req->buf + req->len, 0, step);
	memcpy(req->buf + req->len, &head, sizeof(head));
	if (len)
		memcpy(req->buf + req->len + NLA_HDRLEN, data, len);
	req->len += step;
}

void nl_req_flag(struct nl_req *req, uint16_t attr)
{
	nl_req_bytes(req, attr, NULL, 0);
}

void nl_req_u8(struct nl_req *req, uint16_t attr, uint8_t value)
{
	nl_req_bytes(req, attr, &value, sizeof(value));
}

void nl_req_u16(struct nl_req *req, uint16_t attr, uint16_t value)
{
	nl_req_bytes(req, attr, &value, sizeof(value));
}

void nl_req_u32(struct nl_req *req, uint16_t attr, uint32_t value)
{
	nl_req_bytes(req, attr, &value, sizeof(value));
}

void nl_req_u64(struct nl_req *req, uint16_t attr, uint64_t value)
{
	nl_req_bytes(req, attr, &value, sizeof(value));
}

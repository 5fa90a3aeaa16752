/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses as text. */
#ifndef TCPWATCH_ADDR_H
#define TCPWATCH_ADDR_H

#include <stddef.h>
#include <stdint.h>

/*
 * 4 or 16 octets as inet_ntop() has them, "?" for another length, at @to,
 * which has room for ADDR_SIZE; where it ends.  Nothing terminates it.
 */
#define ADDR_SIZE 48
char *addr_text(char *to, const uint8_t *addr, size_t len);

#endif /* TCPWATCH_ADDR_H */

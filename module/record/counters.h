/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single counters, one line each: its name after TCPW_STAT_, the place where it
 * is shown (enum tcpw_stat_place), its name there in /proc/tcpwatch, and its
 * attribute after TCPWATCH_A_.  Included more than once, each time with another
 * COUNTER.
 */
/* flows created */
COUNTER(FLOW_CREATED, TABLE, "created", MEMORY_CREATED)
/* flows not created: the table was full */
COUNTER(FLOW_OVERFLOW, TABLE, "overflow", MEMORY_OVERFLOW)
/* flows not created: no memory */
COUNTER(FLOW_NOMEM, TABLE, "no-memory", MEMORY_NO_MEMORY)
/* our SYNs sent again */
COUNTER(RTX_SYN, RETRANSMIT, "syn", HANDSHAKE_RTX_SYN)
/* our SYN,ACKs sent again */
COUNTER(RTX_SYNACK, RETRANSMIT, "syn,ack", HANDSHAKE_RTX_SYN_ACK)
/* our FINs sent again */
COUNTER(RTX_FIN, RETRANSMIT, "fin", HANDSHAKE_RTX_FIN)
/* SYNs that we answered with RST */
COUNTER(REFUSED_OUT, REFUSED, "out", HANDSHAKE_REFUSED_OUT)
/* SYN,ACKs sent with no state kept (SYN cookies) */
COUNTER(COOKIE_OUT, REFUSED, "cookies", HANDSHAKE_COOKIE_OUT)
/* handshake ACKs that were not ISN + 1 */
COUNTER(BAD_ACK, ANOMALY, "bad-ack", ANOMALY_BAD_ACK)
/* control segments out of window */
COUNTER(OOW, ANOMALY, "out-of-window", ANOMALY_OUT_OF_WINDOW)
/* control segments not sent by the flow's socket */
COUNTER(ALIEN, ANOMALY, "alien", ANOMALY_ALIEN)
/* segments that could not be parsed */
COUNTER(MALFORMED, ANOMALY, "malformed", ANOMALY_MALFORMED)
/* segments with a wrong checksum */
COUNTER(BAD_CSUM, ANOMALY, "bad-checksum", ANOMALY_BAD_CHECKSUM)
/* handshakes whose SYN carried data that the peer took (RFC 7413) */
COUNTER(FASTOPEN_OUT, OPEN, "fast-open-out", OPEN_FAST_OPEN_ACTIVE)
/* the same with the peer's SYN */
COUNTER(FASTOPEN_IN, OPEN, "fast-open-in", OPEN_FAST_OPEN_PASSIVE)
/* active closes in which our FIN's ACK came with the peer's FIN */
COUNTER(THREE_WAY, CLOSE, "three-way", CLOSE_THREE_WAY)
/* a late segment restarted TIME-WAIT */
COUNTER(RESTART, TIME_WAIT, "restarts", TIME_WAIT_RESTARTS)

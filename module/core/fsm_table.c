// SPDX-License-Identifier: GPL-2.0
/*
 * The state table of RFC 9293 for one local endpoint, and nothing else.
 *
 * We stand beside the endpoint, on its own wire: what it sends was decided
 * before we see it, what arrives is decided after.  fsm.c has judged sequence
 * numbers when an event reaches this table, so the table alone decides; no
 * exception is patched in behind it.
 *
 * The states, as ss prints them:
 *
 * CL  UNCONN      no connection (CLOSED): before the first and after the last
 * LI  LISTEN      waits for a SYN; a listener is no flow and never moves here
 * SS  SYN-SENT    SYN sent
 * SR  SYN-RECV    SYN,ACK sent (or crossing SYN taken), our SYN not acked yet
 * ES  ESTAB       both SYNs acked
 * F1  FIN-WAIT-1  our FIN sent, not acked, no FIN from the peer
 * F2  FIN-WAIT-2  our FIN acked, no FIN from the peer
 * CG  CLOSING     both FINs sent, ours not acked
 * TW  TIME-WAIT   both FINs acked, we closed first (or both at once)
 * CW  CLOSE-WAIT  the peer's FIN taken, ours not sent
 * LA  LAST-ACK    the peer's FIN taken, ours sent, not acked
 *
 * A transition has one line with its reason below; the tables are complete:
 * what has no reason line stays where it is, and the tests hold both to that.
 */
#include "core/fsm.h"

#define sCL TCPW_ST_CLOSE
#define sLI TCPW_ST_LISTEN
#define sSS TCPW_ST_SYN_SENT
#define sSR TCPW_ST_SYN_RECV
#define sES TCPW_ST_ESTABLISHED
#define sF1 TCPW_ST_FIN_WAIT1
#define sF2 TCPW_ST_FIN_WAIT2
#define sCG TCPW_ST_CLOSING
#define sTW TCPW_ST_TIME_WAIT
#define sCW TCPW_ST_CLOSE_WAIT
#define sLA TCPW_ST_LAST_ACK

/* A build for the test that the audit can fail: a FIN that closes nothing. */
#ifdef TCPW_BROKEN_ROW
#define bCW sES
#else
#define bCW sCW
#endif

#define ROW(ev, cl, li, ss, sr, es, f1, f2, cg, tw, cw, la)	\
	[TCPW_EV_##ev] = {					\
		[sCL] = cl, [sLI] = li, [sSS] = ss, [sSR] = sr,	\
		[sES] = es, [sF1] = f1, [sF2] = f2, [sCG] = cg,	\
		[sTW] = tw, [sCW] = cw, [sLA] = la,		\
	}

const u8 tcpw_fsm_next[TCPW_EV_MAX][TCPW_ST_MAX] = {
/* in state:        sCL  sLI  sSS  sSR  sES  sF1  sF2  sCG  sTW  sCW  sLA */
ROW(NONE,           sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
/* sent */
ROW(OUT_SYN,        sSS, sLI, sSS, sSS, sSS, sSS, sSS, sSS, sSS, sSS, sSS),
ROW(OUT_SYN_RTX,    sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(OUT_SYNACK,     sSR, sLI, sSR, sSR, sSR, sSR, sSR, sSR, sSR, sSR, sSR),
ROW(OUT_SYNACK_OWN, sCL, sLI, sSR, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(OUT_ACK,        sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(OUT_ACK_FIN,    sCL, sLI, sSS, sCW, sCW, sCG, sTW, sCG, sTW, sCW, sLA),
ROW(OUT_FIN,        sCL, sLI, sSS, sF1, sF1, sF1, sF2, sCG, sTW, sLA, sLA),
ROW(OUT_FIN_RTX,    sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(OUT_RST,        sCL, sLI, sCL, sCL, sCL, sCL, sCL, sCL, sTW, sCL, sCL),
ROW(OUT_RST_REPLY,  sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(OUT_ALIEN,      sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
/* arrived */
ROW(IN_SYN,         sCL, sLI, sSR, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_SYNACK,      sCL, sLI, sES, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_ACK,         sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_ACK_SYN,     sCL, sLI, sSS, sES, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_ACK_FIN,     sCL, sLI, sSS, sSR, sES, sF2, sF2, sTW, sTW, sCW, sCL),
ROW(IN_FIN,         sCL, sLI, sSS, sCW, bCW, sCG, sTW, sCG, sTW, sCW, sLA),
ROW(IN_FIN_RTX,     sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_FIN_EARLY,   sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_RST,         sCL, sLI, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL, sCL),
ROW(IN_AFTER_CLOSE, sCL, sLI, sSS, sSR, sES, sF1, sCL, sCG, sTW, sCW, sLA),
ROW(IN_SYN_RESET,   sCL, sLI, sSS, sCL, sES, sF1, sF2, sCG, sTW, sCW, sLA),
/* arrived and refused */
ROW(IN_BAD_ACK,     sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_OOW,         sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
ROW(IN_TRANSLATED,  sCL, sLI, sSS, sSR, sES, sF1, sF2, sCG, sTW, sCW, sLA),
};

#define WHY(from, ev, text, rfc) { from, TCPW_EV_##ev, text, rfc }

/* Each transition of the table above and its reason. */
const struct tcpw_why tcpw_fsm_whys[] = {
/* begin */
WHY(sCL, OUT_SYN, "active open", "RFC 9293 3.10.1"),
WHY(sCL, OUT_SYNACK, "passive open: SYN answered", "RFC 9293 3.10.7.2"),
WHY(sTW, OUT_SYN, "reused by connect", "RFC 6191 2"),
WHY(sTW, OUT_SYNACK, "reopened by a new SYN", "RFC 9293 3.10.7.4"),
WHY(sSS, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sSR, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sES, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sF1, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sF2, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sCG, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sCW, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sLA, OUT_SYN, "opened anew, old end unseen", "RFC 9293 3.10.1"),
WHY(sES, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sF1, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sF2, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sCG, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sCW, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
WHY(sLA, OUT_SYNACK, "opened anew, old end unseen", "RFC 9293 3.10.7.2"),
/* handshake */
WHY(sSS, IN_SYN, "simultaneous open: SYNs crossed", "RFC 9293 3.10.7.3"),
WHY(sSS, OUT_SYNACK_OWN, "crossing SYN answered", "RFC 9293 3.10.7.3"),
WHY(sSS, IN_SYNACK, "our SYN acknowledged", "RFC 9293 3.10.7.3"),
WHY(sSR, IN_ACK_SYN, "our SYN,ACK acknowledged", "RFC 9293 3.10.7.4"),
/* teardown, we send */
WHY(sSR, OUT_FIN, "closed before the handshake ended", "RFC 9293 3.10.4"),
WHY(sES, OUT_FIN, "active close", "RFC 9293 3.10.4"),
WHY(sCW, OUT_FIN, "closed after the peer", "RFC 9293 3.10.4"),
/* teardown, the peer answers or begins */
WHY(sF1, IN_ACK_FIN, "our FIN acknowledged", "RFC 9293 3.10.7.4"),
WHY(sCG, IN_ACK_FIN, "our FIN acknowledged", "RFC 9293 3.10.7.4"),
WHY(sLA, IN_ACK_FIN, "our FIN acknowledged", "RFC 9293 3.10.7.4"),
WHY(sSR, IN_FIN, "the peer closed at once", "RFC 9293 3.10.7.4"),
WHY(sES, IN_FIN, "the peer closed", "RFC 9293 3.10.7.4"),
WHY(sF1, IN_FIN, "simultaneous close: FINs crossed", "RFC 9293 3.10.7.4"),
WHY(sF2, IN_FIN, "the peer closed after us", "RFC 9293 3.10.7.4"),
WHY(sSR, OUT_ACK_FIN, "the peer's early FIN taken", "RFC 9293 3.10.7.4"),
WHY(sES, OUT_ACK_FIN, "the peer's early FIN taken", "RFC 9293 3.10.7.4"),
WHY(sF1, OUT_ACK_FIN, "the peer's early FIN taken", "RFC 9293 3.10.7.4"),
WHY(sF2, OUT_ACK_FIN, "the peer's early FIN taken", "RFC 9293 3.10.7.4"),
/* reset by the peer */
WHY(sSS, IN_RST, "refused", "RFC 9293 3.10.7.3"),
WHY(sSR, IN_RST, "reset by the peer", "RFC 9293 3.10.7.4"),
WHY(sES, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sF1, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sF2, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sCG, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sTW, IN_RST, "assassinated by RST", "RFC 1337"),
WHY(sCW, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sLA, IN_RST, "reset by the peer", "RFC 5961 3.2"),
WHY(sSR, IN_SYN_RESET, "another SYN, reset", "RFC 9293 3.10.7.4"),
WHY(sF2, IN_AFTER_CLOSE, "data after close, reset", "RFC 1122 4.2.2.13"),
/* reset by us */
WHY(sSS, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sSR, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sES, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sF1, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sF2, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sCG, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sCW, OUT_RST, "aborted", "RFC 9293 3.10.5"),
WHY(sLA, OUT_RST, "aborted", "RFC 9293 3.10.5"),
};

const size_t tcpw_fsm_nwhys = ARRAY_SIZE(tcpw_fsm_whys);

/**
 * tcpw_fsm_why - the reason of one transition
 * @from: state that is left
 * @ev: event that happens in it
 *
 * Return: the reason, or NULL where the event changes nothing there.
 */
const struct tcpw_why *tcpw_fsm_why(u8 from, u8 ev)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tcpw_fsm_whys); i++)
		if (tcpw_fsm_whys[i].from == from && tcpw_fsm_whys[i].ev == ev)
			return &tcpw_fsm_whys[i];
	return NULL;
}

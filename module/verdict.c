// SPDX-License-Identifier: GPL-2.0
/*
 * Names of states and events, the one table of each.  States are spelled as
 * ss prints them.
 */
#include "fsm.h"

static const char *const state_names[TCPW_ST_MAX] = {
	[TCPW_ST_NONE] = "?",
	[TCPW_ST_ESTABLISHED] = "ESTAB",
	[TCPW_ST_SYN_SENT] = "SYN-SENT",
	[TCPW_ST_SYN_RECV] = "SYN-RECV",
	[TCPW_ST_FIN_WAIT1] = "FIN-WAIT-1",
	[TCPW_ST_FIN_WAIT2] = "FIN-WAIT-2",
	[TCPW_ST_TIME_WAIT] = "TIME-WAIT",
	[TCPW_ST_CLOSE] = "UNCONN",
	[TCPW_ST_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCPW_ST_LAST_ACK] = "LAST-ACK",
	[TCPW_ST_LISTEN] = "LISTEN",
	[TCPW_ST_CLOSING] = "CLOSING",
};

static const char *const ev_names[TCPW_EV_MAX] = {
	[TCPW_EV_NONE] = "none",
	[TCPW_EV_OUT_SYN] = "out-syn",
	[TCPW_EV_OUT_SYN_RTX] = "out-syn-rtx",
	[TCPW_EV_OUT_SYNACK] = "out-synack",
	[TCPW_EV_OUT_SYNACK_OWN] = "out-synack-own",
	[TCPW_EV_OUT_ACK] = "out-ack",
	[TCPW_EV_OUT_ACK_FIN] = "out-ack-fin",
	[TCPW_EV_OUT_FIN] = "out-fin",
	[TCPW_EV_OUT_FIN_RTX] = "out-fin-rtx",
	[TCPW_EV_OUT_RST] = "out-rst",
	[TCPW_EV_OUT_RST_REPLY] = "out-rst-reply",
	[TCPW_EV_OUT_ALIEN] = "out-alien",
	[TCPW_EV_IN_SYN] = "in-syn",
	[TCPW_EV_IN_SYNACK] = "in-synack",
	[TCPW_EV_IN_ACK] = "in-ack",
	[TCPW_EV_IN_ACK_SYN] = "in-ack-syn",
	[TCPW_EV_IN_ACK_FIN] = "in-ack-fin",
	[TCPW_EV_IN_FIN] = "in-fin",
	[TCPW_EV_IN_FIN_RTX] = "in-fin-rtx",
	[TCPW_EV_IN_FIN_EARLY] = "in-fin-early",
	[TCPW_EV_IN_RST] = "in-rst",
	[TCPW_EV_IN_BAD_ACK] = "in-bad-ack",
	[TCPW_EV_IN_OOW] = "in-out-of-window",
};

/**
 * tcpw_state_name - a state as ss prints it
 * @state: enum tcpw_state
 *
 * Return: a constant string, "?" for what is no state.
 */
const char *tcpw_state_name(u8 state)
{
	return state < TCPW_ST_MAX ? state_names[state] : "?";
}

/**
 * tcpw_ev_name - an event in words
 * @ev: enum tcpw_ev
 *
 * Return: a constant string, "?" for what is no event.
 */
const char *tcpw_ev_name(u8 ev)
{
	return ev < TCPW_EV_MAX ? ev_names[ev] : "?";
}

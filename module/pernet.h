/* SPDX-License-Identifier: GPL-2.0 */
/* Begin and end of what the module is made of. */
#ifndef _TCPWATCH_PERNET_H
#define _TCPWATCH_PERNET_H

#include "table/nets.h"

struct seq_file;

/* pernet.c */
int tcpw_pernet_init(void);
void tcpw_pernet_exit(void);

/* tap.c */
int tcpw_tap_init(void);
void tcpw_tap_exit(void);

/* netlink.c */
int tcpw_netlink_init(void);
void tcpw_netlink_exit(void);

/* files.c */
int tcpw_files_init(void);
void tcpw_files_exit(void);

/* proc.c */
int tcpw_proc_init(void);
void tcpw_proc_exit(void);
void tcpw_proc_add(struct tcpw_net *tn);
void tcpw_proc_remove(struct tcpw_net *tn);

/* proc_text.c */
bool tcpw_proc_has_room(struct seq_file *m);
bool tcpw_proc_may_read(struct seq_file *m, const struct tcpw_net *tn);

/* proc_flows.c */
int tcpw_proc_flows_add(struct tcpw_net *tn);
void tcpw_proc_flows_remove(struct tcpw_net *tn);
void tcpw_proc_tuple(struct seq_file *m, const struct tcpw_key *key, u8 state);

/* resets.c */
void tcpw_resets_init(void);
void tcpw_resets_exit(void);

/* proc_hist.c */
int tcpw_proc_hist_add(struct tcpw_net *tn);
void tcpw_proc_hist_remove(struct tcpw_net *tn);

/* proc_listeners.c */
int tcpw_proc_listeners_add(struct tcpw_net *tn);
void tcpw_proc_listeners_remove(struct tcpw_net *tn);

/* proc_survey.c */
int tcpw_proc_survey_add(struct tcpw_net *tn);
void tcpw_proc_survey_remove(struct tcpw_net *tn);
void tcpw_proc_oldest(struct seq_file *m, struct tcpw_net *tn);

/* seed.c */
int tcpw_seed_init(void);
void tcpw_seed_exit(void);

/* sysctl.c */
#ifdef CONFIG_SYSCTL
void tcpw_sysctl_add(struct tcpw_net *tn);
void tcpw_sysctl_remove(struct tcpw_net *tn);
#else
static inline void tcpw_sysctl_add(struct tcpw_net *tn)
{
}

static inline void tcpw_sysctl_remove(struct tcpw_net *tn)
{
}
#endif

#endif /* _TCPWATCH_PERNET_H */

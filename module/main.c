// SPDX-License-Identifier: GPL-2.0
/*
 * Order of beginning and end, nothing else.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "record/counts.h"
#include "watch/ends.h"
#include "table/flow.h"
#include "watch/observer.h"
#include "pernet.h"
#include "table/scan.h"
#include "kernel/work.h"

static int __init tcpw_init(void)
{
	int err;

	tcpw_scan_init();
	err = tcpw_counts_module_init();
	if (err)
		return err;
	err = tcpw_flow_init();
	if (err)
		goto err_counts;
	err = tcpw_work_init();
	if (err)
		goto err_flow;
	tcpw_sweep_init();
	tcpw_missing_init();
	err = tcpw_pernet_init();
	if (err)
		goto err_missing;
	err = tcpw_files_init();
	if (err)
		goto err_pernet;
	err = tcpw_proc_init();
	if (err)
		goto err_files;
	err = tcpw_observer_init();
	if (err)
		goto err_proc;
	tcpw_ends_init();
	tcpw_resets_init();
	/* ORDER: last in, first out: no segment while anything is half made */
	err = tcpw_tap_init();
	if (err)
		goto err_observer;
	/* ORDER: what changes while it is looked at, the others must see */
	err = tcpw_seed_init();
	if (err)
		goto err_tap;
	/* ORDER: nobody may ask, and keep us, before all is sure to be there */
	err = tcpw_netlink_init();
	if (err)
		goto err_seed;
	return 0;

err_seed:
	tcpw_seed_exit();
err_tap:
	tcpw_tap_exit();
err_observer:
	tcpw_resets_exit();
	tcpw_ends_exit();
	tcpw_observer_exit();
err_proc:
	tcpw_proc_exit();
err_files:
	tcpw_files_exit();
err_pernet:
	tcpw_pernet_exit();
err_missing:
	tcpw_missing_exit();
	tcpw_work_exit();
err_flow:
	tcpw_flow_exit();
err_counts:
	tcpw_counts_module_exit();
	return err;
}

static void __exit tcpw_exit(void)
{
	tcpw_netlink_exit();
	tcpw_seed_exit();
	tcpw_tap_exit();
	tcpw_resets_exit();
	tcpw_ends_exit();
	tcpw_observer_exit();
	tcpw_proc_exit();
	tcpw_files_exit();
	tcpw_pernet_exit();
	tcpw_missing_exit();
	tcpw_work_exit();
	tcpw_flow_exit();
	tcpw_counts_module_exit();
}

module_init(tcpw_init);
module_exit(tcpw_exit);

MODULE_DESCRIPTION("Mirror of local TCP connection states");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");

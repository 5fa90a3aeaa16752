/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmicrohttpd, loaded when it is needed: with it come a dozen libraries that
 * every other command would spend more time on than on its work.
 */
#ifndef TCPWATCH_MHD_H
#define TCPWATCH_MHD_H

#include <microhttpd.h>
#include <stdbool.h>

/* What is used of it: MHD_run() is mhd.run(), and so on, after mhd_load(). */
struct mhd {
	typeof(MHD_add_response_header) *add_response_header;
	typeof(MHD_create_response_from_buffer) *response_from_buffer;
	typeof(MHD_create_response_from_callback) *response_from_callback;
	typeof(MHD_destroy_response) *destroy_response;
	typeof(MHD_get_daemon_info) *get_daemon_info;
	typeof(MHD_get_timeout) *get_timeout;
	typeof(MHD_lookup_connection_value) *lookup_connection_value;
	typeof(MHD_lookup_connection_value_n) *lookup_connection_value_n;
	typeof(MHD_queue_response) *queue_response;
	typeof(MHD_resume_connection) *resume_connection;
	typeof(MHD_run) *run;
	typeof(MHD_start_daemon) *start_daemon;
	typeof(MHD_stop_daemon) *stop_daemon;
	typeof(MHD_suspend_connection) *suspend_connection;
};

extern struct mhd mhd;

/* False where it cannot be; then dlerror() says why. */
bool mhd_load(void);

#endif /* TCPWATCH_MHD_H */

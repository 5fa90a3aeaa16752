/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libmicrohttpd, loaded when it is needed: with it come a dozen libraries that
 * every other command would spend more time on than on its work.
 */
#ifndef TCPWATCH_MHD_H
#define TCPWATCH_MHD_H

#include <microhttpd.h>
#include <stdbool.h>

/* Those that are used. */
#define MHD_FUNCTIONS(F) \
	F(add_response_header) \
	F(create_response_from_buffer) \
	F(create_response_from_callback) \
	F(destroy_response) \
	F(get_daemon_info) \
	F(get_timeout) \
	F(lookup_connection_value) \
	F(lookup_connection_value_n) \
	F(queue_response) \
	F(resume_connection) \
	F(run) \
	F(start_daemon) \
	F(stop_daemon) \
	F(suspend_connection)

/* MHD_run() is mhd.run(), and so on, after mhd_load(). */
#define MHD_POINTER(name) typeof(&MHD_##name) name;
extern struct mhd {
	MHD_FUNCTIONS(MHD_POINTER)
} mhd;

/* False where it cannot be; then dlerror() says why. */
bool mhd_load(void);

#endif /* TCPWATCH_MHD_H */

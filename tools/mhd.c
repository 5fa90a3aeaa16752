// SPDX-License-Identifier: GPL-2.0
/* Loads libmicrohttpd, the one that this was compiled with. */
#include <dlfcn.h>
#include <string.h>

#include "mhd.h"
#include "util.h"

struct mhd mhd;

static const struct {
	const char *name;
	void *pointer;
} functions[] = {
	{ "MHD_add_response_header", &mhd.add_response_header },
	{ "MHD_create_response_from_buffer", &mhd.response_from_buffer },
	{ "MHD_create_response_from_callback", &mhd.response_from_callback },
	{ "MHD_destroy_response", &mhd.destroy_response },
	{ "MHD_get_daemon_info", &mhd.get_daemon_info },
	{ "MHD_get_timeout", &mhd.get_timeout },
	{ "MHD_lookup_connection_value", &mhd.lookup_connection_value },
	{ "MHD_lookup_connection_value_n", &mhd.lookup_connection_value_n },
	{ "MHD_queue_response", &mhd.queue_response },
	{ "MHD_resume_connection", &mhd.resume_connection },
	{ "MHD_run", &mhd.run },
	{ "MHD_start_daemon", &mhd.start_daemon },
	{ "MHD_stop_daemon", &mhd.stop_daemon },
	{ "MHD_suspend_connection", &mhd.suspend_connection },
};

bool mhd_load(void)
{
	void *library = dlopen(MHD_LIBRARY, RTLD_NOW);
	void *function;
	size_t i;

	for (i = 0; library && i < ARRAY_SIZE(functions); i++) {
		function = dlsym(library, functions[i].name);
		if (!function)
			return false;
		memcpy(functions[i].pointer, &function, sizeof(function));
	}
	return library;
}

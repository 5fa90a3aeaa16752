// SPDX-License-Identifier: GPL-2.0
/* Loads libmicrohttpd, the one that this was compiled with. */
#include <dlfcn.h>
#include <stddef.h>

#include "mhd.h"
#include "util.h"

struct mhd mhd;

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define ENTRY(name) { "MHD_" #name, offsetof(struct mhd, name) },
	MHD_FUNCTIONS(ENTRY)
};

bool mhd_load(void)
{
	void *library = dlopen(MHD_LIBRARY, RTLD_NOW);
	void **pointer;
	size_t i;

	for (i = 0; library && i < ARRAY_SIZE(functions); i++) {
		pointer = (void **)((char *)&mhd + functions[i].offset);
		*pointer = dlsym(library, functions[i].name);
		if (!*pointer)
			return false;
	}
	return library;
}

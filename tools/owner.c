// SPDX-License-Identifier: GPL-2.0
/*
 * Walks /proc/PID/fd once for all sockets asked for.  Does not look at
 * threads: they share descriptors.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "js.h"
#include "owner.h"

/* The socket that a descriptor is, as a key; false for another file. */
static bool socket_inode(int dir, const char *fd, char *inode, size_t size)
{
	char link[64], *end;
	ssize_t n = readlinkat(dir, fd, link, sizeof(link) - 1);

	if (n < 0)
		return false;
	link[n] = '\0';
	end = strchr(link, ']');
	if (strncmp(link, "socket:[", 8) || !end)
		return false;
	*end = '\0';
	snprintf(inode, size, "%.20s", link + 8);
	return true;
}

static json_t *describe(const char *pid)
{
	char path[300], comm[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "r");
	if (file) {
		if (!fgets(comm, sizeof(comm), file))
			*comm = '\0';
		fclose(file);
	}
	comm[strcspn(comm, "\n")] = '\0';
	/* a name need not be UTF-8 */
	return json_pack("{s:I, s:o}", "pid", (json_int_t)atoll(pid), "comm",
			 json_string(comm) ?: json_string("?"));
}

static void look_at(const char *pid, const json_t *wanted, json_t *owners)
{
	char path[300], inode[32];
	const json_t *known;
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (!socket_inode(dirfd(dir), entry->d_name, inode,
				  sizeof(inode)) ||
		    !json_object_get(wanted, inode))
			continue;
		known = json_object_get(owners, inode);
		if (!known || js_int(known, "pid") > atoll(pid))
			json_object_set_new(owners, inode, describe(pid));
	}
	closedir(dir);
}

json_t *owner_find(const json_t *inodes)
{
	json_t *owners = json_object(), *wanted = json_object(), *inode;
	struct dirent *entry;
	char key[32];
	DIR *proc;
	size_t i;

	json_array_foreach(inodes, i, inode) {
		snprintf(key, sizeof(key), "%lld",
			 (long long)json_integer_value(inode));
		json_object_set_new(wanted, key, json_true());
	}
	proc = json_object_size(wanted) ? opendir("/proc") : NULL;
	while (proc && (entry = readdir(proc)))
		if (*entry->d_name >= '0' && *entry->d_name <= '9')
			look_at(entry->d_name, wanted, owners);
	if (proc)
		closedir(proc);
	json_decref(wanted);
	return owners;
}

// SPDX-License-Identifier: GPL-2.0
/* Look-ups in the tables of the spec. */
#include <string.h>

#include "spec.h"

/**
 * spec_set - a set of attributes
 * @name: its name
 *
 * Return: NULL where there is none.
 */
const struct spec_set *spec_set(const char *name)
{
	size_t i;

	for (i = 0; spec_sets[i]; i++)
		if (!strcmp(spec_sets[i]->name, name))
			return spec_sets[i];
	return NULL;
}

/**
 * spec_attr - an attribute
 * @set: the name of its set
 * @name: its name
 *
 * Return: NULL where there is none.
 */
const struct spec_attr *spec_attr(const char *set, const char *name)
{
	const struct spec_set *found = spec_set(set);
	size_t i;

	for (i = 1; found && i < found->n; i++)
		if (found->attrs[i].name && found->attrs[i].type != SPEC_NONE &&
		    !strcmp(found->attrs[i].name, name))
			return &found->attrs[i];
	return NULL;
}

/**
 * spec_enum - an enumeration
 * @name: its name
 *
 * Return: NULL where there is none.
 */
const struct spec_enum *spec_enum(const char *name)
{
	size_t i;

	for (i = 0; spec_enums[i]; i++)
		if (!strcmp(spec_enums[i]->name, name))
			return spec_enums[i];
	return NULL;
}

/**
 * spec_value - the number of a name
 * @names: the enumeration
 * @name: the name
 *
 * Return: -1 where there is no such name.
 */
int spec_value(const struct spec_enum *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->names[i] && !strcmp(names->names[i], name))
			return i;
	return -1;
}

/* SPDX-License-Identifier: GPL-2.0 */
/* Members of JSON objects, with a default for what is not there. */
#ifndef TCPWATCH_JS_H
#define TCPWATCH_JS_H

#include <jansson.h>
#include <stdint.h>

static inline const char *js_str(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static inline json_int_t js_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Numbers above INT64_MAX are reals. */
static inline uint64_t js_u64(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	double real = json_real_value(value);

	if (json_is_integer(value))
		return json_integer_value(value);
	return real <= 0 ? 0 : real >= 18446744073709549568.0 ? UINT64_MAX :
								(uint64_t)real;
}

#endif /* TCPWATCH_JS_H */

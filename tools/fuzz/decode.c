// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: any octets as the attributes of any set.  Objects and text must
 * agree on whether they can be read, and the text must be JSON.
 */
#include <stdint.h>
#include <stdlib.h>

#include "decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { 0 };
	const struct spec_set *set;
	json_t *object, *parsed;
	size_t n = 0;

	if (!size)
		return 0;
	while (spec_sets[n])
		n++;
	set = spec_sets[data[0] % n];
	object = decode_object(set, data + 1, size - 1);
	text_char(&text, '{');
	if (decode_text(&text, set, data + 1, size - 1) != !!object)
		abort();
	text_char(&text, '}');
	parsed = json_loadb(text.data, text.len,
			    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	/* Integers above INT64_MAX are not read back. */
	if (!parsed && object && !json_object_size(object))
		abort();
	json_decref(parsed);
	json_decref(object);
	text_free(&text);
	return 0;
}

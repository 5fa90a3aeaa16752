#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Makes spec-gen.c, the tables of spec.h, from the spec. No arguments."""

import pathlib

import yaml

SPEC = pathlib.Path(__file__).parent / "../module/netlink/specs/tcpwatch.yaml"

SCALARS = {"flag": "FLAG", "u8": "U8", "u16": "U16", "u32": "U32",
           "s32": "S32", "u64": "U64", "string": "STRING", "nest": "NEST",
           "pad": "NONE"}
ARRAYS = {"u32": "U32S", "u64": "U64S"}

# decode.c marks what it has seen in 64 bits.
MOST_ATTRS = 64

# SPEC_KEY_SIZE, less what is read beyond the end of one without its comma.
LONGEST_KEY = 30

# SPEC_NAME_SIZE, all of which can be read.
NAME_SIZE = 32


def ident(name):
    return name.replace("-", "_")


def quote(text):
    joined = " ".join((text or "").split())
    return '"' + joined.replace("\\", "\\\\").replace('"', '\\"') + '"'


def attr_type(attr):
    if attr["type"] != "binary":
        return "SPEC_" + SCALARS[attr["type"]]
    if "sub-type" in attr:
        return "SPEC_" + ARRAYS[attr["sub-type"]]
    if attr.get("display-hint") == "ipv6":
        return "SPEC_ADDR"
    raise ValueError(f"{attr['name']}: binary of what?")


def print_enum(enum):
    name, number = ident(enum["name"]), enum.get("value-start", 0)
    names = [entry["name"] for entry in enum["entries"]]
    if max(map(len, names)) >= NAME_SIZE:
        raise ValueError(f"{enum['name']}: a name is too long")
    print(f"static const char words_{name}[][SPEC_NAME_SIZE] "
          "= {")
    for i, word in enumerate(names):
        print(f"\t[{number + i}] = {quote(word)},")
    print("};\n")
    print(f"static const char *const names_{name}[] = {{")
    for i, word in enumerate(names):
        print(f"\t[{number + i}] = words_{name}[{number + i}],")
    print("};\n")
    print(f"static const uint8_t lens_{name}[] = {{")
    for i, word in enumerate(names):
        print(f"\t[{number + i}] = {len(word)},")
    print("};\n")
    print(f"static const char *const docs_{name}[] = {{")
    for i, entry in enumerate(enum["entries"]):
        print(f"\t[{number + i}] = {quote(entry.get('doc'))},")
    print("};\n")
    print(f"static const struct spec_enum enum_{name} = {{")
    print(f"\t.name = {quote(enum['name'])},")
    print(f"\t.names = names_{name},")
    print(f"\t.lens = lens_{name},")
    print(f"\t.docs = docs_{name},")
    print(f"\t.n = {number + len(enum['entries'])},")
    print("};\n")


def print_attr(number, attr):
    print(f"\t[{number}] = {{")
    print(f"\t\t.name = {quote(attr['name'])},")
    if "doc" in attr:
        print(f"\t\t.doc = {quote(attr['doc'])},")
    key = f',"{attr["name"]}":'
    if len(key) > LONGEST_KEY:
        raise ValueError(f"{attr['name']}: too long")
    print(f"\t\t.key = {quote(key)},")
    print(f"\t\t.key_len = {len(key)},")
    print(f"\t\t.type = {attr_type(attr)},")
    if attr.get("multi-attr"):
        print("\t\t.multi = true,")
    if attr.get("byte-order") == "big-endian":
        print("\t\t.big_endian = true,")
    if attr.get("enum-as-flags"):
        print("\t\t.bits = true,")
    if "enum" in attr:
        print(f"\t\t.names = &enum_{ident(attr['enum'])},")
    if attr["type"] == "nest":
        print(f"\t\t.nest = &set_{ident(attr['nested-attributes'])},")
    print("\t},")


def print_set(attrs):
    name, count = ident(attrs["name"]), len(attrs["attributes"]) + 1
    if count > MOST_ATTRS:
        raise ValueError(f"{attrs['name']}: too many attributes")
    print(f"static const struct spec_attr attrs_{name}[] = {{")
    for i, attr in enumerate(attrs["attributes"]):
        print_attr(i + 1, attr)
    print("};\n")
    print(f"static const struct spec_set set_{name} = {{")
    print(f"\t.name = {quote(attrs['name'])},")
    print(f"\t.attrs = attrs_{name},")
    print(f"\t.n = {count},")
    print("};\n")


def print_lists(enums, sets, commands):
    print("const struct spec_set *const spec_by_cmd[] = {")
    for i, command in enumerate(commands):
        print(f"\t[{i + 1}] = &set_{ident(command['attribute-set'])},")
    print(f"}};\n\nconst size_t spec_cmds = {len(commands) + 1};\n")
    print("const struct spec_set *const spec_sets[] = {")
    for attrs in sets:
        print(f"\t&set_{ident(attrs['name'])},")
    print("\tNULL,\n};\n\nconst struct spec_enum *const spec_enums[] = {")
    for enum in enums:
        print(f"\t&enum_{ident(enum['name'])},")
    print("\tNULL,\n};")


def main():
    spec = yaml.safe_load(SPEC.read_text(encoding="utf-8"))
    enums = [d for d in spec["definitions"] if d["type"] == "enum"]
    print("// SPDX-License-Identifier: GPL-2.0")
    print("/* The spec as tables.  Made by gen.py, do not edit. */")
    print('#include "spec.h"\n')
    for enum in enums:
        print_enum(enum)
    for attrs in spec["attribute-sets"]:
        print(f"static const struct spec_set set_{ident(attrs['name'])};")
    print()
    for attrs in spec["attribute-sets"]:
        print_set(attrs)
    print_lists(enums, spec["attribute-sets"], spec["operations"]["list"])


if __name__ == "__main__":
    main()

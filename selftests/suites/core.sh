#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pure core in userspace, and the mirror driven by a model of the kernel,
# with the address and undefined behaviour sanitizers.

exec make --no-print-directory -s -C selftests/core run

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs genl_fuzz, which "make programs" builds.

exec ../build/selftests/genl_fuzz "$@"

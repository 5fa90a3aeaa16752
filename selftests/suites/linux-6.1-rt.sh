#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kselftests on Debian's Linux 6.1-rt.

exec selftests/suites/other.sh bookworm rt

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kselftests on Debian's Linux 6.12.

exec selftests/suites/other.sh bookworm-backports

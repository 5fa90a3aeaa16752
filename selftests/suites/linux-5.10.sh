#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The kselftests on Debian's Linux 5.10.

exec selftests/suites/other.sh bullseye

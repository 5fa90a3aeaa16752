#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Races between CPUs on Debian's Linux 6.12.

exec selftests/suites/smp.sh bookworm-backports

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Races between CPUs on Debian's Linux 6.1-rt.

exec selftests/suites/smp.sh bookworm rt

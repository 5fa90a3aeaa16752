#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Races between CPUs on Debian's Linux 5.10.

exec selftests/suites/smp.sh bullseye

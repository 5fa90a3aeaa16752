#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many endpoints, and connections at full speed.

exec selftests/suites/stock.sh run_crowd

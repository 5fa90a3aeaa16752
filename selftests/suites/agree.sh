#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The agreement harness on the distribution's stock kernel: does the mirror
# say what ss says, whatever happens to the connections?

exec selftests/suites/stock.sh run_agree

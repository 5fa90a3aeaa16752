#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs genl_fuzz, which "make programs" builds.  It also sets what the initial
# namespace has: the module is loaded afresh for those that come later.

../build/selftests/genl_fuzz "$@"
status=$?
rmmod tcpwatch && insmod "$TCPWATCH_KO" || status=1
exit "$status"

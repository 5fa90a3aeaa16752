#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The worst of the weather only: all of it takes minutes under the sanitizers.

exec ./netem.py all_at_once

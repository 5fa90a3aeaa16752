#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The worst of the weather only: all of it takes minutes under the sanitizers.

AGREE_CHURN=30 exec ./agree_weather.py all_at_once

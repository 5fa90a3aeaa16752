# SPDX-License-Identifier: GPL-2.0
# How to build, show, test and install tcpwatch; Kbuild says what is built.

# The kernel to build for: the running one where its headers are there, else
# the newest that has headers.
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	$(shell ls -d /lib/modules/*/build 2>/dev/null | sort -rV))

ARCH_PACKAGE := linux-headers-$(shell dpkg --print-architecture 2>/dev/null || \
	echo generic)

VM := selftests/vm

# The kernel that the VM boots, known once it is installed.
VM_KDIR = /lib/modules/$$($(VM)/stock.sh -p)/build

all: modules

modules modules_install: check-kdir
	@$(MAKE) --no-print-directory -C "$(KDIR)" M="$(CURDIR)" W=1 \
		CONFIG_DEBUG_INFO_BTF_MODULES= $@

# The client.
tools install uninstall:
	@$(MAKE) --no-print-directory -C tools $(filter-out tools,$@)

clean:
	@if [ -n "$(KDIR)" ]; then \
		$(MAKE) --no-print-directory -C "$(KDIR)" M="$(CURDIR)" $@; \
	fi
	@rm -rf build

check-kdir:
	@if [ ! -e "$(KDIR)/Makefile" ]; then \
		echo "No kernel headers in KDIR='$(KDIR)':" \
		     "install the package $(ARCH_PACKAGE), or set KDIR." >&2; \
		exit 1; \
	fi

show-kdir: check-kdir
	@echo "$(KDIR)"

# What a person sees first: a stock kernel in a VM, real traffic, the table.
demo:
	@$(VM)/setup.sh build vm traffic
	@$(MAKE) --no-print-directory modules KDIR=$(VM_KDIR)
	@$(VM)/stock.sh -v -- $(VM)/demo.sh

# A shell in that VM, the module loaded.
vm:
	@$(VM)/setup.sh build vm traffic
	@$(MAKE) --no-print-directory modules KDIR=$(VM_KDIR)
	@$(VM)/shell.sh

# What is made from the spec of the netlink family, and is committed.
genl:
	@$(VM)/setup.sh gates
	@$(VM)/uml.sh source
	@module/netlink/genl.sh "$$($(VM)/uml.sh src)"

# All tests; the last line is "N passed, N failed, N skipped".
check:
	@selftests/check.sh $(SUITES)

# One test program in a VM, or some of its tests: T="close.py half_close".
test:
	@$(VM)/setup.sh build tools traffic vm
	@$(MAKE) --no-print-directory modules tools KDIR=$(VM_KDIR) >&2
	@$(MAKE) --no-print-directory -s -C selftests programs
	@$(VM)/uml.sh source >&2
	@$(VM)/stock.sh -t -m 4G -T 1800 -- \
		env YNL_CLI="$$($(VM)/uml.sh src)/tools/net/ynl/pyynl/cli.py" \
		selftests/one.sh $(T)

# The tests on Debian's other kernels.
kernels:
	@selftests/check.sh linux-5.10 linux-6.1-rt linux-6.12 \
		smp-5.10 smp-6.1-rt smp-6.12

# Does the mirror say what ss says?  Each workload ROUNDS times.  And 100,000
# endpoints, 50,000 connections at full speed, and CHURN_CONNECTIONS on two
# CPUs, where every counter must add up.
ROUNDS ?= 10
CHURN_CONNECTIONS ?= 1000000

soak:
	@$(VM)/setup.sh build vm traffic
	@$(MAKE) --no-print-directory modules KDIR=$(VM_KDIR)
	@$(VM)/stock.sh -t -m 4G -T $$((600 * $(ROUNDS))) -- \
		env AGREE_ROUNDS=$(ROUNDS) AGREE_CONNECTIONS=20000 AGREE_CHURN=100 \
		$(MAKE) --no-print-directory -C selftests run_agree
	@CROWD_CONNECTIONS=50000 STREAM_CONNECTIONS=50000 \
		$(MAKE) --no-print-directory check SUITES=crowd
	@SMP_CONNECTIONS=$(CHURN_CONNECTIONS) \
		$(MAKE) --no-print-directory check SUITES=smp-lab

# What watching costs, beside what its peers cost: bench/report.html.
BENCH := selftests/bench

bench:
	@$(VM)/setup.sh bench build lab tools traffic vm
	@$(BENCH)/bench.sh bench/figures.1 hooks cycle -- scrape
	@$(BENCH)/bench.sh bench/figures.2 crowd million -- scrape
	@$(BENCH)/bench.sh bench/figures.smp smp
	@$(BENCH)/bench.sh bench/figures.native native
	@$(BENCH)/bench.sh bench/figures.native_smp native_smp
	@cat bench/figures.* > bench/figures
	@$(BENCH)/report.py bench/figures bench

bench-quick:
	@$(VM)/setup.sh build tools traffic vm
	@$(BENCH)/bench.sh build/quick.figures quick
	@$(BENCH)/report.py -q build/quick.figures $(BENCH)/allowed.json

help:
	@echo "make              build module/tcpwatch.ko (KDIR=$(KDIR))"
	@echo "make demo         show it on a stock kernel in a VM"
	@echo "make vm           a shell in that VM"
	@echo "make tools        build the client, build/tools/tcpwatch"
	@echo "make install      install it (DESTDIR, PREFIX)"
	@echo "make genl         make what is made from the netlink spec"
	@echo "make check        run all tests (SUITES=... for some:"
	@echo "                  gates core build tools lab stock agree crowd smp"
	@echo "                  smp-lab bench)"
	@echo "make test         one of them, or a part: T=\"close.py half_close\""
	@echo "make kernels      run the tests on 5.10, 6.1-rt and 6.12"
	@echo "make soak         compare with ss for long (ROUNDS=$(ROUNDS))"
	@echo "make bench        what it costs, and its peers: bench/report.html"
	@echo "make bench-quick  does it cost more than before?"
	@echo "make modules_install, make clean"

.PHONY: genl tools install uninstall all modules modules_install clean check-kdir show-kdir demo vm check test kernels soak bench bench-quick help

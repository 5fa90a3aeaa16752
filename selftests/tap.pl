#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# Runs the suites as TAP streams by Perl's own harness (Test::Harness), shows
# their lines as they come and closes with the totals on one line.

use strict;
use warnings;
use TAP::Harness;

$| = 1;

my $harness = TAP::Harness->new({
	verbosity => 1,
	merge => 1,
	exec => sub { my ($h, $suite) = @_; return ["bash", $suite] },
});

my @suites = map { ["selftests/suites/$_.sh", $_] } @ARGV;
my $all = $harness->runtests(@suites);
my $skipped = scalar $all->skipped;
my $failed = scalar $all->failed;

# a suite that ended badly without a failed line is a failure, too
for my $parser ($all->parsers) {
	$failed++ if $parser->has_problems && !$parser->failed;
}
my $passed = scalar($all->passed) - $skipped;

if ($skipped) {
	print "Skipped here, so nothing is known about them:\n";
	for my $parser ($all->parsers) {
		print "  test $_\n" for $parser->skipped;
	}
}
print "$passed passed, $failed failed, $skipped skipped\n";
exit 1 if $failed;
exit 1 if $skipped && ($ENV{CI} // "") eq "true";
exit 0;

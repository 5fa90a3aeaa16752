#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# Runs the suites as TAP streams by Perl's own harness (Test::Harness), two at
# a time, shows their lines as they come, each with its suite's name in front,
# and closes with what failed, told once more, and the totals on one line.

use strict;
use warnings;
use TAP::Harness;

$| = 1;

my $jobs = $ENV{JOBS} // 2;
my $harness = TAP::Harness->new({
	verbosity => -3,
	merge => 1,
	jobs => $jobs,
	exec => sub { my ($h, $suite) = @_; return ["bash", $suite] },
});

my (%began, %told);

# What a reader of the last lines alone wants to know: the tests that failed,
# with what was said of them, and what came where no test was running.
sub remember {
	my ($name, $result, $failing) = @_;

	$$failing = !$result->is_ok if $result->is_test;
	return unless $$failing && !$result->is_plan || $result->is_unknown;
	push @{$told{$name}}, $result->raw;
	shift @{$told{$name}} if @{$told{$name}} > 200;
}

$harness->callback(made_parser => sub {
	my ($parser, $job) = @_;
	my $name = $job->[1];
	my $failing = 0;
	$began{$name} = time;
	$parser->callback(ALL => sub {
		my ($result) = @_;
		print "$name: ", $result->raw, "\n";
		remember($name, $result, \$failing);
	});
	$parser->callback(EOF => sub {
		printf "$name: # took %d s\n", time - $began{$name};
	});
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

for my $name ($all->descriptions) {
	my ($parser) = $all->parsers($name);
	print "$name: $_\n"
		for $parser->has_problems ? @{$told{$name} // []} : ();
	print "Failed in $name: test ", join(", ", $parser->failed), "\n"
		if $parser->failed;
	print "$name: ended badly: status ", $parser->exit, ", ",
		join("; ", $parser->parse_errors), "\n"
		if $parser->has_problems && !$parser->failed;
	print "Skipped in $name, so nothing is known about it: test ",
		join(", ", $parser->skipped), "\n" if $parser->skipped;
}
print "$passed passed, $failed failed, $skipped skipped\n";
exit 1 if $failed;
exit 1 if $skipped && ($ENV{CI} // "") eq "true";
exit 0;

"""Run the tests of flow files in virtual time: hours of timers in milliseconds, the same every time."""

from __future__ import annotations

import argparse
from pathlib import Path

from flowengine.catalog import installed
from flowengine.cli.options import add_settings, nothing_in, settings_of
from flowengine.flow.files import find
from flowengine.testing.junit import as_junit
from flowengine.testing.runner import FlowTests, Result

EXAMPLES = """examples:
  flowengine test flows/
  flowengine test -k "above the limit" flows/cold_store.yaml
  flowengine test --junit results.xml flows/

Tests are in the `tests:` section of a flow or in NAME.test.yaml beside it.
exit status: 0 all passed, 1 a test failed or a file has problems, 2 a file cannot be read, 5 there are no tests"""
NO_TESTS = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What this command takes."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="flow files, or folders of them")
    parser.add_argument("-k", dest="matching", default="", metavar="TEXT", help="only tests whose name contains this")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write the results as JUnit XML")
    parser.add_argument("-q", "--quiet", action="store_true", help="print failures only")
    add_settings(parser)


def run(options: argparse.Namespace) -> int:
    """Run the tests and print how they ended."""
    results: list[Result] = []
    problems = 0
    try:
        files = find(options.paths)
        for file in files:
            tests = FlowTests(file, settings_of(options), installed())
            cases = [case for case in tests.cases() if options.matching in case.name]
            problems += _print_problems(tests)
            for result in tests.run(cases):
                results.append(result)
                _print(result, options.quiet)
    except OSError as fault:
        print(f"flowengine: cannot read {fault.filename}: {fault.strerror}")
        return 2
    if not files:
        print(nothing_in(options.paths))
    if options.junit:
        options.junit.write_bytes(as_junit(results))
    failed = sum(not result.ok for result in results)
    virtual_s, took_s = sum(r.virtual_s for r in results), sum(r.took_s for r in results)
    print(f"{len(results) - failed} passed, {failed} failed ({virtual_s:.0f} s of flow time in {took_s:.2f} s)")
    if failed or problems:
        return 1
    return 0 if results else NO_TESTS


def _print_problems(tests: FlowTests) -> int:
    errors = [problem for problem in dict.fromkeys(tests.problems) if problem.severity == "error"]
    for problem in errors:
        print(problem)
    return len(errors)


def _print(result: Result, quiet: bool) -> None:
    if result.ok and quiet and not result.warnings:
        return
    print(f"{'pass' if result.ok else 'FAIL'}  {result.flow}: {result.name}")
    for line in result.lines:
        print(f"      {line}")
    for line in result.warnings:
        print(f"      warning: {line}")

"""A pytest plugin that tells which files took the time: `tandem test` loads it when it runs everything."""

from collections import defaultdict

import pytest
from _pytest.terminal import TerminalReporter

SHOWN = 20


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the files whose tests took longest, setting up and tearing down included.

    Seconds are those of a clock on the wall: processes that share a core count the time that they wait for it.
    """
    seconds: defaultdict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
    dearest = sorted(seconds, key=lambda name: -seconds[name])
    terminalreporter.section("where the time went")
    for name in dearest[:SHOWN]:
        terminalreporter.line(f"{seconds[name]:7.1f} s  {name}")
    rest = sum(seconds[name] for name in dearest[SHOWN:])
    terminalreporter.line(f"{rest:7.1f} s  the other {len(dearest[SHOWN:])} files")

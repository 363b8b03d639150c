"""The benchmark of the support room still runs; its figures are for docs/benchmarks.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.unmeasured


def test_the_benchmark_prints_a_row_for_each_page() -> None:
    command = [sys.executable, "-m", "bench.support_room", "--accounts", "200", "--clients", "2", "--seconds", "0.05"]
    command += ["--processes", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=True)
    for words in ("| first page | 2 |", "| silent | 2 |", "| the page of one account | 2 |", "200 accounts, 1 web"):
        assert words in ran.stdout

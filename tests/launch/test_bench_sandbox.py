"""The benchmark of the simulator still runs; its figures are for docs/benchmarks.md."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.unmeasured


def test_the_benchmark_prints_a_row_for_each_call_and_moment() -> None:
    command = [sys.executable, "-m", "bench.sandbox", "--seconds", "0.1", "--orgs", "12", "--employees", "200"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120, check=True)
    for words in ("| list page of 100 | 5 |", "| token refresh | 1 |", "| started |", "| each read once |", "RSS, PSS"):
        assert words in ran.stdout

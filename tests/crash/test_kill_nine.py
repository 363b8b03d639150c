"""The worker killed at random points, judged from the simulator's books."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest
from tests.crash.kill_nine import POINTS, ROW, SEED
from tests.crash.trial import try_points

from tandem.testing.cast import Cast

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.slow, pytest.mark.unmeasured]


def test_a_worker_killed_at_random_points_loses_nothing_and_doubles_nothing(cast: Cast) -> None:
    points, seed = int(os.environ.get(POINTS, "20")), int(os.environ.get(SEED, "1"))
    verdict = try_points(cast.alice, points=points, seed=seed)
    print(verdict)  # noqa: T201  the figure that the command is for
    if row := os.environ.get(ROW):
        Path(row).write_text(json.dumps(asdict(verdict)), encoding="utf-8")
    assert verdict.lost == []
    assert verdict.doubled == []
    assert verdict.points == points
    assert verdict.killed_inside_a_call == points // 5

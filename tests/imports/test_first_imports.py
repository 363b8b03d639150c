"""A small first import and the runs after it; with a wish in the environment, those of `python -m bench.first_import`."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from bench.first_import import WANTED
from pytest_django.fixtures import Settings
from tests.imports.playing import Imported, Play, TwoWay

from tandem.testing.cast import Cast
from tandem.testing.xero import Connect
from tandem.xero.sync.tests.office import office
from tandem_sandbox.testing import Sandbox

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
WISH = json.loads(os.environ.get(WANTED, "{}"))
CHANGES = ((0, 0), (10, 0), (0, 10), (10, 10))
Changes = Sequence[tuple[int, int]]
FEW = ((0, 0), (2, 3))


def play(
    cast: Cast, sandbox: Sandbox, connected: Connect, settings: Settings, size: tuple[int, int], changes: Changes
) -> tuple[Imported, list[TwoWay]]:
    """Play one first import, and two-way runs with some changes or none after it."""
    people, a_day = size
    with office(cast, sandbox, connected, employees=people, imported=False) as at:
        settings.TANDEM = replace(settings.TANDEM, xero=replace(settings.TANDEM.xero, calls_per_day=a_day))
        sandbox.control("PATCH", "limits", {"day": a_day})
        played = Play(at, people=people, a_day=a_day)
        imported = played.first_import()
        at.choose(auto_import=True, auto_export=True)
        at.clock.advance(days=1)
        at.automatic()
        return imported, [played.two_way(in_xero=in_xero, here=here) for in_xero, here in changes]


if WISH:

    @pytest.mark.parametrize(("people", "a_day"), WISH["sizes"])
    def test_a_first_import_of_the_wished_size(
        cast: Cast, sandbox: Sandbox, connected: Connect, settings: Settings, people: int, a_day: int
    ) -> None:
        imported, runs = play(cast, sandbox, connected, settings, (people, a_day), CHANGES)
        found = {"imported": imported.as_dict(), "runs": [asdict(run) for run in runs]}
        Path(WISH["folder"], f"{people}-{a_day}.json").write_text(json.dumps(found), encoding="utf-8")

else:

    def test_a_first_import_takes_the_calls_of_the_floor_and_two_and_later_runs_what_they_may(
        cast: Cast, sandbox: Sandbox, connected: Connect, settings: Settings
    ) -> None:
        imported, runs = play(cast, sandbox, connected, settings, (14, 1000), FEW)
        assert imported.calls == imported.floor + 2
        assert imported.refused == 0
        assert imported.said[:10] == imported.done[:10]
        assert [(run.in_xero, run.here) for run in runs] == list(FEW)
        assert all(run.calls <= run.at_most for run in runs), runs
        assert "| 14 | 1,000 | 19 | 17 |" in imported.row

"""One connection lives a quarter of a day; with a wish in the environment, as many as `python -m bench.fourteen_days` asks for."""

import json
import os
from pathlib import Path

import pytest
from bench.fourteen_days import WANTED
from tests.matrix.living import live, name_of_life, read_lives, table_of

from tandem.testing.cast import Cast

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
WISH = json.loads(os.environ.get(WANTED, "{}"))


def to_live() -> list[int]:
    """Return the connections that are wished for and were not lived yet."""
    numbers = range(WISH.get("connections", 0))
    return [number for number in numbers if not Path(WISH["folder"], _name(number)).exists()]


def _name(number: int) -> str:
    return name_of_life(seed=WISH["seed"], days=WISH["days"], number=number)


if WISH:

    @pytest.mark.parametrize("number", to_live())
    def test_a_connection_lives_as_long_as_wished(cast: Cast, number: int) -> None:
        life = live(cast, seed=f"{WISH['seed']}/{number}", days=WISH["days"])
        Path(WISH["folder"], _name(number)).write_text(json.dumps(life.as_dict()), encoding="utf-8")

else:

    def test_a_quarter_of_a_day_of_a_connection_is_told_truly_and_counted(cast: Cast, tmp_path: Path) -> None:
        life = live(cast, seed="7/3", days=0.25)
        Path(tmp_path, name_of_life(seed=7, days=0.25, number=0)).write_text(
            json.dumps(life.as_dict()), encoding="utf-8"
        )
        table = table_of(read_lives(tmp_path, seed=7, days=0.25, connections=1))
        assert life.longest_false_green <= 19
        assert life.refreshes >= 10
        assert 20 < sum(life.calls.values()) < 1000
        assert "| connections, days | 1, 0.25 |" in table

    def test_a_list_that_is_half_as_long_is_seen_in_a_small_organisation_too(cast: Cast) -> None:
        """The chance of this seed takes half of twelve people away after five minutes, for an hour."""
        life = live(cast, seed="d/19959", days=0.05)
        assert life.troubles == 1
        assert life.without_access > 50
        assert life.longest_false_green <= 19

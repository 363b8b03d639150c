"""Twenty seeds of the whole; a thousand by `python -m tests.simulation`. It must repeat exactly, and be able to fail."""

import json
import os
from pathlib import Path

import psycopg
import pytest
from tests.simulation.__main__ import WANTED
from tests.simulation.ground import Ground
from tests.simulation.mutations import BY_NAME, MUTATIONS, Mutation
from tests.simulation.playing import play

from tandem.testing.scenes import Storage

pytestmark = [pytest.mark.usefixtures("real_db"), pytest.mark.unmeasured]
WISH = json.loads(os.environ.get(WANTED, "{}"))
Superuser = psycopg.Connection[tuple[object, ...]]
#: Shorter than those of the command, so that all of this costs less than a minute.
SEEDS_OF_THE_SUITE, SHORT = range(20), 6
OF_A_MUTATION = 14


def to_play() -> list[int]:
    """Return the seeds that are wished for and were not played yet."""
    seeds = range(WISH["from"], WISH["from"] + WISH["seeds"])
    return [seed for seed in seeds if not Path(WISH["folder"], f"{seed}.json").exists()]


if WISH:

    @pytest.mark.parametrize("seed", to_play())
    def test_a_seed_is_played_as_wished(
        seed: int, ground: Ground, storage: Storage, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if WISH["break"]:
            BY_NAME[WISH["break"]].apply(monkeypatch)
        played = play(seed, ground, storage, superuser)
        row = played.as_dict(with_trace=WISH["trace"])
        Path(WISH["folder"], f"{seed}.json").write_text(json.dumps(row), encoding="utf-8")

else:

    @pytest.mark.parametrize("seed", SEEDS_OF_THE_SUITE)
    def test_every_promise_holds_after_every_step(
        seed: int, ground: Ground, storage: Storage, superuser: Superuser
    ) -> None:
        played = play(seed, ground, storage, superuser, steps=SHORT)
        assert not played.broken, played.story()

    def test_the_same_seed_gives_the_same_trace(ground: Ground, storage: Storage, superuser: Superuser) -> None:
        once = play(0, ground, storage, superuser, steps=SHORT)
        storage.write({}, over=storage.read())
        again = play(0, ground, storage, superuser, steps=SHORT)
        assert again.trace == once.trace
        assert len(once.trace) > 5 * SHORT

    @pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
    def test_a_product_that_breaks_a_promise_is_found_out(
        mutation: Mutation, ground: Ground, storage: Storage, superuser: Superuser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        mutation.apply(monkeypatch)
        played = play(mutation.seed, ground, storage, superuser, steps=OF_A_MUTATION)
        assert mutation.promise.value in played.broken

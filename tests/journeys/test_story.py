"""The story that must always work, and the proof that each of its promises can be seen to break."""

import pytest
from tests.journeys.mutations import MUTATIONS, Mutation

from tandem.cli.acts import play
from tandem.cli.stage import BrokenPromise, Promise, Stage

pytestmark = pytest.mark.unmeasured


def test_the_story_holds_from_first_to_last(stage: Stage, lines: list[str]) -> None:
    play(stage)
    claims = [line for line in lines if "[promise" in line]
    assert {line.split("[promise ")[1][0] for line in claims} == {str(promise.value) for promise in Promise}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_product_that_breaks_a_promise_is_found_out(
    stage: Stage, mutation: Mutation, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation.apply(monkeypatch)
    stage.idle_hours = 1
    with pytest.raises(BrokenPromise) as broken:
        play(stage)
    assert broken.value.promise is mutation.promise


def test_every_promise_has_a_mutation_that_breaks_it() -> None:
    assert {mutation.promise for mutation in MUTATIONS} == set(Promise)

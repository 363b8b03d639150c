"""docs/sandbox.md says what there is."""

from pathlib import Path

import pytest

from tandem_sandbox.faults import Kind
from tandem_sandbox.presets import PRESETS
from tandem_sandbox.world.events import KEYS
from tandem_sandbox.world.switches import SWITCHES

PAGE = Path(__file__).parents[3] / "docs" / "sandbox.md"


@pytest.mark.parametrize(
    "name",
    [*(switch.name for switch in SWITCHES), *KEYS, *(kind.value for kind in Kind), *(preset.key for preset in PRESETS)],
)
def test_every_switch_event_and_fault_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_the_documented_meaning_of_each_switch_is_the_one_it_states() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [switch.name for switch in SWITCHES if switch.meaning not in text] == []

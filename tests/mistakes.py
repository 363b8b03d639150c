"""How a plausible mistake is put into the running product, to see a test find it."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

Mistake = Callable[[Any], Any]


def put_in_place(mistake: Mistake, place: str, *, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the function at `place` (`module.function` or `module:Class.method`) by what `mistake` makes of it."""
    path, _, attribute = place.rpartition(".")
    module, _, of_class = path.partition(":")
    owner = getattr(import_module(module), of_class) if of_class else import_module(module)
    monkeypatch.setattr(owner, attribute, mistake(getattr(owner, attribute)))

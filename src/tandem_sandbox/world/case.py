"""One record before the rules: what was sent, what it would become, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tandem_sandbox.world.state import Organisation
from tandem_sandbox.world.switches import Switches


@dataclass(frozen=True)
class Case:
    """An employee as it would become (`fields`), what was sent of it, and what it was; dates are ISO days."""

    fields: Mapping[str, Any]
    sent: Mapping[str, Any]
    organisation: Organisation
    switches: Switches
    is_new: bool
    before: Mapping[str, Any] = field(default_factory=dict)
    today: date | None = None

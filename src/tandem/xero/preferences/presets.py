"""Recommended settings for the three ways in which accounts begin. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from tandem.xero.sync.preferences import Authority, Preferences, TerminationFlow


class Preset(StrEnum):
    """Where people are looked after."""

    HR_FIRST = "hr_first"
    XERO_FIRST = "xero_first"
    BOTH = "both"

    @property
    def heading(self) -> str:
        """Return the situation it is for."""
        return HEADINGS[self]

    @property
    def sentence(self) -> str:
        """Return what it does."""
        return SENTENCES[self]


HEADINGS: Mapping[Preset, str] = {
    Preset.HR_FIRST: "Tandem is in use, Xero is being set up",
    Preset.XERO_FIRST: "Xero is in use, Tandem is being set up",
    Preset.BOTH: "Both are in use",
}
SENTENCES: Mapping[Preset, str] = {
    Preset.HR_FIRST: (
        "Tandem fills Xero: new people, changes, branches and last days go there by themselves, nothing comes back unless you import it, "
        "and where the two differ Tandem's value is kept."
    ),
    Preset.XERO_FIRST: (
        "Xero fills Tandem: new people, changes, employee groups and last days come here by themselves, nothing is sent unless you export it, and "
        "where the two differ Xero's value is kept."
    ),
    Preset.BOTH: (
        "Each side follows the other by itself, new people and last days included. Where both sides changed the same field, "
        "a person decides under Conflicts."
    ),
}
#: Where one side is filled from the other, people come into the branch or group that stands for theirs, and follow it.
BRANCHES: Mapping[str, Any] = {"match_branches": True, "allow_transfers": True}
CHOICES: Mapping[Preset, Mapping[str, Any]] = {
    Preset.HR_FIRST: {
        "authority": Authority.TANDEM,
        "auto_import": False,
        "auto_export": True,
        "read_only": False,
        "create_in_hr": False,
        "create_in_xero": True,
        "termination": TerminationFlow.EXPORT,
        **BRANCHES,
    },
    Preset.XERO_FIRST: {
        "authority": Authority.XERO,
        "auto_import": True,
        "auto_export": False,
        "create_in_hr": True,
        "create_in_xero": False,
        "termination": TerminationFlow.IMPORT,
        **BRANCHES,
    },
    Preset.BOTH: {
        "authority": Authority.ASK,
        "auto_import": True,
        "auto_export": True,
        "read_only": False,
        "create_in_hr": True,
        "create_in_xero": True,
        "termination": TerminationFlow.BOTH,
    },
}
#: In all three: nobody is doubled, who has long left stays out, and no group of fields has a rule of its own.
ALWAYS: Mapping[str, Any] = {
    "overrides": {},
    "match_by_name_and_birth_date": True,
    "match_by_name_and_postcode": True,
    "import_terminated": False,
}


def with_preset(chosen: Preferences, preset: Preset) -> Preferences:
    """Return choices with a preset in them; how often, what is decided for everybody and what runs wait for stay."""
    return replace(chosen, **ALWAYS, **CHOICES[preset])

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from tandem.people.merge_rules import FIELDS, Origin, as_json, changes_of, from_json, is_blank, put_back, survivors
from tandem.people.records import Address, EmployeeRecord, Gender
from tandem.people.tests.test_rules import RECORD

ADDRESS = Address("9 Quay Street", "", "Geelong", "VIC", "3220", "Australia")
BRANCH = UUID(int=7)


def origins(kept: EmployeeRecord, other: EmployeeRecord, **chosen: Origin) -> dict[str, tuple[Origin, bool]]:
    return {one.field: (one.origin, one.is_choice) for one in survivors(kept, other, chosen)}


@pytest.mark.parametrize(
    ("kept", "other", "chosen", "origin", "is_choice"),
    [
        ("0491 570 110", "0491 570 110", None, Origin.KEPT, False),
        ("0491 570 110", "", None, Origin.KEPT, False),
        ("", "0491 570 110", None, Origin.OTHER, False),
        ("0491 570 110", "0491 570 313", None, Origin.KEPT, True),
        ("0491 570 110", "0491 570 313", Origin.OTHER, Origin.OTHER, True),
        ("0491 570 110", "", Origin.OTHER, Origin.KEPT, False),
        ("", "", Origin.OTHER, Origin.KEPT, False),
    ],
)
def test_which_value_survives(kept: str, other: str, chosen: Origin | None, origin: Origin, is_choice: bool) -> None:
    found = origins(
        replace(RECORD, mobile=kept), replace(RECORD, mobile=other), **({"mobile": chosen} if chosen else {})
    )
    assert found["mobile"] == (origin, is_choice)


def test_the_employee_id_and_the_end_of_the_employment_are_never_taken_over() -> None:
    assert {"employee_number", "termination_on", "status", "contract_ends_on"}.isdisjoint(FIELDS)


def test_only_what_comes_from_the_other_record_changes_the_kept_one() -> None:
    kept = replace(RECORD, mobile="", job_title="Baker", home_address=Address())
    other = replace(RECORD, mobile="0491 570 110", job_title="Head baker", home_address=ADDRESS)
    assert changes_of(survivors(kept, other)) == {"mobile": "0491 570 110", "home_address": ADDRESS}


def test_an_undo_puts_back_what_the_merge_took_and_leaves_what_was_edited_since() -> None:
    now = replace(RECORD, mobile="0491 570 110", job_title="Shop manager")
    taken: dict[str, object] = {"mobile": "0491 570 110", "job_title": "Head baker"}
    changes, left = put_back(now, before={"mobile": "", "job_title": "Baker"}, taken=taken)
    assert (changes, left) == ({"mobile": ""}, ("job_title",))


@pytest.mark.parametrize("value", ["", None, Gender.NOT_STATED, Address(), Address(country="Australia")])
def test_what_says_nothing_is_blank(value: object) -> None:
    assert is_blank(value)


def test_values_come_back_from_json_as_they_were() -> None:
    values: dict[str, object] = {
        "first_name": "Ada",
        "date_of_birth": date(1985, 12, 10),
        "start_on": None,
        "gender": Gender.FEMALE,
        "home_address": ADDRESS,
        "branch_id": BRANCH,
    }
    assert from_json(json.loads(json.dumps(as_json(values)))) == values

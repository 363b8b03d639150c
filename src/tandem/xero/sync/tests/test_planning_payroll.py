"""What must hold for payroll details in a plan: as for every other field, and a masked number never travels."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem.people.payroll_records import EmploymentBasis, IncomeType, PayrollDetails, TaxFileNumber, TfnExemption
from tandem.people.records import EmployeeRecord
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.employee import XeroEmployee, payroll_changes, theirs_value
from tandem.xero.mapping.fields import PAYROLL_FIELDS, FieldGroup, FieldValue, SharedField, ours_value
from tandem.xero.mapping.payroll import IMPORT_ONLY, payroll_from_xero, payroll_to_xero
from tandem.xero.mapping.tests.payroll_values import (
    ADAS,
    BRANCHES,
    FAMILY,
    LISTS,
    MASKED_TFN,
    PAYROLL_STRATEGIES,
    REST,
    SAMPLE_TFN,
    WAGES,
    WHOLE_TFN,
    mark_of,
)
from tandem.xero.mapping.values import is_blank, same
from tandem.xero.matching.matching import Side
from tandem.xero.sync.plan import Plan, SkipReason, Step, Verb
from tandem.xero.sync.planner import plan
from tandem.xero.sync.preferences import Authority, Preferences
from tandem.xero.sync.records import Base, RunKind, RunRequest, Snapshot
from tandem.xero.sync.tests.cast import ADA, NOW, as_theirs, base_of, linked

PAID = replace(ADA, payroll=ADAS)
SHOWN = "*****782"
OTHER_MASK = TaxFileNumber("783")
PREFERENCES = st.builds(
    Preferences,
    authority=st.sampled_from(Authority),
    overrides=st.dictionaries(st.sampled_from(FieldGroup), st.sampled_from(Authority), max_size=3),
    allow_transfers=st.booleans(),
)
KINDS = st.sampled_from(RunKind)
DRAWN = st.builds(PayrollDetails, **{field.value: PAYROLL_STRATEGIES[field] for field in PAYROLL_FIELDS})


def edited(details: PayrollDetails, other: PayrollDetails, names: frozenset[SharedField]) -> PayrollDetails:
    return replace(details, **{field.value: getattr(other, field.value) for field in names})


@st.composite
def snapshots(draw: st.DrawFn, *, masks: bool = True) -> Snapshot:
    """Return a linked pair: both sides edited since they agreed, the base perhaps partly missing, Xero perhaps masking."""
    agreed, some = draw(DRAWN), st.frozensets(st.sampled_from(PAYROLL_FIELDS), max_size=5)
    ours, theirs = (edited(agreed, draw(DRAWN), draw(some)) for _ in range(2))
    if masks and draw(st.booleans()) and isinstance(theirs.tax_file_number, TaxFileNumber):
        theirs = replace(theirs, tax_file_number=draw(st.sampled_from([MASKED_TFN, OTHER_MASK])))
    missing = draw(st.frozensets(st.sampled_from(PAYROLL_FIELDS), max_size=3))
    return both(ours, theirs, {f: v for f, v in base_of_paid(agreed).items() if f not in missing})


def base_of_paid(details: PayrollDetails) -> Base:
    return {**base_of(ADA), **{field: getattr(details, field.value) for field in PAYROLL_FIELDS}}


def both(ours: PayrollDetails, theirs: PayrollDetails, base: Base) -> Snapshot:
    """Return a snapshot of Ada, whose payroll details differ on the two sides."""
    snapshot = linked(replace(ADA, payroll=ours), replace(as_theirs(ADA), payroll=theirs), base)
    return replace(snapshot, lists=LISTS, branches=BRANCHES)


def planned(snapshot: Snapshot, preferences: Preferences = Preferences(), kind: RunKind = RunKind.BOTH) -> Plan:  # noqa: B008
    return plan(snapshot, preferences, NOW, request=RunRequest(kind))


def sides(snapshot: Snapshot) -> tuple[PayrollDetails, PayrollDetails]:
    ours, theirs = snapshot.ours[0].payroll, snapshot.theirs[0].payroll
    assert ours
    assert theirs
    return ours, theirs


def raw_of(details: PayrollDetails) -> dict[str, Any]:
    """Return somebody in Xero as a single read gives them; a masked number is shown masked."""
    whole = replace(details, tax_file_number=None)
    raw = payroll_to_xero({field: getattr(whole, field.value) for field in PAYROLL_FIELDS}, read=None, lists=LISTS)
    tax: dict[str, Any] = raw["TaxDeclaration"]  # type: ignore[assignment]  # our own body
    number = details.tax_file_number
    if isinstance(number, TfnExemption):
        tax["TFNExemptionType"] = {"pending": "PENDING", "under_18": "UNDER18"}[number.value]
    elif number:
        tax["TaxFileNumber"] = SAMPLE_TFN if not number.is_masked else f"*****{number.ending}"
    return {"EmployeeID": str(ADA.employee_id), **raw, "EmployeeGroupName": details.employee_group}


def executed(found: Plan, snapshot: Snapshot) -> Snapshot:
    """Return the snapshot after a plan was executed faithfully: every value goes through the real mapping."""
    ours, theirs = sides(snapshot)
    base = dict(snapshot.bindings[0].base)
    for settlement in found.settlements:
        base |= settlement.values
    for step in found.steps:
        if step.target is Side.HR:
            ours = payroll_changes(ours, step.after)
        else:
            theirs = in_xero(step, ours, theirs)
        base |= step.after
    return both(ours, theirs, base)


def in_xero(step: Step, ours: PayrollDetails, theirs: PayrollDetails) -> PayrollDetails:
    """Return what Xero holds after a step: objects are replaced whole, and what it masks it goes on masking."""
    raw = raw_of(theirs)
    digits = SAMPLE_TFN if ours.tax_file_number == WHOLE_TFN else ""
    body = payroll_to_xero(step.after, read=Employee.model_validate(raw), lists=LISTS, digits=digits)
    read = Employee.model_validate(json.loads(json.dumps(raw | body)))
    after, oddities = payroll_from_xero(read, lists=LISTS, marker=mark_of)
    assert oddities == ()
    return replace(after, leave_balances=theirs.leave_balances)


def named(found: Plan) -> set[str]:
    fields = {change.field.value for step in found.steps for change in step.changes}
    fields |= {conflict.field.value for conflict in found.conflicts}
    fields |= {field.value for skip in found.skips for field in skip.fields}
    return fields | {one.problem.field.split(".")[0] for one in found.problems}


@settings(max_examples=60, deadline=None)
@given(snapshots(), PREFERENCES, KINDS)
def test_applying_a_plan_twice_equals_once(snapshot: Snapshot, preferences: Preferences, kind: RunKind) -> None:
    again = planned(executed(planned(snapshot, preferences, kind), snapshot), preferences, kind)
    assert again.steps == ()
    assert again.settlements == ()


@settings(max_examples=60, deadline=None)
@given(snapshots(), PREFERENCES)
def test_when_edits_stop_both_sides_agree_or_the_difference_is_named(
    snapshot: Snapshot, preferences: Preferences
) -> None:
    settled = executed(planned(snapshot, preferences), snapshot)
    said = named(planned(settled, preferences))
    ours, theirs = sides(settled)
    for field in PAYROLL_FIELDS:
        assert same(field, getattr(ours, field.value), getattr(theirs, field.value)) or field.value in said


@settings(max_examples=60, deadline=None)
@given(snapshots(), PREFERENCES, KINDS)
def test_no_value_is_lost(snapshot: Snapshot, preferences: Preferences, kind: RunKind) -> None:
    """A value is still on its side, or is the `before` of the change that replaced it."""
    found = planned(snapshot, preferences, kind)
    after = executed(found, snapshot)
    replaced = {(step.target, change.field): change.before for step in found.steps for change in step.changes}
    for side, was, now in zip((Side.HR, Side.XERO), sides(snapshot), sides(after), strict=True):
        for field in PAYROLL_FIELDS:
            before = getattr(was, field.value)
            assert same(field, before, getattr(now, field.value)) or replaced[side, field] == before


@settings(max_examples=60, deadline=None)
@given(snapshots(), PREFERENCES)
def test_the_authority_of_a_fields_own_group_decides_a_clash(snapshot: Snapshot, preferences: Preferences) -> None:
    base = snapshot.bindings[0].base
    for step in planned(snapshot, preferences).steps:
        for change in step.changes:
            field = change.field
            values: tuple[FieldValue, ...] = tuple(getattr(side, field.value) for side in sides(snapshot))
            changed = all(field not in base or not same(field, base[field], value) for value in values)
            filled = field not in base and any(is_blank(field, value) for value in values)
            if changed and not filled and field not in IMPORT_ONLY:
                winner = {Authority.TANDEM: Side.XERO, Authority.XERO: Side.HR}[preferences.authority_of(field.group)]
                assert step.target is winner


@settings(max_examples=100, deadline=None)
@given(snapshots(), PREFERENCES, KINDS)
def test_a_masked_number_never_travels_to_xero_nor_over_a_whole_one(
    snapshot: Snapshot, preferences: Preferences, kind: RunKind
) -> None:
    found = planned(snapshot, preferences, kind)
    ours, theirs = sides(snapshot)
    for step in found.steps:
        number = step.after.get(SharedField.TAX_FILE_NUMBER)
        is_mask = isinstance(number, TaxFileNumber) and number.is_masked
        assert not (is_mask and step.target is Side.XERO)
        assert not (is_mask and ours.tax_file_number == WHOLE_TFN)
        if step.target is Side.XERO:
            read = Employee.model_validate(raw_of(theirs))
            digits = SAMPLE_TFN if ours.tax_file_number == WHOLE_TFN else ""
            assert "*" not in json.dumps(payroll_to_xero(step.after, read=read, lists=LISTS, digits=digits))
    held, _ = sides(executed(found, snapshot))
    was_whole = ours.tax_file_number == WHOLE_TFN
    assert not (was_whole and isinstance(held.tax_file_number, TaxFileNumber) and held.tax_file_number.is_masked)


@settings(max_examples=40, deadline=None)
@given(snapshots(), PREFERENCES, KINDS)
def test_a_run_writes_only_where_it_may_and_never_a_balance_to_xero(
    snapshot: Snapshot, preferences: Preferences, kind: RunKind
) -> None:
    allowed = {RunKind.IMPORT: {Side.HR}, RunKind.EXPORT: {Side.XERO}, RunKind.BOTH: {Side.HR, Side.XERO}}[kind]
    for step in planned(snapshot, preferences, kind).steps:
        assert step.target in allowed
        assert step.target is Side.HR or not IMPORT_ONLY.intersection(step.after)


def changed(**values: Any) -> PayrollDetails:
    return replace(ADAS, **values)


def reasons(found: Plan) -> dict[SharedField, SkipReason]:
    return {field: skip.reason for skip in found.skips for field in skip.fields}


def test_one_changed_bank_account_is_one_update_of_the_list() -> None:
    found = planned(both(changed(bank_accounts=(REST, WAGES)), ADAS, base_of_paid(ADAS)))
    assert [(step.target, step.verb, step.field_names) for step in found.steps] == [
        (Side.XERO, Verb.UPDATE, ("bank_accounts",))
    ]


def test_a_record_without_payroll_details_is_planned_as_before() -> None:
    theirs = replace(as_theirs(ADA), payroll=ADAS)
    found = planned(linked(ADA, theirs, base_of(ADA)))
    assert set(found.skip_counts) == {SkipReason.UNCHANGED}


def test_payroll_details_that_were_not_read_yet_are_named() -> None:
    found = planned(linked(PAID, as_theirs(ADA), base_of(ADA)))
    assert set(reasons(found)) == set(PAYROLL_FIELDS)
    assert set(reasons(found).values()) == {SkipReason.DETAILS_NOT_READ}


def test_another_number_that_xero_masks_is_left_with_its_reason() -> None:
    found = planned(both(ADAS, changed(tax_file_number=OTHER_MASK), base_of_paid(ADAS)))
    assert found.steps == ()
    assert reasons(found) == {SharedField.TAX_FILE_NUMBER: SkipReason.MASKED_IN_XERO}


@pytest.mark.parametrize(
    ("held", "shown", "is_sent"),
    [
        (MASKED_TFN, WHOLE_TFN, True),
        (WHOLE_TFN, MASKED_TFN, True),
        (MASKED_TFN, MASKED_TFN, False),
        (WHOLE_TFN, OTHER_MASK, False),
        (TfnExemption.PENDING, OTHER_MASK, False),
    ],
)
def test_a_declaration_whose_number_nobody_can_see_is_not_sent(
    held: TaxFileNumber | TfnExemption, shown: TaxFileNumber, is_sent: bool
) -> None:
    ours = changed(tax_file_number=held, tax_free_threshold=False)
    base = base_of_paid(changed(tax_file_number=held))
    found = planned(both(ours, changed(tax_file_number=shown), base), kind=RunKind.EXPORT)
    assert bool(found.steps) is is_sent
    assert [one.problem.field for one in found.problems] == ([] if is_sent else ["tax_file_number"])
    assert (reasons(found).get(SharedField.TAX_FREE_THRESHOLD) is SkipReason.HELD_WITH_TAX) is not is_sent


def test_tax_details_that_xero_judges_together_wait_for_the_one_that_is_wrong() -> None:
    ours = changed(
        income_type=IncomeType.WORKING_HOLIDAY_MAKER, employment_basis=EmploymentBasis.CASUAL, bank_accounts=(REST,)
    )
    found = planned(both(ours, ADAS, base_of_paid(ADAS)))
    assert [step.field_names for step in found.steps] == [("bank_accounts",)]
    assert {one.problem.field for one in found.problems} == {"country_of_residence", "tax_scale"}
    assert set(reasons(found).values()) == {SkipReason.HELD_WITH_TAX}


def test_a_cleared_income_type_is_left_for_a_person() -> None:
    found = planned(both(changed(income_type=None), ADAS, base_of_paid(ADAS)))
    assert reasons(found) == {SharedField.INCOME_TYPE: SkipReason.CANNOT_CLEAR_IN_XERO}


def test_a_fund_that_vanished_from_xero_becomes_a_task() -> None:
    snapshot = both(changed(super_memberships=(FAMILY,)), ADAS, base_of_paid(ADAS))
    found = planned(replace(snapshot, lists=replace(LISTS, funds=LISTS.funds[:1])))
    assert found.steps == ()
    assert "Add Byron Family Fund" in found.problems[0].problem.message


@pytest.mark.parametrize(
    ("record", "person"),
    [(PAID, None), (None, replace(as_theirs(ADA), payroll=ADAS))],
)
def test_a_new_person_comes_with_all_payroll_details_but_no_number_from_xero(
    record: EmployeeRecord | None, person: XeroEmployee | None
) -> None:
    snapshot = Snapshot(NOW, (record,) if record else (), (person,) if person else (), lists=LISTS, branches=BRANCHES)
    (step,) = planned(snapshot).steps
    expected = {field for field in PAYROLL_FIELDS if not is_blank(field, getattr(ADAS, field.value))}
    number = frozenset({SharedField.TAX_FILE_NUMBER})
    assert expected - IMPORT_ONLY - number <= set(step.after)
    assert (SharedField.TAX_FILE_NUMBER in step.after) is (step.target is Side.XERO)
    assert (SharedField.LEAVE_BALANCES in step.after) is (step.target is Side.HR)


def test_a_new_person_whose_payroll_details_xero_refuses_is_not_added_and_all_of_it_is_said() -> None:
    bad = replace(PAID, payroll=changed(tax_file_number=None, bank_accounts=(WAGES,)))
    found = planned(Snapshot(NOW, (bad,), (), lists=LISTS))
    assert found.steps == ()
    assert [one.problem.field for one in found.problems] == ["bank_accounts", "tax_file_number"]


def test_values_of_both_sides_are_found_by_their_field() -> None:
    person = replace(as_theirs(ADA), payroll=ADAS)
    by_field: Mapping[SharedField, FieldValue] = {field: theirs_value(person, field) for field in PAYROLL_FIELDS}
    assert by_field == {field: ours_value(PAID, field) for field in PAYROLL_FIELDS}

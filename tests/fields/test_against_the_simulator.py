"""The simulator knows nothing of the map: what it sends is understood, and what the map writes it takes."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tandem.people.payroll_records import (
    EmploymentBasis,
    Fund,
    IncomeType,
    Residency,
    SuperMembership,
    TaxScale,
    TaxScaleChoice,
    TfnExemption,
)
from tandem.xero.client.wire import Employee
from tandem.xero.mapping.fields import PAYROLL_FIELDS, SharedField
from tandem.xero.mapping.payroll import Lists, check_payroll, payroll_from_xero, payroll_to_xero
from tandem.xero.mapping.superannuation import funds_from_xero
from tandem.xero.mapping.tests.payroll_values import REST, WAGES
from tandem.xero.mapping.values import same
from tandem_sandbox.world import people, seed, tracking, wire
from tandem_sandbox.world.state import Organisation, World
from tandem_sandbox.world.switches import Switches

pytestmark = pytest.mark.unmeasured

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
SENT = tuple(field for field in PAYROLL_FIELDS if field is not SharedField.LEAVE_BALANCES)


@pytest.fixture(scope="module")
def world() -> World:
    return seed.build_world(seed.Extent(employees=60, orgs=1))


@pytest.fixture(scope="module")
def organisation(world: World) -> Organisation:
    return next(iter(world.organisations.values()))


@pytest.fixture(scope="module")
def lists(organisation: Organisation) -> Lists:
    return Lists(tuple(tracking.group_names(organisation)), funds_from_xero(organisation.super_funds))


def shown(world: World, organisation: Organisation, person_id: str) -> Employee:
    """Return a person as a single read shows them."""
    return Employee.model_validate(json.loads(json.dumps(wire.detail(people_by_id(world, organisation)[person_id]))))


def people_by_id(world: World, organisation: Organisation) -> dict[str, Any]:
    return dict(seed.people_of(world, organisation))


def test_everybody_is_read_without_a_doubt(world: World, organisation: Organisation, lists: Lists) -> None:
    for person_id in people_by_id(world, organisation):
        details, oddities = payroll_from_xero(shown(world, organisation, person_id), lists=lists, marker=str)
        assert [oddity.sentence for oddity in oddities] == []
        assert details.bank_accounts
        assert details.tax_file_number
        assert details.super_memberships


def test_what_the_map_has_no_doubt_about_the_simulator_takes_and_shows_again(
    world: World, organisation: Organisation, lists: Lists
) -> None:
    for person_id in people_by_id(world, organisation):
        read = shown(world, organisation, person_id)
        before, _ = payroll_from_xero(read, lists=lists, marker=str)
        assert check_payroll(before, lists=lists, is_stp2=True) == ()
        digits = str((read.tax_declaration or {}).get("TaxFileNumber", ""))
        changes: dict[SharedField, Any] = {field: getattr(before, field.value) for field in SENT}
        body = payroll_to_xero(changes, read=read, lists=lists, digits=digits)
        (saved,) = people.save(world, organisation, [body], target=person_id, switches=Switches(), now=NOW)
        assert saved.errors == ()
        after, _ = payroll_from_xero(shown(world, organisation, person_id), lists=lists, marker=str)
        assert [field for field in SENT if not same(field, getattr(after, field.value), changes[field])] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"bank_accounts": (replace(REST, bsb="1223"),)},
        {"bank_accounts": (replace(REST, account_name="x" * 33),)},
        {"bank_accounts": (replace(REST, statement_text="x" * 19),)},
        {"bank_accounts": (WAGES, replace(REST, takes_remainder=False, amount=Decimal(1)))},
        {"bank_accounts": (replace(WAGES, amount=None), REST)},
        {"super_memberships": (SuperMembership(Fund(usi="NEW0001AU"), ""),)},
        {"tax_scale": TaxScaleChoice(TaxScale.SENIOR_OR_PENSIONER)},
        {"tax_scale": TaxScaleChoice(TaxScale.ACTORS_ARTISTS_ENTERTAINERS)},
        {"tax_scale": TaxScaleChoice(TaxScale.FOREIGN), "tax_free_threshold": True},
        {"income_type": IncomeType.WORKING_HOLIDAY_MAKER},
        {"income_type": IncomeType.NON_EMPLOYEE},
        {"employment_basis": EmploymentBasis.SUPER_INCOME_STREAM},
        {"residency": Residency.WORKING_HOLIDAY_MAKER},
        {"withholding_variation": Decimal(101)},
        {"extra_withholding": Decimal(-1)},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_what_the_map_refuses_the_simulator_would_refuse_too(
    world: World, organisation: Organisation, lists: Lists, changes: dict[str, Any]
) -> None:
    person_id = next(iter(people_by_id(world, organisation)))
    read = shown(world, organisation, person_id)
    before, _ = payroll_from_xero(read, lists=lists, marker=str)
    after = replace(before, **changes)
    assert check_payroll(after, lists=lists, is_stp2=True)
    sent = {SharedField(name): value for name, value in changes.items()}
    body = payroll_to_xero(sent, read=read, lists=lists)
    refused = people.objections(world, organisation, body, person_id=person_id, switches=Switches(), now=NOW)
    assert refused or not body


def test_two_accounts_an_exemption_and_a_new_answer_are_taken(
    world: World, organisation: Organisation, lists: Lists
) -> None:
    person_id = list(people_by_id(world, organisation))[1]
    read = shown(world, organisation, person_id)
    changes = {
        SharedField.BANK_ACCOUNTS: (WAGES, REST),
        SharedField.TAX_FILE_NUMBER: TfnExemption.PENDING,
        SharedField.STUDENT_DEBT: True,
        SharedField.EXTRA_WITHHOLDING: Decimal("12.50"),
    }
    body = payroll_to_xero(changes, read=read, lists=lists)
    (saved,) = people.save(world, organisation, [body], target=person_id, switches=Switches(), now=NOW)
    assert saved.errors == ()
    after, _ = payroll_from_xero(shown(world, organisation, person_id), lists=lists, marker=str)
    assert {field: getattr(after, field.value) for field in changes} == changes

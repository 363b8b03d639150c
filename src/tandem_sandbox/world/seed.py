"""The people and organisations that exist at the start: the same for the same seed.

Numbers are published samples and unallocated ranges only: the sample tax file number of the check-digit
description, exemption types, bank-state-branch 000-000 (allocated to nobody) and the specification's own example,
telephone numbers that the regulator keeps for fiction, addresses at example.com.
"""

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tandem_sandbox.world import pay_items
from tandem_sandbox.world.sample_words import FIRST_NAMES, LAST_NAMES, MIDDLE_NAMES, PLACES, STREETS
from tandem_sandbox.world.state import App, Organisation, Organisations, Person, Role, User, World, derive_id
from tandem_sandbox.world.super_funds import SAMPLE_ABN

DEMO_APP = "TANDEM-DEMO-APP"
PUBLIC_APP = "TANDEM-PUBLIC-APP"
DEFAULT_REDIRECTS = ("http://localhost:8000/xero/callback", "http://localhost/callback")
PEOPLED = 1000
PASSWORD = "sandbox"  # noqa: S105  the simulator's users all share this printed password
SEEDED_AT = datetime(2024, 7, 1, 0, 0, 0, tzinfo=UTC)
SAMPLE_TFN = "123456782"
SAMPLE_BANKS = (("000000", "012345678"), ("122344", "345678"), ("000000", "123456789"))
SAMPLE_SMSF = {
    "Type": "SMSF",
    "ABN": SAMPLE_ABN,
    "BSB": "000000",
    "AccountNumber": "123456789",
    "AccountName": "Sample Family Super",
    "ElectronicServiceAddress": "SAMPLEESA",
}
MOBILES = ("0491570006", "0491570156", "0491570157", "0491570158", "0491570159", "0491570110", "0491570313")
JOBS = ("Baker", "Pastry cook", "Shop assistant", "Driver", "Accounts officer", "Shift lead", "Apprentice baker")
GROUPS = ("Bakehouse", "Shop", "Office")
SHOP_NAMES = ("Third Avenue Tools", "Fourth Wharf Fish", "Fifth Mile Motors", "Sixth Sense Tea", "Seven Hills Dairy")

# Whoever asks for five organisations has one of each kind.
KINDS_OF_ORGANISATION: dict[int, dict[str, Any]] = {
    3: {"payroll_ready": False},
    4: {"payroll_ready": False, "country": "NZ", "timezone": "NEWZEALANDSTANDARDTIME"},
    5: {"is_demo": True},
}


@dataclass(frozen=True)
class Extent:
    """How much to seed."""

    seed: int = 1
    employees: int = 60
    orgs: int = 2


def build_world(extent: Extent, *, redirect_uris: tuple[str, ...] = (), generation: int = 0) -> World:
    """Make a world from a seed."""
    world = World(seed=extent.seed, employees=extent.employees, orgs=extent.orgs, generation=generation, serial=0)
    redirects = list(dict.fromkeys((*DEFAULT_REDIRECTS, *redirect_uris)))
    for app in (
        App(DEMO_APP, "Tandem HR demo", "tandem-demo-secret", redirects),
        App(PUBLIC_APP, "Tandem HR demo (public)", None, list(redirects)),
    ):
        world.apps[app.client_id] = app
    stock(world)
    _seed_users(world)
    return world


def stock(world: World) -> None:
    """Let the world make its organisations on demand; those it holds already stay as they are."""
    kept = world.organisations.touched()
    ids = {organisation_id(world, number): number for number in range(1, world.orgs + 1)}
    world.organisations = Organisations(
        ids, build=lambda number: build_organisation(world, number=number), name=organisation_name
    )
    world.organisations.update(kept)


def organisation_id(world: World, number: int, *, edition: int = 0) -> str:
    """Return the id of an organisation; another edition of the same number has another id (a demo reset)."""
    return derive_id(world.seed, "organisation", number, edition)


def build_organisation(world: World, *, number: int, edition: int = 0) -> Organisation:
    """Make one organisation."""
    seed = world.seed
    org_id = organisation_id(world, number, edition=edition)
    organisation = Organisation(
        id=org_id,
        number=number,
        edition=edition,
        name=organisation_name(number),
        short_code="!" + derive_id(seed, "code", number, edition)[:5],
        created_at=SEEDED_AT,
        headcount=world.employees if number == 1 else 12,
        seed=seed,
        groups=list(GROUPS),
    )
    for attribute, value in KINDS_OF_ORGANISATION.get(number, {}).items():
        setattr(organisation, attribute, value)
    organisation.calendars = [_calendar(org_id, seed, "Fortnightly", 14), _calendar(org_id, seed, "Weekly", 7)]
    organisation.super_funds = [
        _fund(org_id, seed, "Sample Industry Super", Type="REGULATED", USI=f"{SAMPLE_ABN}001", ABN=SAMPLE_ABN),
        _fund(org_id, seed, "Sample Retail Super", Type="REGULATED", USI=f"{SAMPLE_ABN}002", ABN=SAMPLE_ABN),
        _fund(org_id, seed, "Sample Family Super Fund", **SAMPLE_SMSF),
    ]
    organisation.pay_runs = [_pay_run(org_id, seed, organisation.calendars[0])]
    organisation.accounts = _accounts(org_id, seed)
    return organisation


def people_of(world: World, organisation: Organisation) -> dict[str, Person]:
    """Return an organisation's people, made when first asked for and again when they were let go meanwhile."""
    if organisation.people is None:
        chance = random.Random(f"{world.seed}:{organisation.id}")  # noqa: S311  sample data, no secret
        people = (
            _person(world, organisation, number=number, chance=chance)
            for number in range(1, organisation.headcount + 1)
        )
        organisation.people = {person.id: person for person in people} | organisation.changed
        _let_go_of_the_oldest(world, organisation)
    return organisation.people


def _let_go_of_the_oldest(world: World, newest: Organisation) -> None:
    """Keep the people of so many organisations only; those who changed are kept by their organisation anyway."""
    world.peopled[newest.id] = None
    while len(world.peopled) > PEOPLED:
        oldest = next(iter(world.peopled))
        del world.peopled[oldest]
        if oldest in world.organisations:
            world.organisations[oldest].people = None
            world.organisations[oldest].listings.clear()


def organisation_name(number: int) -> str:
    """Return the name that an organisation has at the start."""
    if number == 1:
        return "Harbour Lane Bakery Pty Ltd"
    if number == 2:
        return "Second Street Books Pty Ltd"
    if number - 3 < len(SHOP_NAMES):
        return f"{SHOP_NAMES[number - 3]} Pty Ltd"
    return f"Sample Trading {number} Pty Ltd"


def _seed_users(world: World) -> None:
    every = list(world.organisations)
    first = every[:1]
    rows: tuple[tuple[str, str, list[str], str, bool], ...] = (
        ("Rosa", "Byrne", first, "STANDARD", True),
        ("Amir", "Lim", every, "FINANCIALADVISER", True),
        ("Wendy", "Cole", first, "STANDARD", False),
        ("Noor", "Haddad", first, "READONLY", False),
    )
    for given, family, organisations, role, admin in rows:
        user = User(
            id=derive_id(world.seed, "user", given, family),
            email=f"{given}.{family}@example.com".lower(),
            first_name=given,
            last_name=family,
            password=PASSWORD,
            updated_at=SEEDED_AT,
            roles={org_id: Role(role, admin) for org_id in organisations},
        )
        world.users[user.id] = user


def _fund(org_id: str, seed: int, name: str, **more: str) -> dict[str, Any]:
    fund = {"SuperFundID": derive_id(seed, org_id, "fund", name), "Name": name, **more}
    return {**fund, "UpdatedDateUTC": SEEDED_AT.isoformat()}


def _calendar(org_id: str, seed: int, name: str, days: int) -> dict[str, Any]:
    start = date(2024, 7, 1)
    return {
        "PayrollCalendarID": derive_id(seed, org_id, "calendar", name),
        "Name": name,
        "CalendarType": "FORTNIGHTLY" if days == 14 else "WEEKLY",
        "StartDate": start.isoformat(),
        "PaymentDate": (start + timedelta(days=days + 1)).isoformat(),
        "ReferenceDate": start.isoformat(),
        "UpdatedDateUTC": SEEDED_AT.isoformat(),
    }


def _pay_run(org_id: str, seed: int, calendar: dict[str, Any]) -> dict[str, Any]:
    return {
        "PayRunID": derive_id(seed, org_id, "payrun", 1),
        "PayrollCalendarID": calendar["PayrollCalendarID"],
        "PayRunPeriodStartDate": "2024-06-17",
        "PayRunPeriodEndDate": "2024-06-30",
        "PaymentDate": "2024-07-02",
        "PayRunStatus": "POSTED",
        "UpdatedDateUTC": SEEDED_AT.isoformat(),
    }


def _accounts(org_id: str, seed: int) -> list[dict[str, Any]]:
    rows = (
        ("BANK", "094", "Everyday account"),
        ("WAGESPAYABLELIABILITY", "804", "Wages payable"),
        ("PAYGLIABILITY", "825", "PAYG withholdings payable"),
        ("SUPERANNUATIONEXPENSE", "478", "Superannuation"),
        ("SUPERANNUATIONLIABILITY", "826", "Superannuation payable"),
        ("WAGESEXPENSE", "477", "Wages and salaries"),
    )
    return [
        {"AccountID": derive_id(seed, org_id, "account", code), "Type": kind, "Code": code, "Name": name}
        for kind, code, name in rows
    ]


# Rosa and Alice have one birth date whatever the seed, so that whoever keeps them elsewhere can find them.
BORN_IN_EVERY_WORLD = {1: date(2001, 3, 9), 2: date(1983, 5, 20)}


def _name(organisation: Organisation, number: int) -> tuple[str, str]:
    if organisation.number == 1 and number == 1:
        return "Rosa", "Byrne"
    if organisation.number == 1 and number == 2:
        return "Alice", "Lang"
    step = number + organisation.number * 5
    return FIRST_NAMES[step % len(FIRST_NAMES)], LAST_NAMES[(step + step // len(FIRST_NAMES)) % len(LAST_NAMES)]


def _person(world: World, organisation: Organisation, *, number: int, chance: random.Random) -> Person:
    given, family = _name(organisation, number)
    town, region, postcode = PLACES[number % len(PLACES)]
    born = date(1958, 1, 1) + timedelta(days=chance.randrange(0, 46 * 365))
    if organisation.number == 1:
        born = BORN_IN_EVERY_WORLD.get(number, born)
    started = max(born + timedelta(days=17 * 366), date(2012, 7, 1) + timedelta(days=chance.randrange(0, 11 * 365)))
    person_id = derive_id(world.seed, organisation.id, "person", number)
    plain = "".join(letter for letter in f"{given}.{family}".lower() if letter.isascii() and letter not in "'")
    is_namesake = number > 2 and organisation.number == 1
    fields: dict[str, Any] = {
        "Title": chance.choice(("Ms", "Mr", "Mx", None)),
        "FirstName": given,
        "MiddleNames": chance.choice(MIDDLE_NAMES) if number > 2 else None,
        "LastName": family,
        "DateOfBirth": born.isoformat(),
        "Gender": chance.choice(("F", "M", "N", "I")),
        "Email": f"{plain}{number if is_namesake else ''}@example.com",
        "Phone": f"025550{number % 10000:04d}",
        "Mobile": MOBILES[number % len(MOBILES)],
        "JobTitle": JOBS[number % len(JOBS)],
        "StartDate": started.isoformat(),
        "HomeAddress": {
            "AddressLine1": f"{chance.randrange(1, 199)} {STREETS[number % len(STREETS)]}",
            "City": town,
            "Region": region,
            "PostalCode": postcode,
            "Country": "AUSTRALIA",
        },
        "EmployeeGroupName": organisation.groups[number % len(organisation.groups)],
        "OrdinaryEarningsRateID": pay_items.ordinary_rate_id(organisation),
        "PayrollCalendarID": organisation.calendars[0]["PayrollCalendarID"],
        "IsAuthorisedToApproveLeave": number % 20 == 1,
        "IsAuthorisedToApproveTimesheets": number % 20 == 1,
        "IncomeType": "SALARYANDWAGES",
        "EmploymentType": "EMPLOYEE",
        "IsSTP2Qualified": True,
        "TaxDeclaration": _tax(number),
        "BankAccounts": _bank(f"{given} {family}", number),
        "SuperMemberships": [_membership(world, organisation, number)],
        "LeaveBalances": [
            {
                "LeaveName": "Annual Leave",
                "LeaveTypeID": derive_id(world.seed, organisation.id, "leave", "annual"),
                "NumberOfUnits": round(chance.uniform(0, 150), 4),
                "TypeOfUnits": "Hours",
            }
        ],
        "OpeningBalances": _opening(started),
        "PayTemplate": _template(world, organisation, number),
    }
    if organisation.number == 1 and number <= 2:
        fields |= {"Title": "Ms", "Gender": "F"}  # Rosa and Alice, whom the story calls she
    kept = {name: value for name, value in fields.items() if value is not None}
    return Person(id=person_id, number=number, fields=kept, updated_at=SEEDED_AT + timedelta(minutes=number))


def _tax(number: int) -> dict[str, Any]:
    tax: dict[str, Any] = {
        "EmploymentBasis": ("FULLTIME", "PARTTIME", "CASUAL")[number % 3],
        "AustralianResidentForTaxPurposes": True,
        "ResidencyStatus": "AUSTRALIANRESIDENT",
        "TaxScaleType": "REGULAR",
        "TaxFreeThresholdClaimed": True,
        "HasHELPDebt": number % 7 == 0,
        "HasSFSSDebt": False,
        "HasTradeSupportLoanDebt": False,
        "HasStudentStartupLoan": False,
        "HasLoanOrStudentDebt": number % 7 == 0,
        "EligibleToReceiveLeaveLoading": False,
        "IncludeLeaveLoadingInQualifyingEarnings": False,
    }
    if number % 5 == 4:
        return {**tax, "TFNExemptionType": ("NOTQUOTED", "PENDING", "PENSIONER")[number % 3]}
    return {**tax, "TaxFileNumber": SAMPLE_TFN}


def _bank(holder: str, number: int) -> list[dict[str, Any]]:
    bsb, account = SAMPLE_BANKS[number % len(SAMPLE_BANKS)]
    main = {
        "StatementText": "Wages",
        "AccountName": holder[:32],
        "BSB": bsb,
        "AccountNumber": account,
        "Remainder": True,
    }
    if number % 6:
        return [main]
    saver_bsb, saver = SAMPLE_BANKS[(number + 1) % len(SAMPLE_BANKS)]
    second = {
        "StatementText": "Savings",
        "AccountName": holder[:32],
        "BSB": saver_bsb,
        "AccountNumber": saver,
        "Remainder": False,
        "Amount": 50.0,
    }
    return [main, second]


def _membership(world: World, organisation: Organisation, number: int) -> dict[str, Any]:
    return {
        "SuperMembershipID": derive_id(world.seed, organisation.id, "membership", number),
        "SuperFundID": organisation.super_funds[number % 2]["SuperFundID"],
        "EmployeeNumber": f"{number:06d}",
    }


def _opening(started: date) -> dict[str, Any]:
    return {
        "OpeningBalanceDate": started.isoformat(),
        "EarningsLines": [],
        "DeductionLines": [],
        "SuperLines": [],
        "ReimbursementLines": [],
        "LeaveLines": [],
        "PaidLeaveEarningsLines": [],
    }


def _template(world: World, organisation: Organisation, number: int) -> dict[str, Any]:
    ordinary = {
        "EarningsRateID": pay_items.ordinary_rate_id(organisation),
        "CalculationType": "USEEARNINGSRATE",
        "NormalNumberOfUnits": 76.0,
    }
    guarantee = {
        "SuperMembershipID": _membership(world, organisation, number)["SuperMembershipID"],
        "ContributionType": "SGC",
        "CalculationType": "STATUTORY",
        "MinimumMonthlyEarnings": 0.0,
        "ExpenseAccountCode": "478",
        "LiabilityAccountCode": "826",
    }
    is_casual = _tax(number)["EmploymentBasis"] == "CASUAL"
    return {
        "EarningsLines": [ordinary],
        "DeductionLines": [],
        "SuperLines": [guarantee],
        "ReimbursementLines": [],
        "LeaveLines": [] if is_casual else [_leave_line(organisation, name) for name in ("Annual", "Personal/Carer's")],
    }


def _leave_line(organisation: Organisation, name: str) -> dict[str, Any]:
    kinds = pay_items.of(organisation)["LeaveTypes"]
    kind = next(row for row in kinds if row["Name"] == f"{name} Leave")
    return {
        "LeaveTypeID": kind["LeaveTypeID"],
        "CalculationType": "FIXEDAMOUNTEACHPERIOD",
        "EntitlementFinalPayPayoutType": "PAIDOUT" if name == "Annual" else "NOTPAIDOUT",
        "IncludeSuperannuationGuaranteeContribution": True,
        "IsQualifyingEarnings": True,
        "AnnualNumberOfUnits": kind["NormalEntitlement"],
        "FullTimeNumberOfUnitsPerPeriod": 76.0,
    }

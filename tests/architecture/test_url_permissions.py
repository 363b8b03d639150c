"""Every address has a row that says who may open it; an address without a row fails here."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tandem.access.actions import ensure_user, grant_access
from tandem.access.models import User
from tandem.access.roles import Role
from tandem.testing.cast import TOTP_SECRET, Cast

OK, NO, HIDDEN, SIGN_IN = "ok", "403", "404", "sign-in"

# Address -> method and what alice (AccountAdmin), bob (EmployeeManagement), ken (Payroll Tab) and dana (Self service) get.
# charlie and sam always get 404 below /a/<account>/, and whoever is not signed in goes to the sign-in page.
EVERYBODY, MANAGERS, ADMINISTRATORS, VIEWERS = (OK, OK, OK, OK), (OK, OK, NO, NO), (OK, NO, NO, NO), (OK, NO, OK, NO)
NOBODY, ONESELF = (NO, NO, NO, NO), (NO, NO, NO, OK)
TABLE: dict[str, tuple[str, tuple[str, str, str, str]]] = {
    "home": ("GET", EVERYBODY),
    "help-reconnect": ("GET", EVERYBODY),
    "employee-list": ("GET", MANAGERS),
    "employee-new": ("GET", MANAGERS),
    # dana's own record; ken has no record and may not see hers.
    "employee-detail": ("GET", (OK, OK, HIDDEN, OK)),
    "employee-history": ("GET", MANAGERS),
    "employee-xero": ("GET", (OK, NO, HIDDEN, NO)),
    "employee-edit": ("GET", MANAGERS),
    "employee-terminate": ("GET", MANAGERS),
    "employee-reinstate": ("GET", MANAGERS),
    "candidate-list": ("GET", MANAGERS),
    "candidate-new": ("GET", MANAGERS),
    "candidate-edit": ("GET", MANAGERS),
    "candidate-decide": ("POST", MANAGERS),
    "employee-departures": ("GET", MANAGERS),
    "employee-departures-enter": ("POST", MANAGERS),
    "employee-bin": ("GET", MANAGERS),
    "employee-employment": ("GET", MANAGERS),
    "employee-contract": ("GET", MANAGERS),
    "employee-position": ("GET", MANAGERS),
    "employee-position-undo": ("POST", (HIDDEN, HIDDEN, NO, NO)),
    "employee-absence": ("GET", MANAGERS),
    "employee-absence-undo": ("POST", (HIDDEN, HIDDEN, NO, NO)),
    "employee-delete": ("GET", MANAGERS),
    "employee-restore": ("POST", (HIDDEN, HIDDEN, NO, NO)),
    # The Payroll Tab role counts only together with one that shows the record: ken has no such role. dana opens her own.
    "employee-bank": ("GET", ONESELF),
    "employee-bank-edit": ("GET", ONESELF),
    "approval-list": ("GET", MANAGERS),
    "employee-ask": ("GET", ONESELF),
    "own-change": ("GET", (HIDDEN, HIDDEN, NO, HIDDEN)),
    "own-change-approve": ("POST", MANAGERS),
    "own-change-refuse": ("POST", (HIDDEN, HIDDEN, NO, NO)),
    "own-change-withdraw": ("POST", ONESELF),
    "bank-change-approve": ("POST", NOBODY),
    "bank-change-end": ("POST", ONESELF),
    "employee-super": ("GET", ONESELF),
    "employee-super-edit": ("GET", ONESELF),
    "employee-tax": ("GET", ONESELF),
    "employee-tax-edit": ("GET", ONESELF),
    "employee-tax-reveal": ("GET", NOBODY),
    "employee-tax-remove": ("GET", NOBODY),
    "employee-leave": ("GET", ONESELF),
    "employee-leave-read": ("POST", NOBODY),
    "employee-leave-new": ("GET", ONESELF),
    "leave-request": ("GET", ONESELF),
    "leave-request-edit": ("GET", ONESELF),
    "leave-request-approve": ("POST", NOBODY),
    "leave-request-reject": ("POST", NOBODY),
    "leave-request-withdraw": ("POST", ONESELF),
    "leave-request-choose": ("POST", NOBODY),
    "leave-request-again": ("POST", NOBODY),
    "leave-list": ("GET", NOBODY),
    "leave-send": ("POST", NOBODY),
    "user-list": ("GET", ADMINISTRATORS),
    "user-new": ("GET", ADMINISTRATORS),
    "user-edit": ("GET", ADMINISTRATORS),
    "user-lock": ("GET", ADMINISTRATORS),
    "user-unlock": ("POST", ADMINISTRATORS),
    "api-key-list": ("GET", ADMINISTRATORS),
    "api-key-new": ("GET", ADMINISTRATORS),
    "api-key-revoke": ("POST", (HIDDEN, NO, NO, NO)),
    "mailbox": ("GET", ADMINISTRATORS),
    "letter-detail": ("GET", (HIDDEN, NO, NO, NO)),
    "letter-html": ("GET", (HIDDEN, NO, NO, NO)),
    "webhook-list": ("GET", ADMINISTRATORS),
    "webhook-new": ("GET", ADMINISTRATORS),
    "webhook-detail": ("GET", (HIDDEN, NO, NO, NO)),
    "webhook-test": ("POST", (HIDDEN, NO, NO, NO)),
    "webhook-on": ("POST", (HIDDEN, NO, NO, NO)),
    "webhook-off": ("POST", (HIDDEN, NO, NO, NO)),
    "webhook-remove": ("POST", (HIDDEN, NO, NO, NO)),
    "webhook-replay": ("POST", (HIDDEN, NO, NO, NO)),
    "notice-list": ("GET", VIEWERS),
    "notice-choices": ("GET", VIEWERS),
    "notice-detail": ("GET", (HIDDEN, NO, HIDDEN, NO)),
    "notice-take": ("POST", (HIDDEN, NO, HIDDEN, NO)),
    "notice-release": ("POST", (HIDDEN, NO, HIDDEN, NO)),
    "integrations": ("GET", ADMINISTRATORS),
    "xero-connection": ("GET", VIEWERS),
    "xero-connect": ("POST", ADMINISTRATORS),
    "xero-choose": ("GET", (HIDDEN, NO, NO, NO)),
    "xero-scopes": ("GET", ADMINISTRATORS),
    "xero-reconnect": ("GET", ADMINISTRATORS),
    "xero-move": ("GET", ADMINISTRATORS),
    "xero-move-approve": ("POST", ADMINISTRATORS),
    "xero-move-refuse": ("POST", ADMINISTRATORS),
    "xero-move-withdraw": ("POST", ADMINISTRATORS),
    "xero-move-go": ("POST", ADMINISTRATORS),
    "xero-earlier": ("GET", VIEWERS),
    "xero-standby": ("GET", ADMINISTRATORS),
    "xero-standby-later": ("POST", ADMINISTRATORS),
    "xero-standby-wanted": ("POST", ADMINISTRATORS),
    "xero-standby-give-up": ("GET", ADMINISTRATORS),
    "xero-swap": ("GET", ADMINISTRATORS),
    "xero-lists": ("GET", VIEWERS),
    "xero-lists-read": ("POST", VIEWERS),
    "xero-drills": ("GET", ADMINISTRATORS),
    "xero-drill": ("GET", (HIDDEN, NO, NO, NO)),
    "xero-drill-advance": ("POST", (HIDDEN, NO, NO, NO)),
    "xero-drill-clean-up": ("POST", (HIDDEN, NO, NO, NO)),
    "xero-writes": ("GET", ADMINISTRATORS),
    "xero-writes-withdraw": ("POST", ADMINISTRATORS),
    "xero-holder": ("GET", (HIDDEN, NO, NO, NO)),
    "guest-link-new": ("GET", ADMINISTRATORS),
    "guest-link-revoke": ("POST", (HIDDEN, NO, NO, NO)),
    "xero-probe": ("POST", VIEWERS),
    "xero-disconnect": ("GET", ADMINISTRATORS),
    "xero-receipt": ("GET", (HIDDEN, NO, HIDDEN, NO)),
    "xero-restore": ("GET", ADMINISTRATORS),
    "xero-bundle": ("POST", ADMINISTRATORS),
    "xero-timeline": ("GET", VIEWERS),
    "xero-timeline-export": ("GET", ADMINISTRATORS),
    "account-details": ("GET", ADMINISTRATORS),
    "integration-settings": ("GET", ADMINISTRATORS),
    "integration-presets": ("GET", ADMINISTRATORS),
    "branch-list": ("GET", ADMINISTRATORS),
    "run-list": ("GET", VIEWERS),
    "run-history": ("GET", VIEWERS),
    "run-history-export": ("GET", VIEWERS),
    "run-new": ("GET", ADMINISTRATORS),
    "run-detail": ("GET", (HIDDEN, NO, HIDDEN, NO)),
    "run-approve": ("POST", ADMINISTRATORS),
    "run-choose": ("GET", (HIDDEN, NO, NO, NO)),
    "run-cancel": ("POST", ADMINISTRATORS),
    "run-undo": ("POST", ADMINISTRATORS),
    "step-decide": ("POST", ADMINISTRATORS),
    "conflict-list": ("GET", ADMINISTRATORS),
    "conflict-decide": ("POST", ADMINISTRATORS),
    "conflict-always": ("GET", ADMINISTRATORS),
    "conflict-always-back": ("POST", ADMINISTRATORS),
    "match-list": ("GET", ADMINISTRATORS),
    "match-decide": ("POST", ADMINISTRATORS),
    "match-again": ("POST", ADMINISTRATORS),
    "match-undo": ("GET", ADMINISTRATORS),
    "match-duplicates": ("GET", ADMINISTRATORS),
    "match-apart": ("POST", ADMINISTRATORS),
    "match-apart-again": ("POST", ADMINISTRATORS),
    "match-merge": ("GET", ADMINISTRATORS),
    "match-unmerge": ("GET", ADMINISTRATORS),
    "handover-list": ("GET", VIEWERS),
    "handover-detail": ("GET", (HIDDEN, NO, HIDDEN, NO)),
    "handover-appoint": ("POST", (HIDDEN, NO, NO, NO)),
    "handover-put-off": ("POST", (HIDDEN, NO, NO, NO)),
    "gap-report": ("GET", VIEWERS),
}
# Outside an account -> method and what alice, sam and nobody get.
OUTSIDE: dict[str, tuple[str, tuple[str, str, str]]] = {
    "front": ("GET", (OK, OK, SIGN_IN)),
    "healthz": ("GET", (OK, OK, OK)),
    "style-guide": ("GET", (HIDDEN, HIDDEN, HIDDEN)),  # open in the demo alone
    "support-room": ("GET", (HIDDEN, OK, SIGN_IN)),
    "support-bundle": ("POST", (HIDDEN, OK, SIGN_IN)),
    "support-account": ("GET", (HIDDEN, OK, SIGN_IN)),
    "support-outreach": ("GET", (HIDDEN, OK, SIGN_IN)),
    "support-outreach-new": ("GET", (HIDDEN, OK, SIGN_IN)),
    "support-outreach-batch": ("GET", (HIDDEN, HIDDEN, SIGN_IN)),  # of a sending that never was
    "guest-page": ("GET", (HIDDEN, HIDDEN, HIDDEN)),  # without a link nobody gets in, with one anybody
    "guest-open": ("GET", (HIDDEN, HIDDEN, HIDDEN)),
    "xero-callback": ("GET", (OK, OK, SIGN_IN)),
}


def _named(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _named(pattern.url_patterns, route)
        elif pattern.name:
            yield pattern.name, route


# Sign-in is allauth's, and every address of the API asks for a key: src/tandem/api/tests/test_every_address.py.
ELSEWHERE = ("sign-in/", "api/")
NAMES = [(name, route) for name, route in _named(get_resolver().url_patterns) if not route.startswith(ELSEWHERE)]


def test_every_address_has_a_row() -> None:
    inside = {name for name, route in NAMES if route.startswith("a/")}
    assert inside == set(TABLE)
    assert {name for name, route in NAMES if not route.startswith("a/")} == set(OUTSIDE)


def _answer(client: Client, method: str, address: str) -> str:
    response = client.get(address) if method == "GET" else client.post(address)
    location = response.headers.get("location", "")
    if response.status_code == 302:
        return SIGN_IN if location.startswith("/sign-in/") else OK
    return OK if response.status_code in (200, 422) else str(response.status_code)


def _payroll_officer(cast: Cast) -> Client:
    user_id = ensure_user("ken@harbourlane.example", name="Ken Ito")
    grant_access(cast.alice.actor, user_id=user_id, roles=[Role.PAYROLL_TAB])
    user = User.objects.get(id=user_id)
    TOTP.activate(user, TOTP_SECRET)
    client = Client()
    client.force_login(user)
    return client


def _addresses(cast: Cast, membership_id: UUID) -> dict[str, str]:
    known = {"account": "harbour-lane", "employee_id": cast.dana_record.employee_id, "membership_id": membership_id}
    return {
        name: reverse(name, kwargs={part: known.get(part, uuid4()) for part in _parts(route)}) for name, route in NAMES
    }


def _parts(route: str) -> list[str]:
    return [piece.split(">")[0].split(":")[-1] for piece in route.split("<")[1:]]


@pytest.mark.unmeasured
def test_everybody_gets_what_their_row_says(cast: Cast) -> None:
    spare = grant_access(
        cast.alice.actor, user_id=ensure_user("spare@harbourlane.example", name="Spare"), roles=[Role.SELF_SERVICE]
    )
    addresses = _addresses(cast, spare.membership_id)
    insiders = {
        "alice": cast.alice.client,
        "bob": cast.bob.client,
        "ken": _payroll_officer(cast),
        "dana": cast.dana.client,
    }
    outsiders = {"charlie": cast.charlie.client, "sam": cast.sam.client, "nobody": cast.anonymous}
    found, wanted = {}, {}
    for name, (method, row) in TABLE.items():
        found[name] = {who: _answer(client, method, addresses[name]) for who, client in (insiders | outsiders).items()}
        wanted[name] = dict(zip([*insiders, *outsiders], [*row, HIDDEN, HIDDEN, SIGN_IN], strict=True))
    assert found == wanted


def test_pages_outside_an_account_answer_as_their_row_says(cast: Cast) -> None:
    addresses = _addresses(cast, uuid4())
    for name in ("support-account", "support-bundle"):
        addresses[name] = reverse(name, args=[cast.alice.account.account_id])
    clients = (cast.alice.client, cast.sam.client, cast.anonymous)
    found = {
        name: tuple(_answer(client, method, addresses[name]) for client in clients)
        for name, (method, _) in OUTSIDE.items()
    }
    assert found == {name: row for name, (_, row) in OUTSIDE.items()}


@pytest.mark.parametrize("name", [name for name, (method, _) in TABLE.items() if method == "POST"])
def test_what_changes_something_is_not_done_by_following_a_link(cast: Cast, name: str) -> None:
    addresses = _addresses(cast, uuid4())
    assert cast.alice.client.get(addresses[name]).status_code == 405


def test_without_a_second_factor_the_integration_pages_stay_shut(cast: Cast) -> None:
    Authenticator.objects.filter(user_id=cast.alice.user.id).delete()
    answers = {
        name: cast.alice.client.get(address).status_code
        for name, address in _addresses(cast, uuid4()).items()
        if name in ("integrations", "xero-connection", "integration-settings", "conflict-list", "gap-report")
        or name.startswith(("run-list", "run-history"))
    }
    assert set(answers.values()) == {403}
    assert len(answers) == 8

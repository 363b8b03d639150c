"""Any sequence of consents, refreshes, revocations, disconnections, role changes and time agrees with a small model."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from hypothesis.strategies import SearchStrategy

from tandem_sandbox.testing import ControlRefused
from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    DEMO,
    EMPLOYEES,
    ORGANISATION,
    ROSA,
    SECRET,
    WENDY,
    Caller,
    quiet_sandbox,
    sign_in,
)
from tandem_sandbox.tests.grant_model import Consent, Model

pytestmark = pytest.mark.unmeasured

USERS, PLACES = (ROSA, AMIR, WENDY), (BAKERY, BOOKS)
WHO: SearchStrategy[str] = st.sampled_from(USERS)
WHERE: SearchStrategy[str] = st.sampled_from(PLACES)
CHOICES = st.lists(WHERE, min_size=1, max_size=2, unique=True)
ROLES = st.sampled_from(["STANDARD", "FINANCIALADVISER", "READONLY"])
SHORT_STEPS = st.sampled_from([1, 60, 600, 899, 900, 901])
ABOUT_SIXTY_DAYS = st.sampled_from([60 * 86_400, 60 * 86_400 + 1])
ABOUT_HALF_AN_HOUR = st.sampled_from([1799, 1800, 1801])
WHICH = st.integers(min_value=0, max_value=9)
Pair = tuple[str, str]


class LifeOfGrants(RuleBasedStateMachine):
    """Three users, two organisations, one app; the simulator against the model."""

    pairs: Bundle[Pair] = Bundle("pairs")

    @initialize()
    def start(self) -> None:
        self.sandbox = quiet_sandbox(employees=1)
        self.sandbox.control("PATCH", "limits", {"minute": None, "day": None, "app_minute": None})
        world = self.sandbox.control("GET", "world")
        self.ids = {item["name"]: item["id"] for item in world["organisations"]}
        names = {tenant: name for name, tenant in self.ids.items()}
        self.model = Model(
            {
                (user["email"], names[tenant]): (role["role"], role["payroll_admin"])
                for user in world["users"]
                for tenant, role in user["roles"].items()
            }
        )
        self.recent: list[str] = []

    @rule(target=pairs, user=WHO, organisations=CHOICES)
    def consent(self, user: str, organisations: list[str]) -> Pair | MultipleResults[Pair]:
        if not self.model.may_consent(user, organisations):
            self._is_refused(user, organisations)
            return multiple()
        caller = sign_in(self.sandbox, user, organisations)
        for number, organisation in self._listed(caller):
            if (user, organisation) not in [place for _, place in self.model.connections]:
                self.model.connections.append((number, (user, organisation)))
        return self._note(caller, self.model.consented(user))

    def _is_refused(self, user: str, organisations: list[str]) -> None:
        with pytest.raises(ControlRefused, match="409: "):
            sign_in(self.sandbox, user, organisations)

    def _note(self, caller: Caller, consent: Consent) -> Pair:
        access, refresh = caller.tokens["access_token"], caller.tokens["refresh_token"]
        self.model.given(consent, access=access, refresh=refresh)
        self.recent.append(access)
        return access, refresh

    def _listed(self, caller: Caller) -> list[tuple[str, str]]:
        return [(item["id"], item["tenantName"]) for item in caller.connections()]

    def _caller(self, access: str) -> Caller:
        return Caller(self.sandbox, {"access_token": access})

    @rule(target=pairs, pair=pairs)
    def refresh_or_retry(self, pair: Pair) -> Pair | MultipleResults[Pair]:
        caller = self._caller(pair[0])
        expected = self.model.can_refresh(pair[1])
        answer = caller.refresh(pair[1])
        assert (answer.status_code == 200) is expected
        if not expected:
            assert answer.get_json() == {"error": "invalid_grant"}
            return multiple()
        return self._note(caller, self.model.refreshed(pair[1]))

    @rule(pair=pairs)
    def revoke(self, pair: Pair) -> None:
        form = {"token": pair[1], "client_id": DEMO, "client_secret": SECRET}
        assert self._caller(pair[0]).web.post("/connect/revocation", data=form).status_code == 200
        self.model.revoked(pair[1])
        for access in self.recent[-6:]:
            self._agrees(access)

    @rule(pair=pairs, which=WHICH)
    def delete_some_connection(self, pair: Pair, which: int) -> None:
        everybodys = self.model.connections
        number = everybodys[which % len(everybodys)][0] if everybodys else "none"
        status = self._caller(pair[0]).call("DELETE", f"/connections/{number}").status_code
        if not self.model.works(pair[0]):
            assert status == 401
        elif number in [mine for mine, _ in self.model.listed(pair[0])]:
            assert status == 204
            self.model.dropped(number)
        else:
            assert status == 404

    def _place(self, which: int) -> tuple[str, str]:
        """Pick a place: first one that is connected, since there it matters, then any."""
        connected = [place for _, place in self.model.connections]
        anywhere = [(user, organisation) for user in USERS for organisation in PLACES]
        return [*connected, *anywhere][which]

    @rule(which=WHICH)
    def disconnect_inside_xero(self, which: int) -> None:
        place = self._place(which % 6)
        self._event("disconnect_app", *place)
        self.model.disconnected(place)

    @rule(which=WHICH)
    def remove(self, which: int) -> None:
        place = self._place(which % 6)
        self._event("remove_user", *place)
        self.model.set_role(place, None)

    @rule(which=WHICH)
    def restore(self, which: int) -> None:
        place = self._place(which % 6)
        role = self.model.restored_role(place)
        self._event("restore_user", *place)
        self.model.set_role(place, role)

    @rule(which=WHICH, role=ROLES)
    def change_role(self, which: int, role: str) -> None:
        place = self._place(which % 6)
        if place in self.model.roles:
            self._event("change_role", *place, role=role)
            self.model.set_role(place, (role, self.model.roles[place][1]))

    @rule(which=WHICH, admin=st.booleans())
    def give_or_take_payroll(self, which: int, admin: bool) -> None:
        place = self._place(which % 6)
        if place in self.model.roles:
            self._event("restore_payroll_admin" if admin else "drop_payroll_admin", *place)
            self.model.set_role(place, (self.model.roles[place][0], admin))

    @rule(user=st.none() | WHO)
    def put_back(self, user: str | None) -> None:
        self.sandbox.control("POST", "events", {"kind": "put_back", **({"user": user} if user else {})})
        self.model.put_back(user)

    @rule(target=pairs, user=st.sampled_from((ROSA, AMIR)))
    def put_back_and_consent(self, user: str) -> Pair | MultipleResults[Pair]:
        self.put_back(None)
        return self.consent(user, [BAKERY])

    @rule(seconds=SHORT_STEPS)
    def time_passes(self, seconds: int) -> None:
        self._advance(seconds)

    @rule(target=pairs, pair=pairs, seconds=ABOUT_SIXTY_DAYS)
    def a_token_lies_long_and_is_used(self, pair: Pair, seconds: int) -> Pair | MultipleResults[Pair]:
        self._advance(seconds)
        return self.refresh_or_retry(pair)

    @rule(target=pairs, pair=pairs, seconds=ABOUT_HALF_AN_HOUR)
    def a_token_is_used_and_retried_late(self, pair: Pair, seconds: int) -> Pair | MultipleResults[Pair]:
        self.refresh_or_retry(pair)
        self._advance(seconds)
        return self.refresh_or_retry(pair)

    def _advance(self, seconds: int) -> None:
        self.sandbox.clock.advance(seconds)
        self.model.now += seconds

    @rule(pair=pairs)
    def ask_with_an_older_token(self, pair: Pair) -> None:
        self._agrees(pair[0])

    @invariant()
    def the_newest_tokens_are_answered_as_the_model_says(self) -> None:
        for access in self.recent[-2:]:
            self._agrees(access)

    @invariant()
    def the_connections_are_those_of_the_model(self) -> None:
        table = self.sandbox.simulator.world.connections
        assert sorted(table) == sorted(number for number, _ in self.model.connections)

    def _agrees(self, access: str) -> None:
        caller = self._caller(access)
        listing = caller.get("/connections")
        assert (listing.status_code == 200) is self.model.works(access)
        if listing.status_code == 200:
            assert self._listed(caller) == self.model.listed(access)
        for organisation, tenant in self.ids.items():
            for path, payroll in ((EMPLOYEES, True), (ORGANISATION, False)):
                status = caller.get(path, headers={"Xero-Tenant-Id": tenant}).status_code
                assert status == self.model.answer(access, organisation, payroll=payroll)

    def _event(self, kind: str, user: str, organisation: str, **more: str) -> None:
        self.sandbox.control("POST", "events", {"kind": kind, "user": user, "organisation": organisation, **more})


LifeOfGrants.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLifeOfGrants = LifeOfGrants.TestCase

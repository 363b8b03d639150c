"""Any sequence of consents, refreshes, revocations, disconnections and role changes agrees with a small model."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from tandem_sandbox.tests.caller import (
    AMIR,
    BAKERY,
    BOOKS,
    DEMO,
    EMPLOYEES,
    ROSA,
    SECRET,
    Caller,
    quiet_sandbox,
    sign_in,
)

MAY_CONNECT = ((ROSA, BAKERY), (AMIR, BAKERY), (AMIR, BOOKS))


class LifeOfGrants(RuleBasedStateMachine):
    """Two users, two organisations, one app; the model is three sets."""

    callers = Bundle("callers")

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = quiet_sandbox(employees=1)
        self.sandbox.control("PATCH", "limits", {"minute": None, "day": None, "app_minute": None})
        self.ids = {item["name"]: item["id"] for item in self.sandbox.control("GET", "world")["organisations"]}
        self.connected: set[tuple[str, str]] = set()
        self.barred: set[tuple[str, str]] = set()
        self.revoked: set[int] = set()
        self.everyone: list[tuple[str, Caller]] = []

    @rule(target=callers, pair=st.sampled_from(MAY_CONNECT))
    def consent(self, pair: tuple[str, str]) -> int:
        if pair in self.barred:
            return len(self.everyone) - 1
        user, organisation = pair
        self.everyone.append((user, sign_in(self.sandbox, user, [organisation])))
        self.connected.add(pair)
        return len(self.everyone) - 1

    @rule(number=callers)
    def refresh(self, number: int) -> None:
        if number >= 0:
            expected = 400 if number in self.revoked else 200
            assert self.everyone[number][1].refresh().status_code == expected

    @rule(number=callers)
    def revoke(self, number: int) -> None:
        if number < 0 or number in self.revoked:
            return
        user, caller = self.everyone[number]
        form = {"token": caller.tokens["refresh_token"], "client_id": DEMO, "client_secret": SECRET}
        caller.web.post("/connect/revocation", data=form)
        self.revoked |= {index for index, (owner, _) in enumerate(self.everyone) if owner == user}
        self.connected = {pair for pair in self.connected if pair[0] != user}

    @rule(pair=st.sampled_from(MAY_CONNECT))
    def disconnect_inside_xero(self, pair: tuple[str, str]) -> None:
        self._event("disconnect_app", pair)
        self.connected.discard(pair)

    @rule(number=callers)
    def delete_a_connection(self, number: int) -> None:
        if number < 0 or number in self.revoked:
            return
        user, caller = self.everyone[number]
        found = caller.connections()
        if found:
            assert caller.call("DELETE", f"/connections/{found[0]['id']}").status_code == 204
            self.connected.discard((user, found[0]["tenantName"]))

    @rule(pair=st.sampled_from(MAY_CONNECT), kind=st.sampled_from(["remove_user", "drop_payroll_admin"]))
    def bar(self, pair: tuple[str, str], kind: str) -> None:
        if pair not in self.barred:
            self._event(kind, pair)
            self.barred.add(pair)

    @rule(pair=st.sampled_from(MAY_CONNECT))
    def restore(self, pair: tuple[str, str]) -> None:
        if pair in self.barred:
            self.sandbox.control("POST", "events", {"kind": "restore_user", "user": pair[0], "organisation": pair[1]})
            self.sandbox.control(
                "POST", "events", {"kind": "restore_payroll_admin", "user": pair[0], "organisation": pair[1]}
            )
            self.barred.discard(pair)

    @invariant()
    def calls_are_answered_as_the_model_says(self) -> None:
        for number, (user, caller) in enumerate(self.everyone[-3:], start=max(0, len(self.everyone) - 3)):
            for organisation, tenant in self.ids.items():
                status = caller.get(EMPLOYEES, headers={"Xero-Tenant-Id": tenant}).status_code
                assert status == self._expected(number, (user, organisation))

    @invariant()
    def connections_are_as_the_model_says(self) -> None:
        names = {tenant: name for name, tenant in self.ids.items()}
        listed = self.sandbox.control("GET", "world")["connections"]
        assert {(item["user"], names[item["organisation"]]) for item in listed} == self.connected
        assert len(listed) == len(self.connected)

    def _expected(self, number: int, pair: tuple[str, str]) -> int:
        if number in self.revoked:
            return 401
        return 200 if pair in self.connected and pair not in self.barred else 403

    def _event(self, kind: str, pair: tuple[str, str]) -> Any:
        return self.sandbox.control("POST", "events", {"kind": kind, "user": pair[0], "organisation": pair[1]})


LifeOfGrants.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestLifeOfGrants = LifeOfGrants.TestCase

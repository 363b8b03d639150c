"""A second opinion on who may do what: consents, tokens, connections, roles and putting back, in plain tables.

It shares nothing with the simulator but the names of roles: xero.md 2.2 to 2.5, read again and written down shorter.
"""

from dataclasses import dataclass, field

MAY_CONNECT = ("STANDARD", "FINANCIALADVISER")
HALF_AN_HOUR, SIXTY_DAYS = 1800, 60 * 86_400
Place = tuple[str, str]


@dataclass
class Consent:
    """One consent; its tokens live and die with it."""

    user: str
    dead: bool = False


@dataclass
class Refresh:
    """What is known of a refresh token."""

    consent: Consent
    born: float
    used: float | None = None


@dataclass
class Model:
    """The whole second opinion; a place is a user and an organisation, a role is its name and the payroll flag."""

    roles: dict[Place, tuple[str, bool]]
    now: float = 0.0
    connections: list[tuple[str, Place]] = field(default_factory=list)
    access: dict[str, tuple[Consent, float]] = field(default_factory=dict)
    refresh: dict[str, Refresh] = field(default_factory=dict)
    consents: list[Consent] = field(default_factory=list)
    history: list[tuple[str, Place, object]] = field(default_factory=list)

    def may_consent(self, user: str, organisations: list[str]) -> bool:
        """Say whether Xero lets a user connect all of these with payroll scopes."""
        roles = [self.roles.get((user, organisation), ("", False)) for organisation in organisations]
        return bool(roles) and all(role in MAY_CONNECT and admin for role, admin in roles)

    def consented(self, user: str) -> Consent:
        """Note a consent."""
        self.consents.append(Consent(user))
        return self.consents[-1]

    def given(self, consent: Consent, *, access: str, refresh: str) -> None:
        """Note a pair of tokens."""
        self.access[access] = (consent, self.now + HALF_AN_HOUR)
        self.refresh[refresh] = Refresh(consent, self.now)

    def can_refresh(self, token: str) -> bool:
        """Say whether a refresh token gives a new pair now."""
        known = self.refresh[token]
        if known.consent.dead:
            return False
        if known.used is None:
            return self.now - known.born <= SIXTY_DAYS
        return self.now - known.used <= HALF_AN_HOUR

    def refreshed(self, token: str) -> Consent:
        """Note the first use of a refresh token."""
        known = self.refresh[token]
        known.used = self.now if known.used is None else known.used
        return known.consent

    def revoked(self, token: str) -> None:
        """Note a revocation: every consent and connection of that user is gone."""
        consent = self.refresh[token].consent
        if consent.dead:
            return
        for other in self.consents:
            other.dead = other.dead or other.user == consent.user
        self.connections = [item for item in self.connections if item[1][0] != consent.user]

    def works(self, access: str) -> bool:
        """Say whether an access token is accepted."""
        consent, until = self.access[access]
        return not consent.dead and self.now < until

    def listed(self, access: str) -> list[tuple[str, str]]:
        """List (connection, organisation) as /connections does for the token's user."""
        user = self.access[access][0].user
        return [(number, place[1]) for number, place in self.connections if place[0] == user]

    def answer(self, access: str, organisation: str, *, payroll: bool) -> int:
        """Say which status a tenant call gets."""
        if not self.works(access):
            return 401
        place = (self.access[access][0].user, organisation)
        role, admin = self.roles.get(place, ("", False))
        if place not in [where for _, where in self.connections] or role not in MAY_CONNECT:
            return 403
        return 200 if admin or not payroll else 403

    def set_role(self, place: Place, role: tuple[str, bool] | None) -> None:
        """Note a change of a role, or a removal."""
        self.history.append(("role", place, self.roles.get(place)))
        self._put_role(place, role)

    def restored_role(self, place: Place) -> tuple[str, bool]:
        """Say which role a restored user gets: the one before the last change, else Standard with payroll."""
        earlier = [before for kind, where, before in self.history if (kind, where) == ("role", place) and before]
        found = earlier[-1] if earlier else ("STANDARD", True)
        assert isinstance(found, tuple)
        return found

    def dropped(self, number: str) -> None:
        """Note that a connection was deleted by the app."""
        self.connections = [item for item in self.connections if item[0] != number]

    def disconnected(self, place: Place) -> None:
        """Note that somebody disconnected inside Xero, which can be put back."""
        for item in [item for item in self.connections if item[1] == place]:
            self.history.append(("connection", place, item[0]))
            self.connections.remove(item)

    def put_back(self, user: str | None) -> None:
        """Take everything back that concerns a user, newest first, or everything."""
        for entry in list(reversed(self.history)):
            kind, place, before = entry
            if user is not None and place[0] != user:
                continue
            self.history.remove(entry)
            if kind == "role":
                assert before is None or isinstance(before, tuple)
                self._put_role(place, before)
            elif place not in [where for _, where in self.connections]:
                self.connections.append((str(before), place))

    def _put_role(self, place: Place, role: tuple[str, bool] | None) -> None:
        if role is None:
            self.roles.pop(place, None)
        else:
            self.roles[place] = role

"""The throw-away link: what two made-up people allowed in the simulator, in a scope that is no account's.

Every transaction here is in the drill's own scope, so PostgreSQL shows it not one row of the customer's. Only the key that
seals the tokens is the account's.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from uuid import UUID, uuid4

from django.conf import settings

from tandem.kernel import clock
from tandem.kernel.scoping import scope
from tandem.tenancy import vault
from tandem.xero.client import identity, payroll_au, simulator
from tandem.xero.client.errors import AnswerClass, GrantRevoked, NoSuchRecord, TokenRejected, XeroError
from tandem.xero.client.simulator import SimulatorRefused
from tandem.xero.client.transport import Credentials, Request
from tandem.xero.client.wire import ConnectionsAnswer, EmployeesPage, TokenAnswer
from tandem.xero.connections.health import Health
from tandem.xero.drill.reading import Fact, Party, diagnose_drill
from tandem.xero.models.drill import DrillLink

T = TypeVar("T")
ACCESS, REFRESH = "xero_drilllink.access_token", "xero_drilllink.refresh_token"
ORGANISATION = "Rehearsal Pty Ltd"
PAYROLL = "payroll."


class Part(StrEnum):
    """Which of the two made-up people: the one who loses access, and the one who reconnects."""

    FIRST = "first"
    SECOND = "second"


NAMES = {Part.FIRST: ("Robin", "Reed"), Part.SECOND: ("Kim", "Wells")}


def name_of(part: Part) -> str:
    """Return a made-up person's name."""
    return " ".join(NAMES[part])


def email_of(scope_id: UUID, part: Part) -> str:
    """Return a made-up person's address, which only this drill uses."""
    return f"{NAMES[part][0].lower()}.{scope_id.hex[:12]}@example.com"


@dataclass(frozen=True)
class Ground:
    """Where a drill stands: the account whose key seals, and the scope in which its link lies."""

    account_id: UUID
    scope_id: UUID


class Link:
    """One made-up person's authorisation. Every call goes to the simulator and is noted as a fact."""

    def __init__(self, ground: Ground, part: Part) -> None:
        self._ground = ground
        self.part = part

    def keep(self, tokens: TokenAnswer) -> None:
        """Store a new consent, sealed; committed before it is used."""
        link_id = uuid4()
        sealed = self._sealed(link_id, tokens)
        note = Fact("refresh", clock.now(), AnswerClass.OK).as_json()
        with scope(self._ground.scope_id):
            DrillLink.objects.create(
                link_id=link_id,
                account_id=self._ground.scope_id,
                part=self.part.value,
                email=email_of(self._ground.scope_id, self.part),
                scopes=sorted(tokens.scopes),
                facts=[note],
                **sealed,
            )

    def _sealed(self, link_id: UUID, tokens: TokenAnswer) -> dict[str, bytes]:
        account_id = self._ground.account_id
        with scope(account_id):
            return {
                "access_token": vault.seal(account_id, tokens.access_token, column=ACCESS, row_id=link_id),
                "refresh_token": vault.seal(account_id, tokens.refresh_token, column=REFRESH, row_id=link_id),
            }

    def renew(self) -> None:
        """Take a fresh pair of tokens: a drill that was left for half an hour holds an access token that has expired."""
        tokens = simulator.sent(simulator.refresh(self._unsealed(REFRESH)))
        sealed = self._sealed(self._row().link_id, tokens)
        with self._changed() as link:
            link.access_token, link.refresh_token = sealed["access_token"], sealed["refresh_token"]

    def bind(self) -> UUID:
        """Find the one organisation that the consent covers, and return its id."""
        rows = self._sent(identity.list_connections(), is_at_organisation=False).records
        if len(rows) != 1:
            raise SimulatorRefused
        row = rows[0]
        with self._changed() as link:
            link.xero_tenant_id, link.xero_connection_id = row.tenant_id, row.id
        return row.tenant_id

    def list_people(self) -> EmployeesPage:
        """Read the people, as a probe does; raise what the simulator answered."""
        page: EmployeesPage = self._noted(payroll_au.list_employees(page=1))
        return page

    def ask_what_else(self) -> None:
        """Ask what tells the causes apart, as a probe does after a refusal."""
        with suppress(XeroError):
            self._noted(payroll_au.get_organisation())
        with suppress(XeroError):
            self._noted(identity.list_connections())

    @property
    def tenant_id(self) -> UUID | None:
        """Return the organisation that the authorisation reaches."""
        return self._row().xero_tenant_id

    def is_listed(self) -> bool:
        """Say whether the simulator still lists the connection for this person."""
        connection_id = self._row().xero_connection_id
        rows = self._sent(identity.list_connections(), is_at_organisation=False).records
        return any(row.id == connection_id for row in rows)

    def delete(self) -> None:
        """Delete the connection at the simulator."""
        connection_id = self._row().xero_connection_id
        if connection_id is None:
            return
        with suppress(NoSuchRecord):
            self._sent(identity.delete_connection(connection_id), is_at_organisation=False)

    def revoke(self) -> None:
        """Revoke the sign-in at the simulator."""
        simulator.sent(simulator.revoke(self._unsealed(REFRESH)))

    def is_dead(self) -> bool:
        """Try the sign-in and the access token once more, and say whether the simulator gives nothing for either."""
        try:
            simulator.sent(simulator.refresh(self._unsealed(REFRESH)))
        except GrantRevoked:
            pass
        else:
            return False
        try:
            return not self.is_listed()
        except TokenRejected:
            return True

    def health(self) -> Health:
        """Diagnose the link from what was answered so far."""
        row = self._row()
        scopes = frozenset(settings.TANDEM.xero.scopes)
        party = Party(
            link_id=row.link_id,
            name=name_of(self.part),
            organisation_name=ORGANISATION,
            scopes=frozenset(row.scopes),
            wanted=frozenset(name for name in scopes if name.startswith(PAYROLL)),
        )
        return diagnose_drill(party, [Fact.read(one) for one in row.facts], now=clock.now())

    def facts(self, subject: str) -> list[Fact]:
        """Return what was answered about a subject, the oldest first."""
        return [fact for one in self._row().facts if (fact := Fact.read(one)).subject == subject]

    def _noted(self, request: Request[T]) -> T:
        is_at_organisation = request.subject != "connections"
        try:
            found = self._sent(request, is_at_organisation=is_at_organisation)
        except XeroError as error:
            self._note(request.subject, error.answer)
            raise
        self._note(request.subject, AnswerClass.OK, count=self._count(found))
        return found

    def _count(self, found: object) -> int | None:
        if isinstance(found, EmployeesPage):
            return len(found.records)
        if isinstance(found, ConnectionsAnswer):
            return sum(1 for row in found.records if row.id == self._row().xero_connection_id)
        return None

    def _note(self, subject: str, answer: AnswerClass, *, count: int | None = None) -> None:
        with self._changed() as link:
            link.facts = [*link.facts, Fact(subject, clock.now(), answer, count).as_json()]

    def _sent(self, request: Request[T], *, is_at_organisation: bool) -> T:
        tenant_id = self._row().xero_tenant_id if is_at_organisation else None
        credentials = Credentials(self._unsealed(ACCESS), tenant_id)
        return simulator.sent(simulator.at_simulator(request), credentials=credentials)

    def _unsealed(self, column: str) -> str:
        row = self._row()
        sealed = bytes(getattr(row, column.rpartition(".")[2]))
        with scope(self._ground.account_id):
            return vault.unseal(self._ground.account_id, sealed, column=column, row_id=row.link_id)

    def _row(self) -> DrillLink:
        with scope(self._ground.scope_id):
            return DrillLink.objects.get(account_id=self._ground.scope_id, part=self.part.value)

    @contextmanager
    def _changed(self) -> Iterator[DrillLink]:
        with scope(self._ground.scope_id):
            rows = DrillLink.objects.select_for_update().filter(account_id=self._ground.scope_id)
            link = rows.get(part=self.part.value)
            yield link
            link.save()


def kept(ground: Ground) -> list[Link]:
    """Return the links that are stored for a drill."""
    with scope(ground.scope_id):
        rows = DrillLink.objects.filter(account_id=ground.scope_id).order_by("part")
        return [Link(ground, Part(part)) for part in rows.values_list("part", flat=True)]


def forget(ground: Ground) -> int:
    """Remove everything that is stored of a drill's links; return how many rows are left."""
    with scope(ground.scope_id):
        DrillLink.objects.filter(account_id=ground.scope_id).delete()
        return DrillLink.objects.filter(account_id=ground.scope_id).count()

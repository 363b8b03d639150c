"""The review list, what was decided on it, and who is linked. Query counts do not grow with the rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery

from tandem.kernel.actor import Actor
from tandem.kernel.permissions import Permission
from tandem.kernel.scoping import scoped_part
from tandem.people.records import EmployeeRecord
from tandem.people.selectors import names_of
from tandem.xero.mapping.employee import XeroEmployee
from tandem.xero.matching.comparing import Compared, compare
from tandem.xero.models import IN_USE, Binding, MatchProposal, XeroPerson
from tandem.xero.sync import mirror, proposals, words
from tandem.xero.sync.ours import list_by_id
from tandem.xero.sync.pages import ComparedLine, DecidedPage, Likeness, MatchPage, ProposalPage, ReviewPage

PAGE_SIZE = 25
DECIDED_SHOWN = 100
#: What the list of matches shows of a link: what both sides agreed on last is most of a row, and is not read for it.
SHOWN_OF_A_LINK = ("binding_id", "employee_id", "xero_employee_id", "matched_by", "bound_at")
NO_LONGER_HERE = "Somebody no longer on record"


@scoped_part
def review_page(actor: Actor, *, page: int = 1) -> ReviewPage:
    """Return one page of the Xero people a person should look at, the longest waiting first."""
    actor.require(Permission.VIEW_INTEGRATION)
    found = _waiting(actor)
    total = found.count()
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    rows = list(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE])
    return ReviewPage(tuple(_proposals(actor, rows)), number, pages, total)


@scoped_part
def list_proposals(actor: Actor, *, only: Collection[UUID] | None = None) -> list[ProposalPage]:
    """Return everybody who waits, or those of them whose proposals are asked for."""
    actor.require(Permission.VIEW_INTEGRATION)
    found = _waiting(actor)
    return _proposals(actor, list(found if only is None else found.filter(proposal_id__in=only)))


def _waiting(actor: Actor) -> QuerySet[MatchProposal]:
    rows = MatchProposal.objects.filter(account_id=actor.account_id, decided_at__isnull=True, **IN_USE)
    return rows.order_by("opened_at", "proposal_id")


def _proposals(actor: Actor, rows: Sequence[MatchProposal]) -> list[ProposalPage]:
    may_see = actor.may(Permission.VIEW_EMPLOYEES)
    wanted = _candidates(rows)
    ours = {record.employee_id: record for record in list_by_id(actor, employee_ids=wanted)} if may_see else {}
    theirs = _theirs(actor, rows)
    links = _Links(actor, rows, wanted)
    return [
        _proposal(row, theirs.get(row.xero_employee_id) or _as_opened(row), ours, links, may_see=may_see)
        for row in rows
    ]


def _theirs(actor: Actor, rows: Sequence[MatchProposal]) -> dict[UUID, XeroEmployee]:
    """Return the Xero people of some rows as they were read last."""
    if not rows:
        return {}
    wanted = [row.xero_employee_id for row in rows]
    known = mirror.load(actor.account_id, rows[0].connection_id, only=wanted)
    return {person.xero_employee_id: person for _, person in known}


def _as_opened(row: MatchProposal) -> XeroEmployee:
    return proposals.summary_of(row) or XeroEmployee(row.xero_employee_id)


def _candidates(rows: Iterable[MatchProposal]) -> set[UUID]:
    return {UUID(str(candidate)) for row in rows for candidate in row.candidate_ids}


class _Links:
    """Who of those in some proposals is linked to whom."""

    def __init__(self, actor: Actor, rows: Iterable[MatchProposal], ours: set[UUID]) -> None:
        theirs = [row.xero_employee_id for row in rows]
        found = list(
            Binding.objects.filter(account_id=actor.account_id, **IN_USE).filter(
                Q(employee_id__in=ours) | Q(xero_employee_id__in=theirs)
            )
        )
        self._ours = {row.employee_id for row in found}
        self._theirs = {row.xero_employee_id for row in found}

    def obstacle(self, employee_id: UUID, xero_employee_id: UUID) -> str:
        """Say why two cannot be linked as they are, or ""."""
        if xero_employee_id in self._theirs:
            return "The person in Xero is linked to another record here: that record and this one may be doubled."
        if employee_id in self._ours:
            return "This record is linked to another employee in Xero: the two in Xero may be doubled."
        return ""


def _proposal(
    row: MatchProposal, person: XeroEmployee, ours: Mapping[UUID, EmployeeRecord], links: _Links, *, may_see: bool
) -> ProposalPage:
    candidates = [ours[UUID(str(one))] for one in row.candidate_ids if UUID(str(one)) in ours]
    candidates.sort(key=lambda record: record.employee_number)
    return ProposalPage(
        proposal_id=row.proposal_id,
        xero_employee_id=row.xero_employee_id,
        person=person.full_name if may_see else words.HIDDEN,
        reason=words.proposal_reason(row.reason_code),
        candidates=tuple(_likeness(record, person, links) for record in candidates),
        opened_at=row.opened_at,
    )


def _likeness(record: EmployeeRecord, person: XeroEmployee, links: _Links) -> Likeness:
    return Likeness(
        employee_id=record.employee_id,
        person=record.full_name,
        employee_number=record.employee_number,
        lines=tuple(_line(found) for found in compare(record, person)),
        obstacle=links.obstacle(record.employee_id, person.xero_employee_id),
    )


def _line(found: Compared) -> ComparedLine:
    return ComparedLine(
        found.field.label, words.value_in_words(found.ours), words.value_in_words(found.theirs), found.agreement
    )


@scoped_part
def list_decided(actor: Actor) -> list[DecidedPage]:
    """Return what was decided and can be asked again, the newest first: at most DECIDED_SHOWN."""
    actor.require(Permission.VIEW_INTEGRATION)
    found = MatchProposal.objects.filter(
        account_id=actor.account_id, decision__in=proposals.REPEATABLE, decided_at__isnull=False, **IN_USE
    )
    rows = list(found.order_by("-decided_at", "proposal_id")[:DECIDED_SHOWN])
    may_see = actor.may(Permission.VIEW_EMPLOYEES)
    theirs = {xero_employee_id: person.full_name for xero_employee_id, person in _theirs(actor, rows).items()}
    ours = names_of(actor, employee_ids=_candidates(rows)) if may_see else {}
    return [_decided(row, theirs, ours, may_see=may_see) for row in rows]


def _decided(row: MatchProposal, theirs: Mapping[UUID, str], ours: Mapping[UUID, str], *, may_see: bool) -> DecidedPage:
    person = theirs.get(row.xero_employee_id, "Somebody no longer in Xero")
    people = [ours.get(UUID(str(candidate)), NO_LONGER_HERE) for candidate in row.candidate_ids]
    return DecidedPage(
        proposal_id=row.proposal_id,
        person=person if may_see else words.HIDDEN,
        candidates=tuple(people) if may_see else (words.HIDDEN,),
        decision=row.decision,
        sentence=words.DECIDED[row.decision],
        decided_at=row.decided_at or row.opened_at,
        by_user_id=row.decided_by_user_id,
    )


@scoped_part
def list_matches(actor: Actor, *, employee_id: UUID | None = None, limit: int | None = None) -> list[MatchPage]:
    """Return the linked people, newest link first; the one of `employee_id`, or at most `limit`, where given."""
    actor.require(Permission.VIEW_INTEGRATION)
    found = Binding.objects.filter(account_id=actor.account_id, **IN_USE)
    if employee_id is not None:
        found = found.filter(employee_id=employee_id)
    theirs = XeroPerson.objects.filter(
        connection_id=OuterRef("connection_id"), xero_employee_id=OuterRef("xero_employee_id")
    )
    found = found.annotate(read_at=Subquery(theirs.values("read_at")[:1])).only(*SHOWN_OF_A_LINK)
    rows = list(found.order_by("-bound_at", "binding_id")[:limit])
    may_see = actor.may(Permission.VIEW_EMPLOYEES)
    names = names_of(actor, employee_ids=[row.employee_id for row in rows]) if may_see else {}
    return [
        MatchPage(
            binding_id=row.binding_id,
            employee_id=row.employee_id,
            xero_employee_id=row.xero_employee_id,
            person=names.get(row.employee_id, words.HIDDEN),
            matched_by=row.matched_by,
            sentence=words.MATCHES.get(row.matched_by, ""),
            bound_at=row.bound_at,
            read_at=row.read_at,
        )
        for row in rows
    ]


@scoped_part
def links_of(actor: Actor, *, employee_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """Return the links of some people: by both ids, the id of the link."""
    actor.require(Permission.VIEW_INTEGRATION)
    rows = Binding.objects.filter(account_id=actor.account_id, employee_id__in=set(employee_ids), **IN_USE)
    return {(row.employee_id, row.xero_employee_id): row.binding_id for row in rows}

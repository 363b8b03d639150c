"""What runs did, line by line, as the page "What changed" shows it: which record, which fields, how it ended."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema
from pydantic import AwareDatetime

from tandem.api.auth import actor_of
from tandem.xero import facade
from tandem.xero.facade import HistoryFilter, HistoryLine, HistoryPage, SharedField, StepStatus

router = Router(tags=["runs"])


class HistoryIn(Schema):
    """Which lines: of one record, from `since` on and before `before` (with their offsets), to one side, field or outcome."""

    employee_id: UUID | None = None
    since: AwareDatetime | None = None
    before: AwareDatetime | None = None
    target: Literal["", "hr", "xero"] = ""
    field: SharedField | None = None
    status: StepStatus | None = None
    page: int = Field(1, ge=1)

    @property
    def wanted(self) -> HistoryFilter:
        """Return what is asked for."""
        return HistoryFilter(
            employee_id=self.employee_id,
            since=self.since,
            before=self.before,
            target=self.target,
            field=self.field.value if self.field else "",
            status=self.status,
        )


class HistoryLineOut(Schema):
    """What one run did to one record. Values stay on the page."""

    step_id: UUID
    at: datetime
    run_id: UUID
    employee_id: UUID | None
    target: str
    sentence: str
    fields: list[str]
    status: str

    @classmethod
    def of(cls, line: HistoryLine) -> "HistoryLineOut":
        """Make it from the line; what a side answered is left out, since it may quote a value."""
        return cls(
            step_id=line.step_id,
            at=line.at,
            run_id=line.run_id,
            employee_id=line.employee_id,
            target=line.target,
            sentence=line.sentence,
            fields=list(line.fields),
            status=line.status.value,
        )


class HistoryOut(Schema):
    """One page of lines, the newest first."""

    page: int
    pages: int
    total: int
    lines: list[HistoryLineOut]

    @classmethod
    def of(cls, page: HistoryPage) -> "HistoryOut":
        """Make it from the page."""
        return cls(
            page=page.number,
            pages=page.pages,
            total=page.total,
            lines=[HistoryLineOut.of(line) for line in page.lines],
        )


@router.get("/history", response=HistoryOut, summary="What runs did")
def show_history(
    request: HttpRequest,
    account_id: Path[UUID],  # noqa: ARG001  the key is checked against it
    asked: Query[HistoryIn],
) -> HistoryOut:
    """Return what runs did, the newest first: when, to which record, on which side, which fields, how it ended."""
    return HistoryOut.of(facade.list_history(actor_of(request), wanted=asked.wanted, page=asked.page))

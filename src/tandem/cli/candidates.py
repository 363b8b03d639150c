"""`tandem candidate list | add | hire | match | remove`: people who may be hired, as on their page."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from tandem.cli.persons import acting, actor_for, reading, tell

if TYPE_CHECKING:
    from tandem.people.candidate_rules import CandidateRecord
    from tandem.people.records import EmployeeRecord

    Listed = tuple[CandidateRecord, tuple[EmployeeRecord, ...]]

CANDIDATE = click.argument("candidate_id", type=UUID)


@click.group()
def candidate() -> None:
    """Look after the people who may be hired."""


@candidate.command(name="list")
@reading
def show_all(*, account: str, email: str, as_json: bool) -> None:
    """List the open candidates, and the employees who may be the same person."""
    actor = actor_for(account, email)
    from tandem.people.candidates import list_candidates

    found = list_candidates(actor)
    tell(map(_plain, found), map(_line, found), as_json=as_json, empty="There are no candidates.")


@candidate.command()
@acting
@click.option("--first-name", required=True, help="First name.")
@click.option("--last-name", required=True, help="Last name.")
@click.option("--born", type=click.DateTime(["%Y-%m-%d"]), help="Date of birth, by which they are known in Xero.")
@click.option("--mail", default="", help="Their own email address.")
@click.option("--mobile", default="", help="Mobile.")
@click.option("--job-title", default="", help="What they would do.")
def add(
    *,
    account: str,
    email: str,
    first_name: str,
    last_name: str,
    born: datetime | None,
    mail: str,
    mobile: str,
    job_title: str,
) -> None:
    """Enter a candidate; print their id."""
    actor = actor_for(account, email)
    from tandem.people.candidate_rules import CandidateDetails
    from tandem.people.candidates import enter_candidate

    born_on = born.date() if born else None
    details = CandidateDetails(first_name.strip(), last_name.strip(), born_on, mail, mobile, job_title)
    click.echo(enter_candidate(actor, details=details))


@candidate.command()
@acting
@CANDIDATE
def hire(*, account: str, email: str, candidate_id: UUID) -> None:
    """Make an employee of a candidate; print the id of the record."""
    actor = actor_for(account, email)
    from tandem.people.candidates import hire_candidate

    click.echo(hire_candidate(actor, candidate_id).employee_id)


@candidate.command()
@acting
@CANDIDATE
@click.option("--employee", "employee_id", type=UUID, required=True, help="The record that they already have.")
def match(*, account: str, email: str, candidate_id: UUID, employee_id: UUID) -> None:
    """Say that a candidate is an employee already; the record takes over what it lacks."""
    actor = actor_for(account, email)
    from tandem.people.candidates import join_candidate

    record = join_candidate(actor, candidate_id, employee_id=employee_id)
    click.echo(f"The candidate is {record.full_name}.")


@candidate.command()
@acting
@CANDIDATE
def remove(*, account: str, email: str, candidate_id: UUID) -> None:
    """Remove a candidate for good."""
    actor = actor_for(account, email)
    from tandem.people.candidates import remove_candidate

    remove_candidate(actor, candidate_id)
    click.echo("Removed.")


def _plain(listed: "Listed") -> dict[str, Any]:
    found, alike = listed
    return {
        "candidate_id": found.candidate_id,
        **vars(found.details),
        "entered_at": found.entered_at,
        "may_be": [one.employee_id for one in alike],
    }


def _line(listed: "Listed") -> str:
    found, alike = listed
    may_be = "".join(f"  may be {one.full_name} ({one.employee_id})" for one in alike)
    return f"{found.candidate_id}  {found.full_name}{may_be}"

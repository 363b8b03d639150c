"""What can go wrong with people."""

from tandem.kernel.errors import Invalid, NotFound, Problem


class EmployeeNotFound(NotFound):
    """There is no such employee in this account, or the actor may not know of them."""

    code = "employee_not_found"
    public_message = "There is no such employee here. The record may have been removed, or the address is mistyped."


class NumberTaken(Invalid):
    """Another employee of the account has this employee ID."""

    code = "employee_number_taken"

    def __init__(self, number: str) -> None:
        super().__init__(
            Problem(
                "employee_number", f"Employee ID {number} belongs to somebody else. Choose another, or leave it blank."
            )
        )


class ChangedMeanwhile(Invalid):
    """Somebody else saved the record while this person was typing."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "",
                "Somebody else changed this record while you were typing, so nothing was saved. "
                "Your values are kept below: check them against the record, then save again.",
            )
        )


class BankChangeWaits(Invalid):
    """Another change of somebody's bank accounts waits for a second person."""

    code = "bank_change_waits"

    def __init__(self) -> None:
        super().__init__(
            Problem(
                "bank_accounts",
                "Another change of these bank accounts waits for a second person. Decide it first; nothing was changed.",
            )
        )

"""The root of the error tree: what happened, to whom, and what to do next.

`code` is stable and machine readable; `public_message` is for the person in front of the screen. Neither ever carries a
name, a token or a payload that the reader may not see.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing to fix: `field` names the form or record field ("" for the whole), `message` says what and how."""

    field: str
    message: str


class TandemError(Exception):
    """Something a person can act on."""

    code = "tandem_error"
    public_message = "Something went wrong. Nothing was changed. Try again, and tell support if it happens again."

    def __init__(self, public_message: str = "", *, code: str = "") -> None:
        self.public_message = public_message or self.public_message
        self.code = code or self.code
        super().__init__(self.public_message)


class NotPermitted(TandemError):
    """The actor may not do this."""

    code = "not_permitted"
    public_message = "You do not have access to this. Ask an administrator of the account for the role it needs."


class NotFound(TandemError):
    """There is no such thing, or not for this actor."""

    code = "not_found"
    public_message = "There is nothing here. It may have been removed, or the address is mistyped."


class Invalid(TandemError):
    """What was sent cannot be accepted; every problem is listed."""

    code = "invalid"
    public_message = "Some of this needs fixing before it can be saved."

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.message for problem in problems))


class Misconfigured(TandemError):
    """The installation's settings are wrong; the sentence names the setting."""

    code = "misconfigured"


class ScopeViolation(TandemError):
    """Code tried to reach a second account inside the scope of a first. Always a defect."""

    code = "scope_violation"
    public_message = "Two accounts were mixed. Nothing was changed. Please tell support."

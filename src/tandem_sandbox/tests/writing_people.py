"""Writing one employee in a test, and reading what was refused."""

from typing import Any

from tandem_sandbox.tests.caller import EMPLOYEES, Caller


def update(rosa: Caller, person: str, **changes: Any) -> Any:
    """Post changes of one employee."""
    return rosa.post(f"{EMPLOYEES}/{person}", [changes])


def saved(rosa: Caller, person: str, **changes: Any) -> dict[str, Any]:
    """Post changes that must be accepted and return the employee."""
    answer = update(rosa, person, **changes)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (after,) = answer.get_json()["Employees"]
    assert isinstance(after, dict)
    return after


def messages(answer: Any) -> list[str]:
    """Return the sentences of a refusal."""
    assert answer.status_code == 400, answer.get_data(as_text=True)
    (record,) = answer.get_json()["Employees"]
    return [item["Message"] for item in record["ValidationErrors"]]

"""Pay templates, whose ordinary line Xero makes by itself, and opening balances (xero.md 4.1)."""

from collections.abc import Mapping
from typing import Any

from tandem_sandbox.world import pay_lines, shapes
from tandem_sandbox.world.case import Case
from tandem_sandbox.world.pay_lines import OPENING_BALANCES, PAY_TEMPLATE
from tandem_sandbox.world.shapes import day, text

Fields = Mapping[str, Any]
BALANCES: shapes.Shape = {
    "OpeningBalanceDate": day(),
    "Tax": text(20, pattern=r"-?\d+(\.\d+)?", says="must be a number."),
}


def tidied_balances(balances: Fields) -> dict[str, Any]:
    """Return opening balances as they are kept."""
    lines = {name: value for name, value in balances.items() if name in OPENING_BALANCES}
    plain = {name: value for name, value in balances.items() if name not in OPENING_BALANCES}
    return {**shapes.tidied(plain, BALANCES), **pay_lines.tidied(lines, OPENING_BALANCES)}


def problems(case: Case) -> list[str]:
    """Say what is wrong with the template and the opening balances that were sent."""
    errors: list[str] = []
    template = case.sent.get("PayTemplate")
    if template:
        errors += [f"'{name}' is not a valid element in PayTemplate" for name in template if name not in PAY_TEMPLATE]
        errors += pay_lines.problems(template, PAY_TEMPLATE, case=case) + _ordinary(case, template)
    balances = case.sent.get("OpeningBalances")
    if balances:
        plain = {name: value for name, value in balances.items() if name not in OPENING_BALANCES}
        errors += shapes.problems(plain, BALANCES, type_name="OpeningBalances")
        errors += pay_lines.problems(balances, OPENING_BALANCES, case=case)
        if shapes.is_blank(balances.get("OpeningBalanceDate")):
            errors.append("The Opening Balance Date is required.")
    return errors


def _ordinary(case: Case, template: Fields) -> list[str]:
    had = _count(case.before.get("PayTemplate") or {}, case.before.get("OrdinaryEarningsRateID"))
    if _count(template, case.fields.get("OrdinaryEarningsRateID")) <= had:
        return []
    return ["Unable to add Pay Template Earnings Line: the ordinary earnings line is auto generated."]


def _count(template: Fields, rate_id: object) -> int:
    lines = template.get("EarningsLines") or ()
    return sum(1 for line in lines if rate_id is not None and line.get("EarningsRateID") == rate_id)


def settled(fields: Fields, *, before: Fields) -> dict[str, Any] | None:
    """Return the template as Xero keeps it: all five lists, the ordinary line first, unusable super lines gone."""
    template, rate_id = fields.get("PayTemplate"), fields.get("OrdinaryEarningsRateID")
    if template is None and rate_id is None:
        return None
    lists = {name: list((template or {}).get(name) or ()) for name in PAY_TEMPLATE}
    lists["SuperLines"] = [line for line in lists["SuperLines"] if not pay_lines.is_dropped(line)]
    if rate_id is not None:
        lists["EarningsLines"] = _with_ordinary(lists["EarningsLines"], str(rate_id), before=before)
    return dict(lists)


def _with_ordinary(lines: list[dict[str, Any]], rate_id: str, *, before: Fields) -> list[dict[str, Any]]:
    if any(line.get("EarningsRateID") == rate_id for line in lines):
        return lines
    old_id = before.get("OrdinaryEarningsRateID")
    old_lines = (before.get("PayTemplate") or {}).get("EarningsLines") or ()
    old = next((line for line in old_lines if line.get("EarningsRateID") == old_id), None)
    made = {"CalculationType": "USEEARNINGSRATE", "NormalNumberOfUnits": 0.0}
    others = [line for line in lines if old_id is None or line.get("EarningsRateID") != old_id]
    return [{**(old or made), "EarningsRateID": rate_id}, *others]

"""Whatever is sent to the simulator, an answer comes back that Xero's own files allow: a short run of the fuzz."""

import os
import warnings

import pytest
from tests.conformance.fuzz import Fuzz, fuzz
from tests.conformance.specification import IDENTITY

pytestmark = [
    pytest.mark.unmeasured,
    pytest.mark.skipif(
        not os.environ.get("XERO_OPENAPI_DIR"),
        reason="XERO_OPENAPI_DIR is not set: it names the folder with Xero's published specification files",
    ),
]


def test_generated_requests_find_no_crash_and_no_answer_that_does_not_fit() -> None:
    verdict = fuzz(examples=2)
    assert verdict.requests > 100
    assert verdict.wrong == {}


@pytest.mark.parametrize(
    ("fault", "says"),
    [({"fault": "status", "status": 500}, "a 500 that nobody asked for"), ({"fault": "broken_json"}, "no JSON")],
)
def test_a_500_and_an_answer_that_does_not_fit_are_found(fault: dict[str, object], says: str) -> None:
    trial = Fuzz()
    trial.sandbox.control("POST", "faults", {"path": "/connections", "method": "GET", **fault})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trial.run(IDENTITY, examples=1)
    (found,) = trial.verdict.wrong.values()
    assert found.startswith(says)

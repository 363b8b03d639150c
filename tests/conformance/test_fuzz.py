"""Whatever is sent to the simulator, an answer comes back that Xero's own files allow: a short run of the fuzz."""

import os

import pytest
from tests.conformance.fuzz import fuzz


@pytest.mark.unmeasured
def test_generated_requests_find_no_crash_and_no_answer_that_does_not_fit() -> None:
    if not os.environ.get("XERO_OPENAPI_DIR"):
        pytest.skip("XERO_OPENAPI_DIR is not set: it names the folder with Xero's published specification files")
    verdict = fuzz(examples=2)
    assert verdict.requests > 100
    assert verdict.wrong == {}

"""The story of the product from first to last, by the labels that a person reads, in the demo that a stranger starts."""

from collections.abc import Callable

import pytest
from tests.browser.conftest import Demo, Visitor
from tests.browser.walk import Walk

from tandem.testing.xero import FEW

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]


def test_the_story_can_be_walked_from_first_to_last(demo: Demo, arrive: Callable[[], Visitor]) -> None:
    demo.control("POST", "reset", {"employees": FEW})
    walk = Walk(alice=arrive(), sam=arrive())
    walk.from_first_to_last()
    assert walk.alice.complaints == []
    assert walk.sam.complaints == []

"""The story of the product from first to last, by the labels that a person reads, in the demo that a stranger starts."""

from collections.abc import Callable

import pytest
from tests.browser.conftest import Visitor
from tests.browser.walk import Walk

pytestmark = [pytest.mark.browser, pytest.mark.unmeasured]


def test_the_story_can_be_walked_from_first_to_last(arrive: Callable[[], Visitor]) -> None:
    walk = Walk(alice=arrive(), sam=arrive())
    walk.from_first_to_last()
    assert walk.alice.complaints == []
    assert walk.sam.complaints == []

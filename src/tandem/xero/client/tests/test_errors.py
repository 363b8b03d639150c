"""What is kept of an answer besides its class."""

import pytest

from tandem.xero.client.errors import correlation_id_of


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("4f1c7c52-9d1e-4f8e-8a35-0d9a1b2c3d4e", "4f1c7c52-9d1e-4f8e-8a35-0d9a1b2c3d4e"),
        ("Ada Lovelace, TFN 123 456 782", ""),  # words are nobody's correlation id
        ("", ""),
        ("a" * 61, ""),
    ],
)
def test_a_correlation_id_is_kept_only_if_it_looks_like_one(sent: str, kept: str) -> None:
    assert correlation_id_of({"xero-correlation-id": sent}) == kept

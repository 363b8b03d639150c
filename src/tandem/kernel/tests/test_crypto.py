"""A sealed value opens in its own place, with its own keys, and nowhere else."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem.kernel import crypto
from tandem.kernel.crypto import DataKey, MasterKey, Place, Unreadable, VaultUnavailable

pytestmark = pytest.mark.unmeasured

MASTER = MasterKey(b"m" * 32)
ACCOUNT, OTHER = UUID(int=1), UUID(int=2)
KEY = DataKey(ACCOUNT, b"d" * 32)
PLACE = Place("xero_grant.refresh_token", UUID(int=3))


@given(st.text())
def test_what_is_sealed_can_be_unsealed_in_its_place(plain: str) -> None:
    assert crypto.unseal(KEY, crypto.seal(KEY, plain, place=PLACE), place=PLACE) == plain


def test_the_same_value_is_never_sealed_alike_twice() -> None:
    assert crypto.seal(KEY, "token", place=PLACE) != crypto.seal(KEY, "token", place=PLACE)


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (DataKey(OTHER, KEY.secret), PLACE),  # moved to another account
        (KEY, Place("xero_grant.access_token", PLACE.row_id)),  # to another column
        (KEY, Place(PLACE.column, uuid4())),  # to another row
        (DataKey(ACCOUNT, b"x" * 32), PLACE),  # opened with another key
    ],
)
def test_a_value_moved_elsewhere_does_not_open(key: DataKey, place: Place) -> None:
    with pytest.raises(Unreadable):
        crypto.unseal(key, crypto.seal(KEY, "token", place=PLACE), place=place)


def test_an_altered_value_does_not_open() -> None:
    sealed = bytearray(crypto.seal(KEY, "token", place=PLACE))
    sealed[-1] ^= 1
    with pytest.raises(Unreadable):
        crypto.unseal(KEY, bytes(sealed), place=PLACE)


def test_a_value_of_an_unknown_format_does_not_open() -> None:
    with pytest.raises(Unreadable):
        crypto.unseal(KEY, b"\x07" + b"0" * 40, place=PLACE)


def test_a_data_key_survives_wrapping() -> None:
    assert crypto.unwrap(MASTER, ACCOUNT, crypto.wrap(MASTER, KEY)) == KEY


def test_a_data_key_of_one_account_is_not_taken_for_another() -> None:
    with pytest.raises(VaultUnavailable):
        crypto.unwrap(MASTER, OTHER, crypto.wrap(MASTER, KEY))


def test_another_master_key_opens_nothing() -> None:
    with pytest.raises(VaultUnavailable):
        crypto.unwrap(MasterKey(b"n" * 32), ACCOUNT, crypto.wrap(MASTER, KEY))


def test_without_a_master_key_the_vault_says_so() -> None:
    nothing = MasterKey(b"")
    with pytest.raises(VaultUnavailable):
        crypto.wrap(nothing, KEY)
    with pytest.raises(VaultUnavailable):
        crypto.unwrap(nothing, ACCOUNT, b"")


def test_fingerprints_tell_equal_values_of_one_account_and_purpose_only() -> None:
    ours = crypto.fingerprint(KEY, "value", purpose="tfn")
    assert ours == crypto.fingerprint(KEY, "value", purpose="tfn")
    assert ours != crypto.fingerprint(KEY, "value", purpose="bank")
    assert ours != crypto.fingerprint(DataKey(OTHER, b"e" * 32), "value", purpose="tfn")


def test_keys_never_show_themselves() -> None:
    assert "mmm" not in repr(MASTER)
    assert "ddd" not in repr(KEY)

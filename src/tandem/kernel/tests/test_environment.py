"""Settings come from the environment, typed, and nothing unknown is accepted."""

import base64
from pathlib import Path

import pytest

from tandem.kernel.env import Environment
from tandem.kernel.errors import Misconfigured


def test_a_flag_takes_only_true_and_false() -> None:
    env = Environment({"TANDEM_DEMO": "yes"})
    with pytest.raises(Misconfigured, match="TANDEM_DEMO must be True or False"):
        env.flag("TANDEM_DEMO", default=False, says="")


def test_an_absent_flag_has_its_default() -> None:
    assert Environment({}).flag("TANDEM_DEMO", default=True, says="") is True


@pytest.mark.parametrize(("value", "says"), [("many", "whole number"), ("-1", "at least 0"), ("1.5", "whole number")])
def test_a_number_that_is_none_or_too_small_is_refused_by_name(value: str, says: str) -> None:
    with pytest.raises(Misconfigured, match=f"TANDEM_N must be .*{says}"):
        Environment({"TANDEM_N": value}).integer("TANDEM_N", 3, says="")


def test_an_address_without_a_scheme_is_refused() -> None:
    with pytest.raises(Misconfigured, match="full address"):
        Environment({"TANDEM_U": "example.com"}).url("TANDEM_U", "", says="")


def test_the_slash_at_the_end_of_an_address_is_dropped() -> None:
    assert Environment({"TANDEM_U": "https://x.example/"}).url("TANDEM_U", "", says="") == "https://x.example"


@pytest.mark.parametrize("value", ["not base64!", base64.b64encode(b"short").decode()])
def test_a_key_must_be_thirty_two_bytes_of_base64(value: str) -> None:
    with pytest.raises(Misconfigured, match="32 bytes"):
        Environment({"TANDEM_K": value}).key("TANDEM_K", says="")


def test_a_mounted_file_serves_as_a_value(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    assert Environment({"TANDEM_S_FILE": str(tmp_path / "secret")}).text("TANDEM_S", says="") == "from a file"


def test_a_mounted_file_that_is_missing_is_named() -> None:
    with pytest.raises(Misconfigured, match="TANDEM_S_FILE names a file that cannot be read"):
        Environment({"TANDEM_S_FILE": "/nowhere/at/all"}).text("TANDEM_S", says="")


def test_a_value_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="Both TANDEM_S and TANDEM_S_FILE"):
        Environment({"TANDEM_S": "a", "TANDEM_S_FILE": str(tmp_path)}).text("TANDEM_S", says="")


def test_an_unknown_name_is_refused_and_a_declared_one_is_not() -> None:
    env = Environment({"TANDEM_KNOWN": "1", "TANDEM_KNWON": "2", "HOME": "/"})
    env.text("TANDEM_KNOWN", says="")
    with pytest.raises(Misconfigured, match="Unknown setting: TANDEM_KNWON"):
        env.refuse_unknown()


def test_the_default_of_a_secret_is_not_listed() -> None:
    env = Environment({})
    env.text("TANDEM_S", "never shown", says="", secret=True)
    assert env.declared["TANDEM_S"].default == ""

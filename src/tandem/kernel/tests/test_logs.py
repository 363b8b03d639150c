"""Logs say that something failed and where; never what it was about."""

import logging

from tandem.kernel.log import NamesOnlyTheError


def test_a_traceback_is_reduced_to_the_error_and_its_place() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "failed", None, None)
    try:
        raise ValueError("TFN 123 456 782 of Ada")
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    NamesOnlyTheError().filter(record)
    assert record.exc_info is None
    assert record.__dict__["error_type"] == "ValueError"
    assert record.__dict__["error_at"].startswith("test_logs.py:")
    assert "Ada" not in str(record.__dict__)


def test_a_record_without_an_error_is_left_alone() -> None:
    record = logging.LogRecord("x", logging.INFO, "f.py", 1, "fine", None, None)
    assert NamesOnlyTheError().filter(record)
    assert "error_type" not in record.__dict__

"""Structured logs: one JSON object a line, holding ids, codes, counts and durations. Never a value, never a payload."""

import logging
import sys
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


# What a log record may carry besides its message: ids, codes, and where an error was.
WORDS_OF_A_RECORD = ("error_type", "error_at", "status_code", "kind", "account", "run")


class NamesOnlyTheError(logging.Filter):
    """Reduce a traceback to the exception's type and place, since its text may quote a payload."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[0] is not None:
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            at = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
            record.error_type, record.error_at = record.exc_info[0].__name__, at
            record.exc_info, record.exc_text = None, None
        return True


def configure(*, level: str = "INFO") -> dict[str, Any]:
    """Set structlog up and return the LOGGING dictionary for Django."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"names_only": {"()": NamesOnlyTheError}},
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*_SHARED, structlog.stdlib.ExtraAdder(list(WORDS_OF_A_RECORD))],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {
            "out": {
                "class": "logging.StreamHandler",
                "stream": sys.stdout,
                "formatter": "json",
                "filters": ["names_only"],
            }
        },
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "procrastinate": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},
            "httpcore2": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
        },
    }

"""The common troubles, each ready to be switched on with one press or one call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Preset:
    """One trouble: a fault as the control API takes it, or call limits as the control API takes them."""

    key: str
    label: str
    meaning: str
    fault: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)


PRESETS = (
    Preset(
        "lost_write",
        "The answer to the next write is lost",
        "One POST to payroll is done, and the connection closes before its answer.",
        {"path": "/payroll.xro/*", "method": "POST", "fault": "committed_but_lost", "count": 1},
    ),
    Preset(
        "late_write",
        "The next write lands a minute late",
        "One POST to payroll gets no answer and is done 60 seconds later.",
        {"path": "/payroll.xro/*", "method": "POST", "fault": "committed_late", "seconds": 60, "count": 1},
    ),
    Preset(
        "next_call_dropped",
        "The next call is dropped",
        "The connection closes before anything is done, once.",
        {"path": "*", "fault": "dropped", "count": 1},
    ),
    Preset(
        "xero_down",
        "Xero is down for everybody",
        "Every call, signing in too, is answered 503 until it is switched off.",
        {"path": "*", "fault": "status", "status": 503},
    ),
    Preset(
        "token_endpoint_down",
        "Token endpoint down",
        "No code and no refresh token is taken; what has a token goes on.",
        {"path": "/connect/token", "fault": "status", "status": 503, "text": "unavailable"},
    ),
    Preset(
        "payroll_refused",
        "Xero refuses all payroll data",
        "Every payroll call is a 403, as when the user lost access; the token still refreshes.",
        {"path": "/payroll.xro/*", "fault": "status", "status": 403},
    ),
    Preset(
        "server_errors",
        "Every second payroll call fails",
        "A 500 by chance, half of the time, with nothing done.",
        {"path": "/payroll.xro/*", "fault": "status", "status": 500, "probability": 0.5},
    ),
    Preset(
        "edge_page",
        "A 502 page from in front of Xero",
        "HTML where JSON was asked for, on every payroll call.",
        {"path": "/payroll.xro/*", "fault": "html_502"},
    ),
    Preset(
        "slow_answers",
        "Every answer takes 10 seconds",
        "Long enough to meet a timeout or a full queue.",
        {"path": "*", "fault": "slow", "seconds": 10},
    ),
    Preset(
        "half_answers",
        "Answers stop half way",
        "Three payroll calls are done, and half of the answer arrives.",
        {"path": "/payroll.xro/*", "fault": "truncated", "count": 3},
    ),
    Preset(
        "page_shift",
        "One record is on no page",
        "The list moves between two pages, so somebody is never read.",
        {"path": "/payroll.xro/1.0/employees", "fault": "record_missing"},
    ),
    Preset(
        "unknown_values",
        "Values nobody has heard of",
        "The first record carries a new value wherever Xero has a list of them.",
        {"path": "/payroll.xro/*", "method": "GET", "fault": "unknown_enum"},
    ),
    Preset(
        "minute_limit",
        "Minute limit reached",
        "Every call in an organisation is a 429 with Retry-After, until the limits are put back.",
        limits={"minute": 0},
    ),
    Preset(
        "day_limit",
        "Day limit reached",
        "As above, to the end of the day's window.",
        limits={"day": 0},
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}

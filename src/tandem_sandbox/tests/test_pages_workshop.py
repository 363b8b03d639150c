"""The fault panel, the request log, switches and limits as pages; and that the control API does all of it too."""

from datetime import timedelta

import pytest
from werkzeug.test import Client

from tandem_sandbox.faults import MEANINGS, Kind
from tandem_sandbox.presets import PRESETS
from tandem_sandbox.testing import ControlRefused, Sandbox
from tandem_sandbox.tests.caller import AMIR, BAKERY, BOOKS, EMPLOYEES, organisation_id, quiet_sandbox, sign_in
from tandem_sandbox.tests.pressing import send, text_of, wrong_fields
from tandem_sandbox.ui import words
from tandem_sandbox.world.switches import SWITCHES


@pytest.fixture
def sandbox() -> Sandbox:
    return quiet_sandbox(employees=4)


@pytest.fixture
def web(sandbox: Sandbox) -> Client:
    return sandbox.app.test_client()


def test_the_form_offers_every_kind_of_fault_and_says_what_it_does(web: Client) -> None:
    html = web.get("/faults").get_data(as_text=True)
    assert [kind for kind in Kind if f'<option value="{kind.value}"' not in html] == []
    shown = text_of(web.get("/faults"))
    assert [meaning for meaning in MEANINGS.values() if meaning not in shown] == []


def test_a_fault_that_cannot_be_names_every_wrong_field_and_keeps_what_was_typed(web: Client) -> None:
    bad = {"fault": "slow", "path": "no slash", "status": "9", "seconds": "-1", "count": "0", "probability": "often"}
    answer = send(web, "/faults", "/faults", **bad)
    assert answer.status_code == 400
    assert wrong_fields(answer) == ["path", "status", "seconds", "count", "probability"]
    assert 'value="no slash"' in answer.get_data(as_text=True)
    assert "No fault is on" in text_of(answer)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_each_preset_is_one_press_and_is_one_call(sandbox: Sandbox, web: Client, preset: object) -> None:
    key = getattr(preset, "key", "")
    shown = text_of(send(web, "/faults", f"/faults/presets/{key}"))
    assert f"{getattr(preset, 'label', '')}: it is on." in shown
    assert "Switch all off" in shown
    pressed = sandbox.control("GET", "faults"), sandbox.control("GET", "limits")
    assert "No fault is on" in text_of(send(web, "/faults", "/faults/clear"))
    assert not sandbox.simulator.limits.is_changed
    sandbox.control("POST", f"faults/presets/{key}")
    called = sandbox.control("GET", "faults"), sandbox.control("GET", "limits")
    assert [_unnumbered(row) for row in called[0]] == [_unnumbered(row) for row in pressed[0]]
    assert called[1] == pressed[1]


def _unnumbered(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name != "id"}


def test_a_preset_nobody_knows_is_refused(sandbox: Sandbox, web: Client) -> None:
    assert send(web, "/faults", "/faults/presets/nonsense").status_code == 404
    with pytest.raises(ControlRefused, match="There is no preset nonsense"):
        sandbox.control("POST", "faults/presets/nonsense")
    assert "lost_write" in [row["key"] for row in sandbox.control("GET", "faults/presets")]


def test_the_minute_limit_preset_is_xeros_own_answer_until_the_limits_are_put_back(
    sandbox: Sandbox, web: Client
) -> None:
    rosa = sign_in(sandbox)
    send(web, "/faults", "/faults/presets/minute_limit")
    refused = rosa.get(EMPLOYEES)
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "minute")
    assert "Limits changed" in text_of(web.get("/"))
    send(web, "/faults", "/faults/limits/off")
    assert rosa.get(EMPLOYEES).status_code == 200


def test_every_page_says_what_is_not_as_at_the_start(sandbox: Sandbox, web: Client) -> None:
    sandbox.clock.run()
    assert 'class="state"' not in web.get("/").get_data(as_text=True)
    sandbox.control("POST", "faults", {"path": "*", "fault": "dropped"})
    sandbox.control("PATCH", "switches", {"refresh_retry": "same"})
    sandbox.clock.freeze()
    shown = text_of(web.get("/users"))
    assert "1 fault on 1 switch changed Clock stopped" in shown


@pytest.fixture
def told(sandbox: Sandbox) -> Sandbox:
    """A simulator that has answered well, badly and not at all."""
    rosa, amir = sign_in(sandbox), sign_in(sandbox, AMIR, (BOOKS,))
    rosa.get(EMPLOYEES)
    rosa.get(f"{EMPLOYEES}/nobody")
    amir.get(EMPLOYEES, headers={"Idempotency-Key": "key-1"})
    sandbox.control("POST", "faults", {"path": EMPLOYEES, "fault": "status", "status": 503, "count": 1})
    rosa.get(EMPLOYEES)
    return sandbox


@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ({"failed": "yes"}, [503, 404]),
        ({"status": "404"}, [404]),
        ({"status": "5xx"}, [503]),
        ({"fault": "status"}, [503]),
        ({"user": "AMIR", "path": "/payroll*"}, [200]),
        ({"organisation": BOOKS}, [200]),
        ({"path": "/payroll*", "method": "get"}, [503, 200, 404, 200]),
        ({"status": "none"}, []),
    ],
    ids=str,
)
def test_the_log_is_filtered_alike_on_the_page_and_by_the_control_api(
    told: Sandbox, query: dict[str, str], statuses: list[int]
) -> None:
    web = told.app.test_client()
    rows = web.get("/_sandbox/log", query_string=query).get_json()
    assert [row["status"] for row in rows][::-1] == statuses
    page = web.get("/log", query_string=query)
    assert f"{len(statuses)} of 6 requests" in text_of(page)
    for row in rows:
        assert row["correlation_id"] in page.get_data(as_text=True)
    lines = web.get("/log/text", query_string=query).get_data(as_text=True).splitlines()
    assert [line.split()[1] for line in lines] == ([str(status) for status in statuses[::-1]] or ["request"])


def test_the_log_as_text_is_plain_and_carries_the_key_and_the_correlation(told: Sandbox) -> None:
    answer = told.app.test_client().get("/log/text?user=amir&path=/payroll*")
    assert answer.mimetype == "text/plain"
    line = answer.get_data(as_text=True)
    assert " 200 GET /payroll.xro/1.0/Employees user=amir.lim@example.com" in line
    assert " key=key-1 correlation=" in line


def test_a_long_log_comes_in_pages_that_keep_the_filter(sandbox: Sandbox, web: Client) -> None:
    rosa = sign_in(sandbox)
    for _ in range(55):
        rosa.get(EMPLOYEES)
        sandbox.clock.advance(2)
    first = web.get("/log?path=/payroll*")
    assert "55 of 56 requests" in text_of(first)
    assert "Page 1 of 2" in text_of(first)
    assert 'href="?path=%2Fpayroll%2A&amp;page=2"' in first.get_data(as_text=True)
    assert web.get("/log?path=/payroll*&page=2").get_data(as_text=True).count("<time") == 5
    assert "Page 2 of 2" in text_of(web.get("/log?path=/payroll*&page=99"))


def test_a_log_without_a_fitting_request_says_so_and_leads_back(told: Sandbox, web: Client) -> None:
    assert "No request fits" in text_of(told.app.test_client().get("/log?path=/nothing"))
    assert "No request fits" in text_of(told.app.test_client().get("/log?since=soon"))
    told.control("DELETE", "log")
    assert "Nothing yet" in text_of(told.app.test_client().get("/log"))


def test_every_switch_is_on_the_page_once_with_its_default_marked(web: Client) -> None:
    html = web.get("/switches").get_data(as_text=True)
    assert [switch.name for switch in SWITCHES if html.count(f'id="{switch.name}"') != 1] == []
    assert html.count("(default)") == len(SWITCHES)


def test_the_switches_that_were_changed_can_be_seen_alone_and_saved_alone(sandbox: Sandbox, web: Client) -> None:
    assert "Everything is as at the start" in text_of(web.get("/switches?changed=yes"))
    sandbox.control("PATCH", "switches", {"refresh_retry": "same", "limit_body": "html"})
    html = web.get("/switches?changed=yes").get_data(as_text=True)
    assert 'id="refresh_retry"' in html
    assert 'id="null_fields"' not in html
    send(web, "/switches?changed=yes", "/switches", refresh_retry="0")
    assert sandbox.simulator.switches.changed() == ["limit_body"]
    sandbox.control("DELETE", "switches")
    assert sandbox.simulator.switches.changed() == []


def test_no_subject_of_switches_stands_empty() -> None:
    assert {words.subject(switch.name) for switch in SWITCHES} == {
        *(title for title, _ in words.SUBJECTS),
        words.EMPLOYEES,
    }


def test_limits_can_be_changed_for_all_and_for_one_and_put_back(sandbox: Sandbox, web: Client) -> None:
    books = organisation_id(sandbox, BOOKS)
    plain = {"minute": "60", "day": "1000", "concurrent": "5", "app_minute": "10000"}
    assert "The call limits are saved." in text_of(
        send(web, "/limits", "/limits", **{**plain, "minute": "7", "day": ""})
    )
    assert (sandbox.simulator.limits.default.minute, sandbox.simulator.limits.default.day) == (7, None)
    shown = text_of(send(web, "/limits", "/limits", **{**plain, "day": "50"}, organisation=books))
    assert f"{BOOKS} Calls a minute: 60 · Calls a day: 50" in shown
    assert sandbox.control("GET", "limits")["organisations"][books]["day"] == 50
    assert "as at the start" in text_of(send(web, "/limits", "/limits", decision="reset"))
    sandbox.control("PATCH", "limits", {"minute": 1})
    assert sandbox.control("DELETE", "limits")["minute"] == 60


def test_limits_that_cannot_be_are_named_and_nothing_changes(sandbox: Sandbox, web: Client) -> None:
    answer = send(web, "/limits", "/limits", minute="many", day="-1", concurrent="5", app_minute="9")
    assert (answer.status_code, wrong_fields(answer)) == (400, ["minute", "day"])
    assert 'value="many"' in answer.get_data(as_text=True)
    assert not sandbox.simulator.limits.is_changed


def test_what_is_left_is_shown_per_organisation_and_told_by_the_control_api(sandbox: Sandbox, web: Client) -> None:
    assert "everything is left" in text_of(web.get("/limits"))
    rosa = sign_in(sandbox)
    rosa.get(EMPLOYEES)
    rosa.get(EMPLOYEES)
    assert f"{BAKERY} Tandem HR demo 58 998 0" in text_of(web.get("/limits"))
    (row,) = sandbox.control("GET", "limits")["remaining"]
    assert (row["minute"], row["day"], row["in_flight"]) == (58, 998, 0)
    sandbox.clock.advance(timedelta(days=1).total_seconds())
    assert sandbox.control("GET", "limits")["remaining"] == []


def test_the_clock_goes_back_to_real_time_by_the_control_api_too(sandbox: Sandbox) -> None:
    sandbox.control("POST", "clock", {"advance_seconds": 3600})
    assert sandbox.control("POST", "clock", {"mode": "real"})["mode"] == "running"
    assert sandbox.clock.offset == timedelta(0)
    with pytest.raises(ControlRefused, match="mode is one of running, frozen, real"):
        sandbox.control("POST", "clock", {"mode": "backwards"})


def test_a_clock_that_cannot_be_shows_its_sentence_at_the_field(web: Client) -> None:
    answer = send(web, "/clock", "/clock", set="2500-01-01T00:00")
    assert (answer.status_code, wrong_fields(answer)) == (400, ["set"])
    assert send(web, "/clock", "/clock", advance="soon").status_code == 400


def test_the_control_apis_page_lists_every_call_with_what_it_does(sandbox: Sandbox, web: Client) -> None:
    html = web.get("/control").get_data(as_text=True)
    rules = [rule.rule for rule in sandbox.app.url_map.iter_rules() if rule.rule.startswith("/_sandbox/")]
    assert [rule for rule in rules if rule.replace("<", "&lt;").replace(">", "&gt;") not in html] == []
    assert "<td></td>" not in html

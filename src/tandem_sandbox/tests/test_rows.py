"""Which test is which row of xero.md 2.5, 3.1 and 3.2, and that no fault, event or switch goes without one."""

from pathlib import Path
from types import ModuleType

import pytest

from tandem_sandbox.faults import Kind
from tandem_sandbox.tests import (
    test_bad_input,
    test_faults_and_events,
    test_idempotency,
    test_identity,
    test_life_events,
    test_limits,
    test_refusals,
    test_spoilt_answers,
)
from tandem_sandbox.world.events import KEYS
from tandem_sandbox.world.switches import SWITCHES

ROWS: list[tuple[str, ModuleType, str]] = [
    ("2.5 access token expired", test_refusals, "test_an_expired_access_token_is_401_and_says_when_it_expired"),
    ("2.5 access token invalid", test_refusals, "test_an_invalid_or_missing_access_token_is_401"),
    ("2.5 access token revoked", test_refusals, "test_a_revoked_token_set_is_401_unless_the_switch_lets_it_live_out"),
    ("2.5 token lacks the scope", test_refusals, "test_a_token_without_the_scope_is_401_with_insufficient_scope"),
    ("2.5 tenant header missing or wrong", test_refusals, "test_a_missing_or_wrong_tenant_header_is_403"),
    (
        "2.5 user not connected to the tenant",
        test_refusals,
        "test_an_organisation_the_user_belongs_to_but_did_not_connect_is_403",
    ),
    ("2.5 user removed", test_refusals, "test_a_removed_user_is_403_everywhere_while_refresh_goes_on"),
    ("2.5 role cut", test_refusals, "test_a_user_with_a_lesser_role_is_403_while_refresh_goes_on"),
    (
        "2.5 app disconnected inside Xero",
        test_refusals,
        "test_an_app_disconnected_inside_xero_is_403_and_unlisted_while_refresh_goes_on",
    ),
    ("2.5 organisation deleted, trial over, demo reset", test_refusals, "test_an_organisation_that_is_gone_is_403"),
    (
        "2.5 payroll administrator lost",
        test_refusals,
        "test_a_user_without_payroll_access_is_refused_on_payroll_paths_only",
    ),
    (
        "2.5 payroll never set up",
        test_refusals,
        "test_payroll_that_was_never_set_up_is_refused_on_payroll_paths_only",
    ),
    ("2.5 refresh token expired", test_identity, "test_a_refresh_token_unused_for_60_days_is_dead"),
    (
        "2.5 refresh token rotated away",
        test_identity,
        "test_a_used_refresh_token_may_be_retried_for_30_minutes_and_no_longer",
    ),
    (
        "2.5 refresh token revoked",
        test_identity,
        "test_revocation_kills_the_tokens_and_every_connection_of_that_user_only",
    ),
    ("2.5 both casings", test_refusals, "test_problem_bodies_come_in_either_casing"),
    (
        "2.5 Type null and Extensions",
        test_refusals,
        "test_some_problem_bodies_carry_a_null_type_and_empty_extensions",
    ),
    (
        "2.5 correlation id everywhere",
        test_refusals,
        "test_every_answer_carries_a_correlation_id_and_forbids_caching",
    ),
    ("3.1 five in progress", test_limits, "test_the_sixth_call_at_once_is_429_concurrent"),
    ("3.1 sixty a minute", test_limits, "test_the_61st_call_of_a_minute_is_429_until_the_window_turns"),
    ("3.1 a thousand a day", test_limits, "test_the_day_limit_says_how_long_to_wait"),
    ("3.1 five thousand a day", test_limits, "test_a_paid_tier_has_five_thousand_calls_a_day"),
    ("3.1 ten thousand a minute for the app", test_limits, "test_the_app_wide_limit_counts_every_organisation"),
    ("3.1 fixed windows", test_limits, "test_a_burst_of_sixty_is_legal_again_as_soon_as_the_window_turns"),
    ("3.1 windows differ by tenant", test_limits, "test_windows_turn_at_another_second_for_each_organisation"),
    ("3.1 remaining headers", test_limits, "test_every_tenant_call_says_what_remains"),
    ("3.1 remaining headers missing", test_limits, "test_each_header_can_be_dropped"),
    ("3.1 none on connections and identity", test_limits, "test_connections_and_tokens_say_nothing_of_limits"),
    ("3.1 body of a 429", test_limits, "test_the_body_of_a_429_is_text_nothing_or_html"),
    ("3.1 rejected calls count or not", test_limits, "test_a_refused_call_counts_or_not_by_switch"),
    ("3.2 200, create included", test_refusals, "test_a_create_is_200_and_not_201"),
    ("3.2 400", test_refusals, "test_malformed_requests_get_an_answer_and_never_a_python_error"),
    ("3.2 400 idempotency misuse", test_idempotency, "test_a_key_used_for_another_request_is_400"),
    ("3.2 404", test_refusals, "test_an_unknown_employee_or_path_is_404_in_plain_text"),
    ("3.2 405, 501", test_bad_input, "test_a_verb_that_a_path_does_not_have_is_405_or_501"),
    ("3.2 412", test_refusals, "test_a_bad_conditional_header_is_412"),
    ("3.2 500", test_faults_and_events, "test_a_status_fault_answers_with_xeros_body_and_does_nothing"),
    ("3.2 503, all three texts", test_spoilt_answers, "test_each_of_the_three_texts_of_a_503"),
    ("3.2 503, one organisation", test_refusals, "test_an_offline_organisation_is_503_with_its_own_text"),
    ("3.2 closed without an answer", test_faults_and_events, "test_a_dropped_call_does_nothing_and_has_no_status"),
    ("9a 29 each event and back", test_life_events, "test_each_event_shows_and_each_is_taken_back_alone"),
]
HERE = Path(__file__).parent


@pytest.mark.parametrize(("row", "module", "name"), ROWS, ids=[row for row, _, _ in ROWS])
def test_the_row_has_its_test(row: str, module: ModuleType, name: str) -> None:
    assert callable(getattr(module, name)), row


@pytest.mark.parametrize("name", [*(kind.value for kind in Kind), *KEYS, *(switch.name for switch in SWITCHES)])
def test_every_fault_event_and_switch_is_asked_for_by_some_test(name: str) -> None:
    others = [path for path in HERE.glob("test_*.py") if path.name not in ("test_rows.py", "test_docs.py")]
    assert any(f'"{name}"' in path.read_text(encoding="utf-8") for path in others)

"""Sign-in with password, authenticator app and recovery codes, end to end through the real pages."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from tandem.access import second_factors
from tandem.access.models import User
from tandem.kernel.crypto import MasterKey, Unreadable, VaultUnavailable
from tandem.testing.cast import TOTP_SECRET, Cast, text_of

pytestmark = pytest.mark.unmeasured

PASSWORD = "correct-horse-battery-2026"
LOGIN = "/sign-in/login/"
CHALLENGE = "/sign-in/second-factor/authenticate/"


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """Forget the failed tries of other tests."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def bob(cast: Cast) -> User:
    """bob with a password and no second factor."""
    cast.bob.user.set_password(PASSWORD)
    cast.bob.user.save(update_fields=["password"])
    return cast.bob.user


@pytest.fixture
def alice(cast: Cast) -> User:
    """alice with a password and an authenticator app."""
    cast.alice.user.set_password(PASSWORD)
    cast.alice.user.save(update_fields=["password"])
    return cast.alice.user


def _sign_in(user: User, password: str = PASSWORD) -> tuple[Client, str]:
    """Send the sign-in form; return the browser and where it was sent, or "" when the form came back."""
    client = Client()
    response = client.post(LOGIN, {"login": user.email, "password": password})
    return client, response.headers.get("location", "")


def _confirmed(user: User) -> Client:
    """Sign in and give the password once more, which the pages about second factors ask for."""
    client, _ = _sign_in(user)
    client.post("/sign-in/reauthenticate/", {"password": PASSWORD})
    return client


def _code(secret: str = TOTP_SECRET) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def test_a_wrong_password_and_an_unknown_address_read_the_same(cast: Cast, bob: User) -> None:
    wrong = text_of(Client().post(LOGIN, {"login": bob.email, "password": "not it"}))
    unknown = text_of(Client().post(LOGIN, {"login": "nobody@harbourlane.example", "password": "not it"}))
    sentence = "The email address and/or password you specified are not correct."
    assert sentence in wrong
    assert sentence in unknown


def test_a_password_opens_the_account(cast: Cast, bob: User) -> None:
    client, where = _sign_in(bob)
    assert where == "/"
    assert text_of(client.get("/", follow=True)).count("Bob Tran") >= 1


def test_the_address_is_taken_in_any_case(cast: Cast, bob: User) -> None:
    client = Client()
    assert client.post(LOGIN, {"login": bob.email.upper(), "password": PASSWORD}).status_code == 302


def test_many_wrong_tries_are_stopped(cast: Cast, bob: User) -> None:
    for _ in range(6):
        _sign_in(bob, "not it")
    _, where = _sign_in(bob)
    assert where == ""


def test_nobody_signs_up_by_themselves(cast: Cast) -> None:
    before = User.objects.count()
    response = Client().post(
        "/sign-in/signup/", {"email": "new@harbourlane.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert response.status_code in (200, 403)
    assert User.objects.count() == before


def test_signing_out_needs_a_button(cast: Cast, bob: User) -> None:
    client, _ = _sign_in(bob)
    client.get("/sign-in/logout/")
    assert client.get("/a/harbour-lane/").status_code == 200
    client.post("/sign-in/logout/")
    assert client.get("/a/harbour-lane/").status_code == 302


def test_a_password_alone_does_not_open_an_account_with_a_second_factor(cast: Cast, alice: User) -> None:
    client, where = _sign_in(alice)
    assert where.startswith(CHALLENGE)
    assert client.get("/a/harbour-lane/").status_code == 302


def test_the_code_of_the_app_opens_it(cast: Cast, alice: User) -> None:
    client, _ = _sign_in(alice)
    assert client.post(CHALLENGE, {"code": _code()}).headers["location"] == "/"
    assert client.get("/a/harbour-lane/xero/").status_code == 200


@pytest.mark.parametrize("code", ["", "000000", "abcdef", "１２３４５６"])
def test_a_wrong_code_opens_nothing(cast: Cast, alice: User, code: str) -> None:
    client, _ = _sign_in(alice)
    assert client.post(CHALLENGE, {"code": code}).status_code == 200
    assert client.get("/a/harbour-lane/").status_code == 302


def test_a_code_works_once(cast: Cast, alice: User) -> None:
    code = _code()
    first, _ = _sign_in(alice)
    first.post(CHALLENGE, {"code": code})
    second, _ = _sign_in(alice)
    assert second.post(CHALLENGE, {"code": code}).status_code == 200
    assert second.get("/a/harbour-lane/").status_code == 302


def test_an_app_is_set_up_and_rests_sealed(
    cast: Cast, bob: User, superuser: psycopg.Connection[tuple[object, ...]]
) -> None:
    client = _confirmed(bob)
    assert client.get("/sign-in/second-factor/totp/activate/").status_code == 200
    secret = client.session["mfa.totp.secret"]
    response = client.post("/sign-in/second-factor/totp/activate/", {"code": _code(secret)})
    assert response.status_code == 302
    rows = superuser.execute("SELECT data::text FROM mfa_authenticator WHERE user_id = %s", [bob.id]).fetchall()
    assert len(rows) == 2
    assert all(secret not in str(row[0]) for row in rows)
    assert "mfa.totp.secret" not in client.session
    again, where = _sign_in(bob)
    assert where.startswith(CHALLENGE)
    assert again.post(CHALLENGE, {"code": _code(secret)}).headers["location"] == "/"


def test_setting_up_an_app_asks_for_the_password_again(cast: Cast, bob: User) -> None:
    client, _ = _sign_in(bob)
    response = client.get("/sign-in/second-factor/totp/activate/")
    assert response.headers["location"].startswith("/sign-in/reauthenticate/")


def test_a_recovery_code_opens_it_once(cast: Cast, bob: User) -> None:
    client = _confirmed(bob)
    client.get("/sign-in/second-factor/totp/activate/")
    client.post("/sign-in/second-factor/totp/activate/", {"code": _code(client.session["mfa.totp.secret"])})
    codes = Authenticator.objects.get(user=bob, type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert codes[0] in text_of(client.get("/sign-in/second-factor/recovery-codes/"))
    first, _ = _sign_in(bob)
    assert first.post(CHALLENGE, {"code": codes[0]}).headers["location"] == "/"
    second, _ = _sign_in(bob)
    assert second.post(CHALLENGE, {"code": codes[0]}).status_code == 200


def test_another_master_key_opens_no_second_factor() -> None:
    sealed = second_factors.seal(MasterKey(b"k" * 32), TOTP_SECRET)
    assert TOTP_SECRET not in sealed
    with pytest.raises(Unreadable):
        second_factors.unseal(MasterKey(b"x" * 32), sealed)


def test_without_a_master_key_nothing_is_sealed_in_clear() -> None:
    with pytest.raises(VaultUnavailable):
        second_factors.seal(MasterKey(b""), TOTP_SECRET)


def test_a_sign_in_opens_no_account_it_does_not_belong_to(cast: Cast, bob: User) -> None:
    client, _ = _sign_in(bob)
    assert client.get("/a/second-street/").status_code == 404


def test_a_sign_in_that_was_switched_off_does_not_work(cast: Cast, bob: User) -> None:
    User.objects.filter(id=bob.id).update(is_active=False)
    client, _ = _sign_in(bob)
    assert client.get("/a/harbour-lane/").status_code == 302


def test_a_mailed_link_sets_a_password(cast: Cast, bob: User, settings: pytest.FixtureRequest) -> None:
    from django.core import mail

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    Client().post("/sign-in/password/reset/", {"email": bob.email})
    assert mail.outbox[0].subject == "Choose your Tandem password"
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word)
    client = Client()
    form = client.get(link, follow=True)
    where = form.redirect_chain[-1][0]
    client.post(where, {"password1": "another-long-one-2026", "password2": "another-long-one-2026"})
    _, opened = _sign_in(bob, "another-long-one-2026")
    assert opened == "/"


def test_a_short_password_is_refused(cast: Cast, bob: User) -> None:
    client, _ = _sign_in(bob)
    typed = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    text = text_of(client.post("/sign-in/password/change/", typed))
    assert "too short" in text


def test_an_unknown_address_gets_the_same_page_and_no_mail(cast: Cast, settings: pytest.FixtureRequest) -> None:
    from django.core import mail

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"  # type: ignore[attr-defined]
    known = Client().post("/sign-in/password/reset/", {"email": cast.bob.user.email})
    unknown = Client().post("/sign-in/password/reset/", {"email": "nobody@harbourlane.example"})
    assert known.headers["location"] == unknown.headers["location"]
    assert [message.to for message in mail.outbox] == [[cast.bob.user.email]]

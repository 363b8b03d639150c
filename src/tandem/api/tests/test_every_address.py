"""Every address of the API, as its own description lists them, asks for a key and answers errors as problems."""

import re
from uuid import uuid4

import pytest
from django.test import Client

from tandem.api.tests.caller import program_of
from tandem.api.v1.router import api
from tandem.testing.cast import Cast

pytestmark = pytest.mark.usefixtures("real_db")
OPERATIONS = [(method.upper(), path) for path, item in api.get_openapi_schema()["paths"].items() for method in item]


def address(path: str, account_id: object) -> str:
    return re.sub(r"\{\w+\}", lambda _: str(uuid4()), path.replace("{account_id}", str(account_id)))


def test_without_a_key_nothing_is_answered(cast: Cast) -> None:
    answers = {
        f"{method} {path}": Client().generic(
            method, address(path, cast.alice.account.account_id), b"{}", "application/json"
        )
        for method, path in OPERATIONS
    }
    assert {answer.status_code for answer in answers.values()} == {401}, answers
    assert {answer.headers["Content-Type"] for answer in answers.values()} == {"application/problem+json"}


def test_the_key_of_another_account_opens_nothing(cast: Cast) -> None:
    theirs = {"Authorization": f"Bearer {program_of(cast.charlie).key}"}
    ours = cast.alice.account.account_id
    answers = {
        f"{method} {path}": Client()
        .generic(method, address(path, ours), b"{}", "application/json", headers=theirs)
        .status_code
        for method, path in OPERATIONS
    }
    assert set(answers.values()) == {401}, answers


def test_the_description_is_there_for_everybody_and_every_address_says_what_it_does() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described = [operation for item in answer.json()["paths"].values() for operation in item.values()]
    assert len(described) >= 15
    assert all(operation["summary"] and operation["description"] for operation in described)


def test_the_page_of_the_description_loads_nothing_from_elsewhere() -> None:
    page = Client().get("/api/v1/docs").content.decode()
    assert "swagger-ui" in page
    assert re.findall(r'(?:src|href)="(?!/static/)[^"]*"', page) == []

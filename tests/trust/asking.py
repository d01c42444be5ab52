"""Requests as somebody makes them: with a key in the header, or signed in with a browser."""

import re
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


def bearer(token: str) -> Mapping[str, str]:
    """The header that carries a key or token."""
    return {"Authorization": f"Bearer {token}"}


def form_token(page: str) -> str:
    """What a form sends back to prove that it came from here."""
    found = _CSRF.search(page)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, key: str) -> TestResponse:
    """What a person does."""
    told = form_token(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf_token": told, "key": key})


def browser(app: Flask, key: str) -> FlaskClient:
    """A browser that is signed in."""
    client = app.test_client()
    assert sign_in(client, key).status_code == 303
    return client


def ask(client: FlaskClient, route: str, **options: Any) -> TestResponse:
    """A request to a route of the tables, about something that does not exist."""
    method, _, rule = route.partition(" ")
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda m: "0" * 32 if m[1] == "id" else "none", rule)
    if method == "POST" and rule.startswith("/v1/"):
        options = {"json": {}, **options}
    return client.open(path, method=method, **options)

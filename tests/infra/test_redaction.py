from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from matsluice.infra.redaction import HIDDEN, keep_secret, redacted, redacted_error, secrets_of

SECRET = "c0rrect/horse+b@ttery 'staple\""


@pytest.mark.parametrize(
    "name",
    [
        "MLFLOW_TRACKING_PASSWORD",
        "MLFLOW_TRACKING_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "MP_API_KEY",
        "PMG_MAPI_APIKEY",
        "PMG_MAPI_KEY",
        "PREFECT_API_KEY",
        "PREFECT_API_AUTH_STRING",
        "PREFECT_SERVER_API_AUTH_STRING",
        "PGPASSWORD",
        "AZURE_STORAGE_CONNECTION_STRING",
        "MINIO_SECRET_KEY",
        "database_password",
    ],
)
@pytest.mark.parametrize(
    "written",
    [
        str,
        quote,
        lambda secret: quote(secret, safe=""),
        lambda secret: json.dumps({"key": secret}),
        repr,
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: f"https://user:{quote(secret, safe='')}@host/path",
    ],
)
def test_what_a_variable_holds_is_hidden_in_every_form(
    name: str, written: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, SECRET)
    told = redacted(f"before {written(SECRET)} after")
    assert told.startswith("before ")
    assert told.endswith(" after")
    assert HIDDEN in told
    for form in (SECRET, quote(SECRET, safe=""), json.dumps(SECRET)[1:-1], "horse", "battery"):
        assert form not in told


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AWS_ACCESS_KEY_ID", "some-identifier"),
        ("HOME", "somewhere"),
        ("SSH_AUTH_SOCK", "socket-name"),
        ("TOKENIZERS_PARALLELISM", "falsely"),
        ("PASSWORD_FILE", "secrets.txt"),
        ("KEYBOARD", "qwertz"),
    ],
)
def test_what_is_no_secret_stays(name: str, value: str) -> None:
    assert secrets_of({name: value}) == frozenset()


def test_a_path_to_a_secret_is_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("keys") / "credentials.json"
    file.touch()
    assert secrets_of({"GOOGLE_APPLICATION_CREDENTIALS": str(file)}) == frozenset()


def test_half_of_a_user_and_password_is_hidden_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "admin:swordfish9")
    assert redacted("login with swordfish9") == f"login with {HIDDEN}"


def test_a_word_of_a_few_letters_is_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "eV")
    assert redacted("1.1 eV") == "1.1 eV"
    assert redacted("postgresql://mlflow:eV@db/x") == f"postgresql://mlflow:{HIDDEN}@db/x"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.payload.signature",
        "GET https://host/x?api_key=0123456789abcdef&page=2",
        '{"password": "0123456789abcdef"}',
        "aws_secret_access_key = 0123456789abcdef",
        "AKIA0123456789ABCDEF",
        "-----BEGIN RSA PRIVATE KEY-----\n0123456789abcdef\n-----END RSA PRIVATE KEY-----",
        "s3://bucket/x?X-Amz-Signature=0123456789abcdef",
    ],
)
def test_forms_that_only_credentials_have_are_hidden(text: str) -> None:
    told = redacted(text)
    assert HIDDEN in told
    assert "0123456789abcdef" not in told.lower()
    assert "payload" not in told


@pytest.mark.parametrize(
    "text",
    [
        "there is no file /data/gaps.csv",
        'unknown element "Xx" in "XxO2" at position 1',
        "composition.magpie/0-4096 done in 3.1 s",
        "sqlite:////workspace/mlflow.db",
        "http://127.0.0.1:4200/api/runs/flow-run/9f3a7c21-0000",
        "tls://127.0.0.1:8786",
        "basic oxides and bearer films",
    ],
)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert redacted(text) == text


def test_an_error_leaves_without_secrets_and_so_do_its_causes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MP_API_KEY", "k3y-of-somebody")
    error = ValueError("asked with k3y-of-somebody")
    error.add_note("the key is k3y-of-somebody")
    error.__cause__ = OSError(5, "k3y-of-somebody was refused")
    told = redacted_error(error)
    assert str(told) == f"asked with {HIDDEN}"
    assert told.__notes__ == [f"the key is {HIDDEN}"]
    assert "k3y" not in str(told.__cause__)


def test_a_secret_of_the_run_itself_is_hidden_once_it_is_told() -> None:
    keep_secret("made-up-just-now")
    assert redacted("x made-up-just-now x") == f"x {HIDDEN} x"

"""Where nothing is encrypted no list of authorities is read; where anything is, all of them are."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from matsluice.infra.servers.plain_address import NOBODY, TRUSTED
from matsluice.infra.servers.prefect_settings import prefect_environment, prefect_settings


@pytest.fixture(autouse=True)
def no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TRUSTED, raising=False)


def test_a_client_of_a_plain_address_trusts_nobody(tmp_path: Path) -> None:
    environment = prefect_environment(tmp_path, "http://127.0.0.1:1/api")
    with prefect_settings(environment):
        from prefect.settings import get_current_settings

        file = get_current_settings().api.ssl_cert_file
    assert file == environment[TRUSTED] == str(NOBODY)
    (only,) = ssl.create_default_context(cafile=file).get_ca_certs()
    assert "without a key" in str(only["subject"])


def test_an_encrypted_address_is_verified_as_ever(tmp_path: Path) -> None:
    environment = prefect_environment(tmp_path, "https://prefect.example/api")
    assert TRUSTED not in environment


def test_whom_a_person_trusts_is_not_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRUSTED, "/etc/own.pem")
    assert TRUSTED not in prefect_environment(tmp_path, "http://127.0.0.1:1/api")

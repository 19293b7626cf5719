"""Secrets taken out of every text that leaves a process: logs, refusals, sentences, records in MLflow and Prefect.

What is a secret is told by the names of the environment's variables, by passwords in addresses, and by the forms
in which programs quote credentials. A text without any is returned as it is.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus, unquote

E = TypeVar("E", bound=BaseException)

HIDDEN: Final = "[hidden]"
# Words in the name of a variable that holds a secret; what ends in one of the endings holds a name or a place.
_SECRET_NAME: Final = re.compile(
    r"(^|_)(PASSWORD|PASSWD|PASSPHRASE|PASS|PGPASSWORD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|ACCOUNT_?KEY|PRIVATE_?KEY"
    r"|SECRET_?KEY|KEY|AUTH_?STRING|AUTHORIZATION|CREDENTIALS?|CONNECTION_STRING|SAS|COOKIE)S?(_|$)",
    re.IGNORECASE,
)
_NO_SECRET_NAME: Final = re.compile(
    r"_(ID|FILE|PATH|DIR|URI|URL|NAME|ENABLED|TTL|EXPIRATION)$", re.IGNORECASE
)
# A shorter value would be found within ordinary words; addresses and forms below still hide it.
SHORTEST: Final = 6
_IN_ADDRESS: Final = re.compile(r"(?<=://)([^\s/@:'\"]*):([^\s/@'\"]+)@")
_FORMS: Final = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"""(?ix) (\b[\w-]*(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|auth[_-]?string
            |x-amz-signature|x-amz-credential|signature|sig)["']?\s*[=:]\s*["']?)
            (?!\[hidden\])[^\s"'&,;)}\]]{4,}"""
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b"), HIDDEN),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
        HIDDEN,
    ),
)

# Where exceptions of the language keep texts beside their arguments.
_SLOTS: Final = ("strerror", "filename", "filename2", "reason", "msg", "text", "doc")

# Secrets that no variable holds, such as those a run makes for itself.
_told: set[str] = set()


def keep_secret(value: str) -> None:
    """Have a value hidden from now on in this process."""
    if len(value) >= SHORTEST:
        _told.add(value)


def secrets_of(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the secrets that variables hold, as they stand there.

    Examples
    --------
    >>> sorted(secrets_of({"MLFLOW_TRACKING_PASSWORD": "hunter22", "HOME": "/x", "AWS_ACCESS_KEY_ID": "AKIA1234"}))
    ['hunter22']
    >>> sorted(secrets_of({"DATABASE": "postgresql://mlflow:s3cr%40t@db/mlflow"}))
    ['s3cr%40t', 's3cr@t']
    """
    found: set[str] = set()
    for name, value in environment.items():
        for match in _IN_ADDRESS.finditer(value):
            found |= {match[2], unquote(match[2])}
        if _SECRET_NAME.search(name) and not _NO_SECRET_NAME.search(name) and not _is_place(value):
            found.add(value)
            # "user:password", of which either may be quoted alone.
            found.add(value.partition(":")[2])
    return frozenset(one for one in found if len(one) >= SHORTEST)


def redacted(text: str) -> str:
    """Return the text with every secret replaced by "[hidden]".

    Examples
    --------
    >>> redacted("no connection to postgresql://mlflow:hunter22@db/mlflow")
    'no connection to postgresql://mlflow:[hidden]@db/mlflow'
    >>> redacted("X-API-KEY: 9f3a7c21d0")
    'X-API-KEY: [hidden]'
    >>> redacted("unknown element Xx at position 3")
    'unknown element Xx at position 3'
    """
    return _hidden(text, secrets_of(os.environ) | _told)


def redacted_error(error: E) -> E:
    """Take the secrets out of an exception and of all that led to it, in place, and return it.

    Examples
    --------
    >>> redacted_error(ValueError("password=hunter22"))
    ValueError('password=[hidden]')
    """
    for one in _led_to(error):
        # Some exceptions compute their arguments, or have none to set.
        with suppress(Exception):
            one.args = tuple(redacted(given) if isinstance(given, str) else given for given in one.args)
        for name in {*getattr(one, "__dict__", {}), *_SLOTS}:
            value = getattr(one, name, None)
            if isinstance(value, str):
                with suppress(Exception):
                    setattr(one, name, redacted(value))
        if notes := getattr(one, "__notes__", None):
            notes[:] = [redacted(str(note)) for note in notes]
    return error


def redacted_json(value: object) -> object:
    """Return what JSON can hold with the secrets taken out of its texts.

    Examples
    --------
    >>> redacted_json({"message": ["token: 1234567890"], "count": 2})
    {'message': ['token: [hidden]'], 'count': 2}
    """
    # The environment is looked through once, however many texts there are.
    return _json_hidden(value, secrets_of(os.environ) | _told)


def _json_hidden(value: object, secrets: frozenset[str]) -> object:
    if isinstance(value, str):
        return _hidden(value, secrets) if len(value) >= SHORTEST else value
    if isinstance(value, Mapping):
        return {key: _json_hidden(one, secrets) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json_hidden(one, secrets) for one in value]
    return value


def _hidden(text: str, secrets: frozenset[str]) -> str:
    if secrets:
        text = _pattern(secrets).sub(HIDDEN, text)
    text = _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", text)
    for form, shown in _FORMS:
        text = form.sub(shown, text)
    return text


def _led_to(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__]
        waiting += getattr(one, "exceptions", ())


def _is_place(value: str) -> bool:
    return value.startswith(("/", "~")) and os.path.exists(os.path.expanduser(value))  # noqa: PTH110, PTH111 - any text


@lru_cache(maxsize=16)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    """Return what finds secrets in the forms in which they are written: as they are, in addresses, JSON, base64."""
    forms: set[str] = set()
    for secret in secrets:
        plain = secret.encode("utf-8", "surrogateescape")
        forms |= {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
        forms |= {json.dumps(secret)[1:-1], repr(secret)[1:-1]}
        forms |= {base64.b64encode(plain).decode(), base64.urlsafe_b64encode(plain).decode()}
    longest_first = sorted((form for form in forms if len(form) >= SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))

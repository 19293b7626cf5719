"""JSON as its standard has it (RFC 8259), which Python's reader takes more loosely."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from matsluice.infra.web.refusal import RequestRefused


def read_json(body: bytes) -> Any:
    """Return what a request's body says.

    Parameters
    ----------
    body
        UTF-8 text.

    Raises
    ------
    RequestRefused
        400: it is not JSON, holds NaN or Infinity, names something twice, or is nested too deep.

    Examples
    --------
    >>> read_json(b'{"materials": ["NaCl"]}')
    {'materials': ['NaCl']}
    >>> try:
    ...     read_json(b'{"a": NaN}')
    ... except RequestRefused as refused:
    ...     print(refused.detail)
    the body is not JSON: NaN is no number in JSON; send null or leave it out
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_json(
            f"byte {error.start} is no UTF-8; send the text in UTF-8, without a byte order mark"
        ) from None
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_each_once)
    except RecursionError:
        raise _not_json("it is nested too deep; a request has a list of materials and little more") from None
    except json.JSONDecodeError as error:
        raise _not_json(
            f"{error.msg} at line {error.lineno}, column {error.colno}; check the text with a JSON reader"
        ) from None
    except ValueError:  # of a whole number with more digits than Python reads
        raise _not_json("a number has thousands of digits; numbers have at most 4300") from None


def _refuse_constant(word: str) -> NoReturn:
    raise _not_json(f"{word} is no number in JSON; send null or leave it out")


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _not_json(f'"{name[:40]}" stands twice in one object; name everything once')
        found[name] = value
    return found


def _not_json(why: str) -> RequestRefused:
    return RequestRefused(400, "not JSON", f"the body is not JSON: {why}")

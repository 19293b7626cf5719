"""The word that a caller has to know."""

from __future__ import annotations

import hmac
import os
from pathlib import Path
from typing import Final

from matsluice.infra.mistakes import InvalidInput
from matsluice.infra.redaction import keep_secret
from matsluice.infra.web.refusal import RequestRefused

VARIABLE: Final = "MATSLUICE_TOKEN"
SHORTEST: Final = 16  # letters; 16 random hexadecimal digits are 64 bits, which nobody guesses over a network
MAKE_ONE: Final = '`python -c "import secrets; print(secrets.token_hex())"` makes one'


def chosen_token(file: Path | None) -> str | None:
    """Return the token of a file, or of the environment, or None where neither gives one.

    The variable is taken out of the environment, so that no child of this process inherits it, and no text of this
    process shows the token from then on.

    Raises
    ------
    InvalidInput
        The file cannot be read, or the token is too short or no plain word.
    """
    given = os.environ.pop(VARIABLE, None)
    where = f"the variable {VARIABLE}"
    if file is not None:
        where = str(file)
        try:
            given = file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "it is no text"
            raise InvalidInput(
                f"the token file {file} cannot be read ({reason}): name a file with one line"
            ) from None
    if given is None:
        return None
    if len(given) < SHORTEST or not (given.isascii() and given.isprintable() and " " not in given):
        raise InvalidInput(
            f"the token in {where} has {len(given)} letters: give one word of at least {SHORTEST} plain letters; "
            f"{MAKE_ONE}"
        )
    keep_secret(given)
    return given


def check_token(authorization: bytes | None, token: str) -> None:
    """Raise RequestRefused, 401, unless the header is "Bearer" and the token.

    Parameters
    ----------
    authorization
        The request's header, or None.
    token
        What it has to name. The comparison takes as long whatever is wrong.
    """
    scheme, _, given = (authorization or b"").partition(b" ")
    right = hmac.compare_digest(given.strip(), token.encode("ascii"))
    if not (right and scheme.lower() == b"bearer"):
        said = "names another token" if given else "names no token"
        raise RequestRefused(
            401,
            "no access",
            f'the request {said}: send the header "Authorization: Bearer ..." with the token of this service',
            {"WWW-Authenticate": "Bearer"},
        )

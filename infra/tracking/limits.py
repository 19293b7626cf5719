"""MLflow's limits on names, values and batches (mlflow.utils.validation of 3.17), and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from matsluice.infra.redaction import redacted

T = TypeVar("T")

KEY_CHARACTERS = 250
PARAMETER_CHARACTERS = 6000
TAG_CHARACTERS = 8000
DIGEST_CHARACTERS = 36
PARAMETERS_PER_BATCH = 100
METRICS_PER_BATCH = 500  # a batch of at most 1000 entities


def valid_key(name: str) -> str:
    """Return the name with what MLflow refuses in it replaced.

    >>> valid_key("R² (test)")
    'R² _test_'
    >>> valid_key("search/max_depth")
    'search/max_depth'
    """
    # MLflow takes word characters, - . / : and spaces; a name with slashes must be a path inside a folder.
    words = [word for word in re.sub(r"[^/\w.\- :]", "_", name).split("/") if word not in ("", ".", "..")]
    return "/".join(words)[:KEY_CHARACTERS] or "_"


def shortened(text: str, limit: int) -> str:
    """Return the text, cut with a note where it is longer than `limit` characters.

    >>> shortened("abcdefghij" * 4, 30)
    'abcdefgh… (cut; 40 characters)'
    """
    if len(text) <= limit:
        return text
    note = f"… (cut; {len(text)} characters)"
    return text[: limit - len(note)] + note


def valid_params(params: Mapping[str, object]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the parameters as MLflow takes them and without secrets, and those whose values had to be cut, in full.

    >>> valid_params({"depth": 3, "seed": None})
    ({'depth': '3', 'seed': 'None'}, {})
    """
    texts = {valid_key(name): redacted(str(value)) for name, value in params.items()}
    cut = {name: text for name, text in texts.items() if len(text) > PARAMETER_CHARACTERS}
    return {name: shortened(text, PARAMETER_CHARACTERS) for name, text in texts.items()}, cut


def valid_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags as MLflow takes them, without secrets."""
    return {valid_key(name): shortened(redacted(text), TAG_CHARACTERS) for name, text in tags.items()}


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in batches of at most `size`.

    >>> list(batches([1, 2, 3], 2))
    [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]

"""The history of a champion: every move of the alias, as tags of the registered model, and what follows from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

# Followed by the move's number and some letters that keep two moves begun at once apart.
PREFIX = "matsluice.move."
REASON_CHARACTERS = 1000

By = Literal["run", "hand", "rollback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A move of the alias `champion` from one version to another.

    Attributes
    ----------
    key
        The tag it stands in; keys sort as moves were made.
    when
        ISO 8601, UTC.
    who
        A person, or the campaign's run.
    origin, to
        Version numbers; origin is None where there was no champion.
    by
        "run", "hand" or "rollback".
    done
        Whether the alias was seen moved; a move that was cut short is not.
    """

    key: str
    when: str
    who: str
    origin: int | None
    to: int
    reason: str
    by: By
    done: bool = False

    @property
    def text(self) -> str:
        """The tag's value."""
        said = {name: getattr(self, name) for name in ("when", "who", "to", "reason", "by", "done")}
        return json.dumps({**said, "from": self.origin}, ensure_ascii=False)

    def record(self) -> dict[str, object]:
        """Return the move as `matsluice promote --json` prints it."""
        said = {name: getattr(self, name) for name in ("when", "who", "to", "reason", "by")}
        return {**said, "from": self.origin}


def moves_of(tags: Mapping[str, str]) -> tuple[Move, ...]:
    """Return the moves that a registered model's tags tell of, the first first; what is no move is left out.

    Examples
    --------
    >>> one = Move(key="matsluice.move.000001-a", when="", who="ada", origin=None, to=2, reason="ok", by="hand")
    >>> moves_of({one.key: one.text, "owner": "ada", "matsluice.move.x": "{"}) == (one,)
    True
    """
    found = [_move(key, text) for key, text in sorted(tags.items()) if key.startswith(PREFIX)]
    return tuple(move for move in found if move is not None)


def _move(key: str, text: str) -> Move | None:
    try:
        said = json.loads(text)
        origin = None if said["from"] is None else int(said["from"])
        words = {name: str(said[name]) for name in ("when", "who", "reason")}
        by: By = said["by"] if said["by"] in get_args(By) else "hand"
        return Move(key=key, origin=origin, to=int(said["to"]), by=by, done=bool(said["done"]), **words)
    except (ValueError, KeyError, TypeError):
        return None  # written by a person or another program


def next_key(keys: Iterable[str], letters: str) -> str:
    """Return a key that sorts behind those there are, whatever the clocks say.

    >>> next_key(["matsluice.move.000041-c0de", "matsluice.move.by-hand"], "beef")
    'matsluice.move.000042-beef'
    """
    numbers = [key.removeprefix(PREFIX).partition("-")[0] for key in keys]
    last = max((int(number) for number in numbers if number.isascii() and number.isdigit()), default=0)
    return f"{PREFIX}{last + 1:06d}-{letters}"


def champions_before(moves: Sequence[Move], champion: int | None) -> list[int]:
    """Return the champions that a rollback may return to, the latest last.

    A rollback takes back what came after the version it returned to, so a further one goes on from there. Where the
    alias was moved by other means, the history has a gap, and the champions on both sides of it count.

    Parameters
    ----------
    moves
        The history, the first first; moves that were cut short do not count.
    champion
        The present one.

    Examples
    --------
    >>> def move(origin, to, by="run"):
    ...     return Move(key="", when="", who="", origin=origin, to=to, reason="", by=by, done=True)
    >>> history = [move(None, 1), move(1, 2), move(2, 4)]
    >>> champions_before(history, 4)
    [1, 2]
    >>> champions_before([*history, move(4, 2, "rollback")], 2)
    [1]
    >>> champions_before([*history, move(4, 2, "rollback"), move(2, 5)], 5)
    [1, 2]
    """
    line: list[int] = []

    def stand(version: int | None) -> None:
        if version is not None and line[-1:] != [version]:
            line.append(version)

    for move in moves:
        if not move.done:
            continue
        stand(move.origin)
        if move.by == "rollback" and move.to in line:
            while line[-1] != move.to:
                line.pop()
        else:
            stand(move.to)
    stand(champion)
    return line[:-1] if champion is not None else line


def taken_back(moves: Sequence[Move], version: int) -> Move | None:
    """Return the move by a person's hand that has put this version down, if none has put it up again since."""
    last: Move | None = None
    for move in moves:
        if move.done and move.to == version:
            last = None
        elif move.done and move.origin == version and move.by != "run":
            last = move
    return last

"""Moving the alias `champion` so that two who move it at once notice, and a move that was cut short is mended.

MLflow has no write that depends on what is there. A move is therefore told before it is made: whoever finds, after
telling, that somebody else has told of one since he looked, takes his back and decides anew. Of two that tell at once
at least one sees the other, so that no champion is replaced by a version that was not compared with it.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from secrets import token_hex

from matsluice.infra.redaction import redacted
from matsluice.infra.tracking.limits import TAG_CHARACTERS, shortened
from matsluice.infra.tracking.moves import REASON_CHARACTERS, By, Move, next_key
from matsluice.infra.tracking.registered import CHALLENGER, CHAMPION, Registered, look_up
from matsluice.infra.tracking.store import TrackingStore

# A move takes some requests; one that is still open after this was cut short. A slow server answers in seconds.
OPEN_S = 10.0
LOOK_EVERY_S = 0.1


def settled(store: TrackingStore, name: str, open_s: float = OPEN_S) -> Registered:
    """Return what the registry holds under a name when no move is under way, those cut short being made.

    Parameters
    ----------
    store
        The open store.
    name
        The registered model's name.
    open_s
        Seconds after which a move that is not done counts as cut short.

    Raises
    ------
    Failed
        MLflow cannot do it: one sentence.
    """
    deadline = time.monotonic() + open_s
    while True:
        found = look_up(store, name)
        begun = next((move for move in found.moves if not move.done), None)
        if begun is None:
            return found
        if time.monotonic() >= deadline:
            _finish(store, found, begun)
            continue
        time.sleep(LOOK_EVERY_S)


def move_champion(
    store: TrackingStore, seen: Registered, to: int, *, who: str, reason: str, by: By
) -> Move | None:
    """Give a version the alias `champion` and write the move down; no version is the challenger afterwards.

    Parameters
    ----------
    store
        The open store.
    seen
        The registry as it was when this was decided (`settled`).
    to
        The version's number.
    who, reason, by
        What is written down.

    Returns
    -------
    The move; None, and nothing changed, where somebody else has moved the champion since: look again and decide anew.

    Raises
    ------
    Failed
        MLflow cannot do it: one sentence. `settled` makes the move if it was begun.
    """
    move = Move(
        key=next_key([each.key for each in seen.moves], token_hex(4)),
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        who=redacted(who),
        origin=seen.champion,
        to=to,
        reason=shortened(redacted(reason), REASON_CHARACTERS),
        by=by,
    )
    _tell(store, seen.name, move)
    now = look_up(store, seen.name)
    known = {move.key, *(each.key for each in seen.moves)}
    if now.champion != seen.champion or to not in now.versions or any(m.key not in known for m in now.moves):
        _take_back(store, seen.name, move)
        return None
    _make(store, now, move)
    return replace(move, done=True)


def name_challenger(store: TrackingStore, name: str, version: int) -> None:
    """Give a version the alias `challenger`; raises Failed where MLflow cannot do it."""
    store.write(
        lambda: store.client.set_registered_model_alias(name, CHALLENGER, str(version)),
        "name the challenger in MLflow",
    )


def tag_version(store: TrackingStore, name: str, version: int, tags: dict[str, str]) -> None:
    """Write tags of a version, in the order given; raises Failed where MLflow cannot do it."""

    def write() -> None:
        for key, text in tags.items():
            store.client.set_model_version_tag(
                name, str(version), key, shortened(redacted(text), TAG_CHARACTERS)
            )

    store.write(write, "tag the version in MLflow")


def _finish(store: TrackingStore, found: Registered, move: Move) -> None:
    """Make a move that was cut short, or take it back where the champion is not the one it started from any more."""
    if move.to in found.versions and found.champion in (move.origin, move.to):
        _make(store, found, move)
    else:
        _take_back(store, found.name, move)


def _make(store: TrackingStore, now: Registered, move: Move) -> None:
    store.write(
        lambda: store.client.set_registered_model_alias(now.name, CHAMPION, str(move.to)),
        "name the champion in MLflow",
    )
    if CHALLENGER in now.aliases:
        store.write(
            lambda: store.client.delete_registered_model_alias(now.name, CHALLENGER),
            "take the challenger's name away in MLflow",
        )
    _tell(store, now.name, replace(move, done=True))


def _tell(store: TrackingStore, name: str, move: Move) -> None:
    store.write(
        lambda: store.client.set_registered_model_tag(name, move.key, move.text),
        "write down the champion's move in MLflow",
    )


def _take_back(store: TrackingStore, name: str, move: Move) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode

    def take() -> None:
        try:
            store.client.delete_registered_model_tag(name, move.key)
        except MlflowException as error:
            if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
                raise

    store.write(take, "take back the champion's move in MLflow")

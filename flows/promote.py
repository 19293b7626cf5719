"""The champion moved by a person: to a version, or back to the one before; and what the registry says of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from getpass import getuser
from pathlib import Path
from typing import Any

from matsluice.infra.mistakes import Failed, InvalidInput
from matsluice.infra.tracking.access import named_uri, without_secret
from matsluice.infra.tracking.existing_store import existing_store
from matsluice.infra.tracking.move_champion import move_champion, settled, tag_version
from matsluice.infra.tracking.moves import REASON_CHARACTERS, By, champions_before
from matsluice.infra.tracking.registered import (
    BECAUSE,
    CHALLENGER,
    OUTCOME,
    Registered,
    Version,
    known_model,
)
from matsluice.infra.tracking.store import TrackingStore, default_uri
from matsluice.tasks.evaluate.record import DECIDING_METRICS

DEFAULT_WORKSPACE = Path("workspace")
# How often a move by hand is tried where runs move the same champion.
TRIES = 20


def open_registry(
    campaign_file: Path | None = None, workspace: Path | None = None, uri: str | None = None
) -> TrackingStore:
    """Open the registry that a person means: by one of the three, else the environment's, else ./workspace.

    Raises
    ------
    InvalidInput
        More than one is given, or there is no registry.
    """
    if sum(each is not None for each in (campaign_file, workspace, uri)) > 1:
        raise InvalidInput(
            "--campaign, --workspace and --uri each say where the registry is: give one of them"
        )
    if uri is not None:
        return existing_store(uri, "--uri")
    if workspace is not None:
        return existing_store(default_uri(workspace), "--workspace")
    if campaign_file is not None:
        from matsluice.flows.campaign_file import load_campaign

        campaign = load_campaign(campaign_file, files_must_exist=False)
        named = named_uri(campaign.tracking.uri)
        return existing_store(named or default_uri(Path(campaign.workspace)))
    return existing_store(named_uri("") or default_uri(DEFAULT_WORKSPACE))


def promote(store: TrackingStore, name: str, version: str | None, reason: str) -> dict[str, Any]:
    """Make a version the champion, and return the move.

    Parameters
    ----------
    store
        The open registry.
    name
        The registered model.
    version
        A number or an alias; the challenger if None.
    reason
        Why, in a person's words.

    Raises
    ------
    InvalidInput
        There is no such model or version, or no reason.
    Failed
        MLflow cannot do it.
    """
    reason = _checked(reason)
    word = version or CHALLENGER

    def wanted(registry: Registered) -> int:
        if version is None and CHALLENGER not in registry.aliases:
            raise InvalidInput(
                f"{name} has no challenger: name a version, one of {', '.join(map(str, registry.versions))}"
            )
        return registry.version(word).number

    return _moved(store, name, wanted, reason, "hand")


def roll_back(store: TrackingStore, name: str, reason: str) -> dict[str, Any]:
    """Make the version the champion that was it before; raises and returns as `promote`, again and again."""
    reason = _checked(reason)

    def wanted(registry: Registered) -> int:
        earlier = [
            one for one in champions_before(registry.moves, registry.champion) if one in registry.versions
        ]
        if not earlier:
            raise InvalidInput(
                f"no champion of {name} is known before "
                f"{'the first' if registry.champion is None else f'version {registry.champion}'}: name a version, one "
                f"of {', '.join(map(str, registry.versions))}"
            )
        return earlier[-1]

    return _moved(store, name, wanted, reason, "rollback")


def _moved(
    store: TrackingStore, name: str, wanted: Callable[[Registered], int], reason: str, by: By
) -> dict[str, Any]:
    wanted(known_model(store, name))  # a mistake is told before anything is mended
    who = _person()
    for _ in range(TRIES):
        registry = settled(store, name)
        to = wanted(registry)
        if to == registry.champion:
            return {"name": name, "moved": False, "from": to, "to": to}
        move = move_champion(store, registry, to, who=who, reason=reason, by=by)
        if move is not None:
            tag_version(store, name, to, {BECAUSE: f"by {who}: {reason}", OUTCOME: "promoted"})
            return {"name": name, "moved": True, **move.record()}
    raise Failed(f"others move the champion of {name} all the time: look at --list and try again")


def _checked(reason: str) -> str:
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput('why the champion is moved is written down beside it: give --reason "…"')
    if len(words) > REASON_CHARACTERS:
        raise InvalidInput(f"the reason has {len(words)} characters: give {REASON_CHARACTERS} at most")
    return words


def _person() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a user id without a name, as in a container
        return f"user {os.getuid()}"


def listed(store: TrackingStore, name: str) -> dict[str, Any]:
    """Return a model's versions with aliases, scores and reasons, and its champion's moves, the latest first.

    Raises
    ------
    InvalidInput
        There is no such model.
    Failed
        MLflow cannot be read.
    """
    registry = known_model(store, name)
    return {
        "name": name,
        "registry": without_secret(store.uri),
        "champion": registry.champion,
        "challenger": registry.aliases.get(CHALLENGER),
        "versions": [_told(registry, each) for each in reversed(registry.versions.values())],
        "moves": [each.record() for each in reversed(registry.moves) if each.done],
    }


def _told(registry: Registered, version: Version) -> dict[str, Any]:
    tags = version.tags
    metric = next((each for each in DECIDING_METRICS if f"champion_{each}_mean" in tags), "")
    return {
        "version": version.number,
        "aliases": sorted(alias for alias, number in registry.aliases.items() if number == version.number),
        "created": version.created.isoformat(timespec="seconds"),
        **{key: tags.get(key, "") for key in ("campaign", "run", "model", "target", "unit", "split")},
        "metric": metric,
        "error": _number(tags.get(f"champion_{metric}_mean")),
        "holdout_error": _number(tags.get(f"holdout_{metric}")),
        "outcome": tags.get(OUTCOME, ""),
        "because": tags.get(BECAUSE, ""),
    }


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:  # written by a person
        return None

"""What the registry holds under a name: its versions, their aliases, and the moves of the champion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput, unknown_word
from matsluice.infra.tracking.access import without_secret
from matsluice.infra.tracking.moves import Move, moves_of

if TYPE_CHECKING:
    from matsluice.infra.tracking.store import TrackingStore

CHAMPION, CHALLENGER = "champion", "challenger"
# Tags of a version: the content name of its fit, why it was promoted or not, as a word and as a sentence.
FIT_KEY, OUTCOME, BECAUSE = "fit_key", "promotion", "promotion_reason"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a registered model.

    Attributes
    ----------
    number
        From 1.
    run_id
        MLflow's run of the model that was fitted.
    created
        When, in UTC.
    """

    number: int
    run_id: str
    created: datetime
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered model as it was when it was looked up.

    Attributes
    ----------
    versions
        By number, the first first.
    aliases
        Alias → number.
    moves
        Every move of the champion, the first first.
    """

    name: str
    versions: Mapping[int, Version] = field(default_factory=dict)
    aliases: Mapping[str, int] = field(default_factory=dict)
    moves: tuple[Move, ...] = ()

    @property
    def champion(self) -> int | None:
        """The number of the version that bears the alias, or None."""
        return self.aliases.get(CHAMPION)

    def version(self, word: str) -> Version:
        """Return the version of a number or alias, as a person writes it; raises InvalidInput."""
        text = word.strip()
        number = self.aliases.get(
            text.removeprefix("@"), int(text) if text.isascii() and text.isdigit() else 0
        )
        if number not in self.versions:
            allowed = [*map(str, self.versions), *self.aliases]
            raise InvalidInput(unknown_word(f"version of {self.name}", word, allowed))
        return self.versions[number]

    def with_fit(self, fit_key: str) -> Version | None:
        """Return the latest version that is this very fit, or None."""
        same = [each for each in self.versions.values() if each.tags.get(FIT_KEY) == fit_key]
        return same[-1] if same else None


def look_up(store: TrackingStore, name: str) -> Registered:
    """Return what the registry holds under a name; without versions where it holds nothing.

    Raises
    ------
    Failed
        MLflow cannot be read: one sentence.
    """
    return store.write(lambda: _look_up(store, name), "look the champion up in MLflow")


def known_model(store: TrackingStore, name: str) -> Registered:
    """Return what the registry holds under a name that a person has given.

    Raises
    ------
    InvalidInput
        It holds nothing under that name.
    Failed
        MLflow cannot be read.
    """
    found = look_up(store, name)
    if found.versions:
        return found
    names = store.write(
        lambda: [str(each.name) for each in store.client.search_registered_models()],
        "read the names in MLflow's registry",
    )
    place = without_secret(store.uri)
    if name in names:
        raise InvalidInput(f"model {name} has no version in {place}: run its campaign first")
    if not names:
        raise InvalidInput(f"{place} holds no models yet: run a campaign first")
    raise InvalidInput(f"{unknown_word('model', name, names)} (in {place})")


def _look_up(store: TrackingStore, name: str) -> Registered:
    from mlflow.exceptions import MlflowException
    from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST, ErrorCode

    try:
        model = store.client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code in map(ErrorCode.Name, (RESOURCE_DOES_NOT_EXIST, INVALID_PARAMETER_VALUE)):
            return Registered(name)
        raise
    # A name may hold one kind of quote, and MLflow's filter takes either.
    quote = '"' if "'" in name else "'"
    versions = {
        int(each.version): Version(
            int(each.version),
            str(each.run_id or ""),
            datetime.fromtimestamp((each.creation_timestamp or 0) / 1000, UTC),
            dict(each.tags or {}),
        )
        for each in store.client.search_model_versions(f"name = {quote}{name}{quote}")
    }
    aliases = {str(alias): int(number) for alias, number in (model.aliases or {}).items()}
    return Registered(
        name,
        dict(sorted(versions.items())),
        {alias: number for alias, number in aliases.items() if number in versions},
        moves_of(model.tags or {}),
    )

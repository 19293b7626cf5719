"""What one step does. The public names are imported when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matsluice.tasks.features.table import featurize as featurize
    from matsluice.tasks.predict.load import load_model as load_model

_PLACES = {
    "featurize": "matsluice.tasks.features.table",
    "load_model": "matsluice.tasks.predict.load",
}
__all__ = ["featurize", "load_model"]


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"matsluice.tasks has no {name!r}; it has {', '.join(_PLACES)}")
    return getattr(import_module(_PLACES[name]), name)

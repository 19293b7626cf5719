"""What a service says of its model: the contract that programs read, and a card for people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matsluice.infra.tracking.access import VARIABLE, check_access
from matsluice.infra.tracking.store import check_address
from matsluice.tasks.predict.load import DEFAULT_WORKSPACE, model_uri

if TYPE_CHECKING:
    from matsluice.tasks.model_service.limits import ServiceLimits
    from matsluice.tasks.predict.material_model import MaterialModel

REGISTRY = "models:/"


@dataclass(frozen=True, slots=True)
class Entry:
    """A model's place in the registry.

    Attributes
    ----------
    name
        What `load_model` loads: the model and its version, since an alias may move while the service runs.
    version
        "" where the name is none of the registry's.
    tags
        What stands beside the version: its campaign, run and scores.
    """

    name: str
    version: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


def entry_of(name: str, workspace: Path | None, tracking_uri: str | None) -> Entry:
    """Return the registry's entry of a model; where it has none, `load_model` says why.

    Parameters
    ----------
    name, workspace, tracking_uri
        As `load_model` takes them.

    Raises
    ------
    InvalidInput
        The server does not answer, or does not let us in.
    """
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    uri = tracking_uri or (None if workspace else os.environ.get(VARIABLE))
    database = Path(workspace or DEFAULT_WORKSPACE).absolute() / "mlflow.db"
    address = model_uri(name)
    if not address.startswith(REGISTRY) or (uri is None and not database.exists()):
        return Entry(name)
    uri = uri or f"sqlite:///{database}"
    if uri.startswith(("http://", "https://")):
        check_address(uri)
        check_access(uri)
    client = MlflowClient(uri)
    named, at, alias = address.removeprefix(REGISTRY).partition("@")
    number = named.rpartition("/")
    try:
        if at:
            found = client.get_model_version_by_alias(named, alias)
        else:
            found = client.get_model_version(number[0], number[2])
    except MlflowException:
        return Entry(name)
    return Entry(f"{found.name}/{found.version}", str(found.version), dict(found.tags or {}))


@dataclass(frozen=True, slots=True)
class Described:
    """What is said of a served model.

    Attributes
    ----------
    model, version
        Its name as it was asked for, and its version in the registry.
    head
        What stands above the rows of every answer.
    contract
        What `GET /model` says.
    """

    model: str
    version: str
    head: Mapping[str, Any]
    contract: Mapping[str, Any]


def described(name: str, entry: Entry, model: MaterialModel, limits: ServiceLimits) -> Described:
    """Return what is said of a model."""
    head = {
        "model": name,
        "version": entry.version,
        "target": model.target,
        "unit": model.unit,
        "confidence": model.confidence,
    }
    contract = {
        **head,
        "task": "classification" if model.classes else "regression",
        "classes": list(model.classes),
        "takes": _takes(model),
        "blocks": dict(model.blocks),
        "features": len(model.columns),
        "plugins": [Path(plugin.path).name for plugin in model.plugins],
        "registry": dict(entry.tags),
        "matsluice": version("matsluice"),
        "limits": {word: value for word, value in asdict(limits).items() if word in _TOLD},
    }
    return Described(name, entry.version, head, {**contract, "card": "\n".join(_card(contract))})


# Limits that a caller can keep to.
_TOLD = ("batch", "body_bytes", "formula_characters", "structure_characters", "atoms", "row_seconds")


def _takes(model: MaterialModel) -> str:
    if "structure" in model.needs:
        return "structures: the text of a CIF or POSCAR, or pymatgen's JSON"
    return "formulas; of a structure (CIF, POSCAR, pymatgen's JSON) the composition is used"


def _card(contract: Mapping[str, Any]) -> list[str]:
    """Return a few sentences about the model."""
    unit = f" in {contract['unit']}" if contract["unit"] else ""
    what = f"Predicts {contract['target']}{unit}"
    if contract["classes"]:
        what = f"Predicts {contract['target']}, one of {', '.join(contract['classes'])}"
    share = f"{100 * contract['confidence']:g} %"
    asserted = (
        f"The set of classes holds the true one in {share} of cases like those learned from."
        if contract["classes"]
        else f"The interval from lower to upper holds the true value in {share} of cases like those learned from."
    )
    blocks = ", ".join(f"{word} (version {number})" for word, number in contract["blocks"].items())
    scores = "; ".join(f"{word}: {text}" for word, text in sorted(contract["registry"].items()))
    return [
        f"{what}, from {contract['features']} features: {blocks}.",
        f"Takes {contract['takes']}.",
        asserted,
        "Where in_domain is false the material is unlike those learned from, and domain says in what.",
        *([f"From the registry: {scores}."] if scores else []),
    ]

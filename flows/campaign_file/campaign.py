"""A campaign as it is run: every default filled in, every path absolute."""

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

from matsluice.flows.campaign_file.learning_sections import Data, Features, Model, Target, Validation
from matsluice.flows.campaign_file.section import AbsolutePath, Section
from matsluice.flows.campaign_file.studies_section import OF_ROWS, Study
from matsluice.flows.campaign_file.toml_text import toml_text
from matsluice.flows.campaign_file.using_sections import Cluster, Plugins, Screen, Tracking
from matsluice.flows.campaign_file.vocabulary import studies
from matsluice.infra.workspace.permissions import Permissions

# Keys of [features] that change no number.
UNCHANGING = frozenset({"chunk_rows", "max_rejected", "store"})
# Keys of [screen] that say how hits are ranked, beside the objective.
RANKING_KEYS = ("objective", "objectives", "rank", "acquisition", "at_most_per_system")
# Keys of [data] that are only told.
SAID_OF_DATA = frozenset({"licence", "citation"})


class Campaign(Section):
    """What to learn from, what to predict, what to look for; `load_campaign` reads one from a file.

    Attributes
    ----------
    name
        Of the campaign: its folder under runs/ and its MLflow experiment.
    seed
        From which, with the name of a piece of work, that piece's seed is derived.
    workspace
        Absolute folder for everything a run writes.
    permissions
        "private" or "umask": who may enter the workspace and the store where a run makes them.
    data, targets, features, validation, models, screen, cluster, tracking, plugins, studies
        The sections of the file; screen is None where nothing is screened, studies are empty where there are none.
    """

    name: str
    seed: int
    workspace: AbsolutePath
    permissions: Permissions
    data: Data
    targets: tuple[Target, ...]
    features: Features
    validation: Validation
    models: tuple[Model, ...]
    screen: Screen | None
    cluster: Cluster
    tracking: Tracking
    plugins: Plugins
    studies: tuple[Study, ...] = ()

    def resolved_toml(self) -> str:
        """Return the campaign as TOML that `load_campaign` reads as an equal campaign, from any folder."""
        head = "# The campaign as it was run: every default written out, every path absolute.\n\n"
        return head + toml_text(self._document())

    @property
    def digest(self) -> str:
        """A name (32 hex digits) for all that changes the numbers: two runs with the same may share work.

        Left out is what does not: the campaign's name, the workspace, [cluster], [tracking], where the
        features are stored and in which chunks they are computed, and max_rejected, which only decides whether
        a run goes on. What the files of data, candidates and plug-ins contain is named elsewhere, not here.
        """
        document = self._document()
        changing = {key: document[key] for key in ("data", "targets", "validation", "models")}
        changing["data"] = {k: v for k, v in document["data"].items() if k not in SAID_OF_DATA}
        if not self.validation.allow:  # a campaign that allows nothing keeps the name it has always had
            changing["validation"] = {k: v for k, v in document["validation"].items() if k != "allow"}
        changing["plugins"] = [module.name for module in self.plugins.modules]
        changing["seed"] = self.seed
        changing["screen"] = document.get("screen")
        if self.studies:  # a campaign without any keeps the name it has always had
            changing["studies"] = document["studies"]
        changing["features"] = {k: v for k, v in document["features"].items() if k not in UNCHANGING}
        text = json.dumps(changing, sort_keys=True, separators=(",", ":"))
        return blake2b(text.encode(), digest_size=16, person=b"campaign 1").hexdigest()

    @property
    def class_targets(self) -> tuple[str, ...]:
        """The columns that are learned as classes."""
        return tuple(target.column for target in self.targets if target.task == "classification")

    @property
    def store(self) -> str:
        """The feature store: a folder or ``s3://bucket/prefix``."""
        return self.features.store or str(Path(self.workspace) / "features")

    def _document(self) -> dict[str, Any]:
        """Return the tables of the file."""
        tables: dict[str, Any] = self.model_dump(
            by_alias=True, exclude={"name", "seed", "workspace", "permissions"}
        )
        tables["studies"] = [_study_table(table) for table in tables["studies"]] or None
        # A campaign that searches nothing keeps the name it has always had.
        tables["models"] = [
            {key: value for key, value in table.items() if key != "search" or value is not None}
            for table in tables["models"]
        ]
        tables["data"] = _with_options_beside(tables["data"])
        tables["cluster"] = _with_options_beside(tables["cluster"])
        tables["validation"] = _with_options_beside(tables["validation"])
        if tables["screen"]:
            tables["screen"] = _screen_table(tables["screen"])
        identity = {
            "name": self.name,
            "seed": self.seed,
            "workspace": str(Path(self.workspace)),
            "permissions": self.permissions,
        }
        return {"campaign": identity, **{name: table for name, table in tables.items() if table is not None}}


def _study_table(table: dict[str, Any]) -> dict[str, Any]:
    """Return a study's table; one of a function has no keys that say which rows."""
    of_rows = bool(studies()[table["kind"]].tasks)
    return {k: v for k, v in _with_options_beside(table).items() if of_rows or k not in OF_ROWS}


def _screen_table(table: dict[str, Any]) -> dict[str, Any]:
    """Return the table of [screen]; a campaign that ranks by one objective or requires nothing keeps its name."""
    usual = {name: Screen.model_fields[name].default for name in RANKING_KEYS}
    said = {key: value for key, value in table.items() if key not in usual or value != usual[key]}
    if table["acquisition"] != "upper_bound":
        said.pop("kappa", None)
    if not said["require"]:
        del said["require"]
    return {**said, "candidates": _with_options_beside(table["candidates"])}


def _with_options_beside(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with the keys of its source or kind alone beside the others, as they stand in a file."""
    return {**{key: value for key, value in table.items() if key != "options"}, **table["options"]}

"""What is looked for, where the work is done and recorded: screen, cluster, tracking, plugins."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    SerializeAsAny,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from matsluice.flows.campaign_file.messages import shown
from matsluice.flows.campaign_file.objective_section import Objective, WeighedObjective, check_ranking
from matsluice.flows.campaign_file.require_section import Require
from matsluice.flows.campaign_file.section import AbsolutePath, Bytes, Section, each_once
from matsluice.flows.campaign_file.vocabulary import known_cluster, known_source
from matsluice.infra.clusters.cluster_options import ClusterOptions
from matsluice.infra.clusters.kinds import CLUSTERS
from matsluice.tasks.features.plugins import PluginFile, read_plugin
from matsluice.tasks.ingest.element_words import expand_groups, known_symbol_or_group
from matsluice.tasks.ingest.source_options import SourceOptions

# What MLflow takes as the address of a tracking server or of a database.
TRACKING_SCHEMES = ("http", "https", "sqlite", "postgresql", "mysql", "mssql")

SCHEDULER_ADDRESS = r"(tcp|tls)://([A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}"


class Candidates(Section):
    """screen.candidates: what is screened; `options` holds the source's own keys."""

    source: Annotated[str, AfterValidator(known_source)] = Field(description='a source, such as "csv"')
    options: SerializeAsAny[SourceOptions]


class Screen(Section):
    """[screen]; `exclude_elements` holds symbols in order of atomic number, groups expanded."""

    candidates: Candidates = Field(description='a table such as { source = "enumerate", sizes = [3] }')
    objective: Objective | None = Field(
        default=None, description='a table such as { target = "band_gap", between = [1.1, 1.7] }'
    )
    objectives: tuple[WeighedObjective, ...] = Field(
        default=(),
        description="[[screen.objectives]], in double brackets, once for each, in place of objective",
    )
    rank: Literal["weighted", "pareto"] = Field(
        default="weighted", description='"weighted" for a weighted geometric mean, or "pareto" for fronts'
    )
    acquisition: Literal["exploit", "expected_improvement", "upper_bound"] = Field(
        default="exploit", description='"exploit", "expected_improvement" or "upper_bound"'
    )
    kappa: float = Field(
        default=2.0, ge=0, description="how many standard deviations, a number from 0 up, such as 2.0"
    )
    at_most_per_system: int | None = Field(
        default=None, ge=1, description="how many hits of one chemical system, a whole number from 1"
    )
    exclude_elements: tuple[Annotated[str, AfterValidator(known_symbol_or_group)], ...] = Field(
        default=(), description='a list of symbols and "radioactive", such as ["Pb", "Cd", "radioactive"]'
    )
    require: Require = Field(
        default=Require(), description="a table such as { charge_balanced = true, elements_count = [2, 4] }"
    )
    confidence: float = Field(
        default=0.9, gt=0, lt=1, description="a number above 0 and below 1, such as 0.9"
    )
    top: int = Field(default=100, ge=1, le=10_000_000, description="a whole number from 1 to 10000000")

    @field_validator("exclude_elements")
    @classmethod
    def _expand(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        return expand_groups(words)

    @model_validator(mode="after")
    def _ranks(self) -> Self:
        given = self.objective, self.objectives
        check_ranking(given, self.rank, self.acquisition, has_kappa="kappa" in self.model_fields_set)
        return self

    @property
    def aims(self) -> tuple[Objective, ...]:
        """All objectives; the first one's target is the champion's."""
        return self.objectives if self.objective is None else (self.objective,)

    @property
    def first(self) -> Objective:
        """The first objective."""
        return self.aims[0]

    @property
    def weights(self) -> tuple[float, ...]:
        """How much each objective counts."""
        return tuple(one.weight for one in self.objectives) or (1.0,)


class Cluster(Section):
    """[cluster]: the keys of every kind; `options` holds those of its kind alone."""

    kind: Annotated[str, AfterValidator(known_cluster)] = Field(
        default="local", description='a kind of cluster, such as "local"'
    )
    workers: int = Field(default=2, ge=1, le=10_000, description="a whole number from 1 to 10000")
    memory_per_worker_bytes: Bytes = Field(
        default=2 * 1024**3,
        alias="memory_per_worker",
        ge=256 * 1024**2,
        le=16 * 1024**4,
        description='a size from "256MiB" to "16TiB"',
    )
    threads_per_worker: int = Field(
        default=1,
        ge=1,
        le=256,
        description="how many calls a worker runs at once, a whole number from 1 to 256",
    )
    address: str = Field(default="", description='an address such as "tcp://10.0.0.1:8786"')
    options: SerializeAsAny[ClusterOptions]

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if not CLUSTERS[self.kind].has_address:
            if self.address:
                able = " or ".join(f'"{name}"' for name, spec in CLUSTERS.items() if spec.has_address)
                raise ValueError(f'address is for kind = {able}; with kind = "{self.kind}" leave it out')
        elif not re.fullmatch(SCHEDULER_ADDRESS, self.address):
            got = f"got {shown(self.address)}" if self.address else "it is missing"
            raise ValueError(
                f'address is where the scheduler of kind = "{self.kind}" listens; {got}; '
                'allowed: tcp://host:port or tls://host:port, such as "tcp://10.0.0.1:8786"'
            )
        elif getattr(self.options, "tls", "") and self.address.startswith("tcp://"):
            raise ValueError(
                f"tls names certificates, and address {shown(self.address)} is not encrypted; write tls:// in the "
                "address, or leave tls out"
            )
        self.options.check_with(self.workers)
        return self


class Tracking(Section):
    """[tracking]."""

    uri: str = Field(
        default="",
        description='an address such as "http://127.0.0.1:5000" or "sqlite:///runs.db"; "" for the workspace',
    )
    # Empty: the campaign's name, filled in where it is known.
    registered_name: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=128)
    ] = Field(
        default="",
        alias="register",
        description='a name of letters, digits, - _ and ., such as "solar-absorbers"',
    )
    promote: Literal["better", "always", "never"] = Field(
        default="better",
        description='when a run\'s model takes the champion\'s place: "better" (beyond noise), "always" or "never"',
    )
    core_hour_price: float | None = Field(
        default=None, ge=0, description="what a core costs for an hour, a number such as 0.04"
    )
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = Field(
        default="EUR", description='a currency of three capital letters, such as "EUR"'
    )

    @field_validator("uri")
    @classmethod
    def _usable(cls, uri: str, info: ValidationInfo) -> str:
        if not uri:
            return uri
        scheme = uri.split("://", maxsplit=1)[0].split("+", maxsplit=1)[0] if "://" in uri else ""
        if scheme not in TRACKING_SCHEMES:
            raise ValueError(
                'no address of a tracking server or database; write "" for the workspace\'s own, '
                f"or an address that begins with one of {', '.join(f'{s}://' for s in TRACKING_SCHEMES)}"
            )
        if _holds_secret(uri):
            raise ValueError(
                "a password does not belong in a campaign file, which every run copies; leave uri out and "
                "set MLFLOW_TRACKING_URI, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
            )
        return _with_absolute_database(uri, Path((info.context or {}).get("folder", ".")))


class Plugins(Section):
    """[plugins]; `modules` holds absolute paths."""

    modules: tuple[AbsolutePath, ...] = Field(
        default=(), description='a list of Python files, such as ["my_blocks.py"]'
    )

    @field_validator("modules", mode="before")
    @classmethod
    def _resolve(cls, modules: object, info: ValidationInfo) -> object:
        folder = Path((info.context or {}).get("folder", "."))
        if not isinstance(modules, tuple) or not all(isinstance(module, str) for module in modules):
            return modules
        return tuple(Path(os.path.abspath(folder / module)) for module in modules)  # noqa: PTH100 - symbolic links are kept

    @field_validator("modules")
    @classmethod
    def _each_once(cls, modules: tuple[Path, ...]) -> tuple[Path, ...]:
        each_once("plug-in", tuple(module.stem for module in modules))
        return modules

    def files(self) -> tuple[PluginFile, ...]:
        """Read the plug-in files.

        Raises
        ------
        InvalidInput
            One cannot be read.
        """
        return tuple(read_plugin(module) for module in self.modules)


def _holds_secret(uri: str) -> bool:
    """Whether the address carries a password, or a token in its place before the @ of a server's address."""
    authority = uri.split("://", maxsplit=1)[1].split("/", maxsplit=1)[0]
    user = authority.rpartition("@")[0]
    return ":" in user or (bool(user) and uri.startswith("http")) or "password=" in uri.lower()


def _with_absolute_database(uri: str, folder: Path) -> str:
    """Return a SQLite address with its file absolute: sqlite:///x.db is relative, sqlite:////x.db is not."""
    prefix = "sqlite:///"
    if not uri.startswith(prefix):
        return uri
    return prefix + os.path.abspath(folder / uri.removeprefix(prefix))  # noqa: PTH100 - symbolic links are kept

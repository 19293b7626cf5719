"""What a check is, what it is told, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matsluice.infra.clusters.opened import ClusterSettings

# unused: there is nothing of the kind here. skipped: what the check builds on has failed.
Status = Literal["ok", "warning", "failure", "unused", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found.

    Attributes
    ----------
    status
        A failure keeps a campaign from running, or its numbers from being right; a warning does not.
    said
        What was looked at and found, as the words after the check's name.
    do
        What to do about it; empty where all is well.
    """

    status: Status
    said: str
    do: str = ""


def ok(said: str) -> Finding:
    """Return a good finding."""
    return Finding("ok", said)


def warning(said: str, do: str) -> Finding:
    """Return a finding with which a campaign still runs."""
    return Finding("warning", said, do)


def failure(said: str, do: str) -> Finding:
    """Return a finding with which it does not."""
    return Finding("failure", said, do)


def unused(said: str) -> Finding:
    """Return the finding of a check that has nothing to look at."""
    return Finding("unused", said)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined.

    Attributes
    ----------
    workspace
        The folder runs write to; it need not exist.
    cluster
        What the campaign's [cluster] says, or None where no campaign was given.
    tracking_uri
        Address of MLflow, "" for the workspace's own.
    store
        The feature store's folder or ``s3://bucket/prefix``; "" for the workspace's own.
    needs
        Optional dependency group → what of the campaign needs it.
    constraints
        File with the versions the project is tested with, or None where there is none.
    write
        Whether something may be recorded in MLflow to see that it can.
    """

    workspace: Path
    cluster: ClusterSettings | None = None
    tracking_uri: str = ""
    store: str = ""
    needs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    constraints: Path | None = None
    write: bool = False

    @property
    def folder(self) -> Path:
        """The workspace, or where it is not made yet, the folder it will be made in."""
        folder = self.workspace.absolute()
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return folder

    @property
    def tracking_server(self) -> str:
        """The address of an MLflow server, "" where records go to a database."""
        return self.tracking_uri if self.tracking_uri.startswith(("http://", "https://")) else ""


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check.

    Attributes
    ----------
    name
        "family.thing".
    looks_at
        One line for people.
    check
        "module:function" of ``check(subject) -> Finding``.
    after
        Checks that must not have failed for this one to have something to look at.
    limit_s
        Seconds after which it is given up, which is a failure.
    """

    name: str
    looks_at: str
    check: str
    after: tuple[str, ...] = ()
    limit_s: float = 30.0

"""The keys of kind = "ssh"."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo, field_validator

from matsluice.infra.clusters.cluster_options import EncryptedOptions, Folder, GrowingOptions, Line, Word

# What ssh takes as a host: a name of its configuration, or user@host. A word that begins with - would be an option.
Host = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@:%-]*$", max_length=255)]


def _each_once(hosts: tuple[str, ...]) -> tuple[str, ...]:
    twice = next((host for place, host in enumerate(hosts) if host in hosts[:place]), None)
    if twice is not None:
        raise ValueError(f'host "{twice}" stands more than once; workers are spread over the hosts evenly')
    return hosts


class SshOptions(GrowingOptions, EncryptedOptions):
    """Hosts that the run logs in to with the system's own ssh, its keys, agent and configuration.

    Attributes
    ----------
    hosts
        Names as ssh takes them.
    ssh_config
        A configuration file of ssh in the place of a person's own (absolute), or "".
    setup
        Lines of shell that run on a host before its worker.
    python
        The interpreter on the hosts; "" for the run's own path.
    interface
        The network by which hosts and the run reach each other; "" for what the host's name leads to.
    scratch
        Folder on the hosts for what workers keep there; "" for one in the workspace.

    Examples
    --------
    >>> SshOptions(hosts=("node1", "me@node2")).min_workers is None
    True
    """

    hosts: Annotated[tuple[Host, ...], AfterValidator(_each_once)] = Field(
        min_length=1, description='a list of hosts as ssh takes them, such as ["node1", "me@node2"]'
    )
    ssh_config: str = Field(
        default="",
        description='a configuration file of ssh, relative to the campaign file, such as "ssh_config"',
    )
    setup: tuple[Line, ...] = Field(
        default=(), description='a list of lines of shell, such as ["source /opt/env/bin/activate"]'
    )
    python: str = Field(
        default="", description='the path of Python on the hosts, such as "/opt/env/bin/python"'
    )
    interface: Word = Field(default="", description='a network interface of `ip link`, such as "eth1"')
    scratch: Folder = Field(
        default="", description='an absolute folder on the hosts, such as "/local/me" or "$TMPDIR"'
    )

    @field_validator("ssh_config")
    @classmethod
    def _resolve(cls, text: str, info: ValidationInfo) -> str:
        if not text:
            return text
        folder = Path((info.context or {}).get("folder", "."))
        file = Path(os.path.abspath(folder / text))  # noqa: PTH100 - symbolic links are kept
        if (info.context or {}).get("files_must_exist", True) and not file.is_file():
            raise ValueError(f"there is no file {file}")
        return str(file)

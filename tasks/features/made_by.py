"""Which code computes a block: two processes of one run must agree on it."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import Failed

if TYPE_CHECKING:
    from matsluice.tasks.features.block_spec import BlockSpec

# What a block's values come from: the blocks, the materials they see, the files they read.
FOLDERS = ("features", "material", "electronic")


@dataclass(frozen=True, slots=True)
class MadeBy:
    """The code behind a block's values.

    Attributes
    ----------
    block, version
        The block's name and version; a plug-in's digest stands behind its version.
    matsluice, code
        The installed version, and a digest of its source of blocks and materials.
    """

    block: str
    version: str
    matsluice: str
    code: str

    @classmethod
    def here(cls, spec: BlockSpec) -> MadeBy:
        """Return the code that this process would compute a block with."""
        block_version = f"{spec.version} ({spec.code})" if spec.code else str(spec.version)
        return cls(spec.name, block_version, installed_version(), source_digest())


def check_code(asked: MadeBy, spec: BlockSpec) -> None:
    """Raise Failed, with both versions named, where a block's code here is another than the run's."""
    other = difference(asked, MadeBy.here(spec))
    if other:
        raise Failed(other)


def difference(asked: MadeBy, found: MadeBy) -> str:
    """Return the sentence that two codes differ, with both versions named, or "" where they are the same.

    Examples
    --------
    >>> asked = MadeBy("composition.magpie", "2", "0.2.0", "aa")
    >>> print(difference(asked, MadeBy("composition.magpie", "1", "0.1.0", "bb")).partition(" on ")[0])
    block composition.magpie is version 2 in the run and version 1
    """
    if asked == found:
        return ""
    if asked.version != found.version:
        first = f"block {asked.block} is version {asked.version} in the run and version {found.version} on "
        return f"{first}{platform.node()}: install there what the run has, and run the same command"
    return (
        f"block {asked.block} is computed by matsluice {asked.matsluice} (code {asked.code}) in the run and by "
        f"{found.matsluice} (code {found.code}) on {platform.node()}: install one version, and run the same command"
    )


@lru_cache(maxsize=1)
def installed_version() -> str:
    """Return matsluice's version; reading it takes a millisecond."""
    return version("matsluice")


@lru_cache(maxsize=1)
def source_digest() -> str:
    """Return a digest of the source files that blocks are computed by."""
    top = Path(__file__).parents[1]
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(path for folder in FOLDERS for path in (top / folder).rglob("*.py")):
        digest.update(path.relative_to(top).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()

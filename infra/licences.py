"""Under which licences the installed distributions stand that this one needs, as their own metadata say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from types import MappingProxyType
from typing import Final

# Licences that allow use in any work, whose conditions are to keep their text, or changes to their own files open.
ALLOWED: Final = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|Zlib|CC0|HPND|CNRI-Python|LLVM-exception",
    re.IGNORECASE,
)
# What the metadata do not say, or say so that it must be looked at: name → (licence, reason), as their files say.
LOOKED_AT: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "huey": ("MIT", "its metadata name none; the file LICENSE does"),
        "matminer": ("BSD-3-Clause", "its metadata name none; the file LICENSE is LBNL's form of it"),
        "nvidia-nccl-cu12": (
            "NVIDIA, proprietary",
            "comes with xgboost's wheel for Linux, for training on several graphics cards; nothing here loads it",
        ),
        "opentsne": ("BSD-3-Clause", "its metadata say only that the licence is an open one"),
        "skops": ("MIT", "its metadata say only that the licence is an open one"),
        "text-unidecode": (
            "Artistic",
            "offered under the Artistic licence or the GPL; taken under the first",
        ),
        "umap-learn": ("BSD-3-Clause", "its metadata say only that the licence is an open one"),
    }
)


@dataclass(frozen=True, slots=True)
class Licence:
    """One distribution's.

    Attributes
    ----------
    name, version
        The distribution.
    licence
        As its metadata say, or as was found when it was looked at.
    remark
        Why it was looked at, or "".
    allowed
        Whether it is one of those that allow use in any work, or was looked at.
    """

    name: str
    version: str
    licence: str
    remark: str
    allowed: bool


def licences(root: str = "matsluice") -> list[Licence]:
    """Return the licence of a distribution and of all it needs here, extras left out, by name.

    Examples
    --------
    >>> next(one.licence for one in licences() if one.name == "matsluice")
    'MIT'
    """
    return sorted((_licence(found) for found in _needed(root)), key=lambda one: one.name)


def _needed(root: str) -> Iterator[Distribution]:
    from packaging.requirements import Requirement

    waiting, seen = [root], set[str]()
    while waiting:
        name = _plain(waiting.pop())
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:  # needed on another system, or with another Python
            continue
        yield found
        for text in found.requires or ():
            needed = Requirement(text)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                waiting.append(needed.name)


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _licence(found: Distribution) -> Licence:
    name = _plain(found.metadata["Name"])
    if name in LOOKED_AT:
        licence, remark = LOOKED_AT[name]
        return Licence(name, found.version, licence, remark, True)
    said = _said(found)
    return Licence(name, found.version, said or "not said", "", bool(ALLOWED.search(said)))


def _said(found: Distribution) -> str:
    metadata = found.metadata
    if expressions := metadata.get_all("License-Expression"):
        return str(expressions[0])
    classes = [text for text in metadata.get_all("Classifier") or () if text.startswith("License ::")]
    if classes:
        return ", ".join(text.rpartition("::")[2].strip() for text in classes)
    # A field that some fill with the whole text; the first line names it.
    return next(iter("\n".join(metadata.get_all("License") or ()).strip().splitlines()), "")

"""What is installed, against what matsluice says it needs and is tested with."""

from __future__ import annotations

import platform
import re
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from matsluice.infra.doctor.check_spec import Finding, Subject, failure, ok, unused, warning

if TYPE_CHECKING:
    from pathlib import Path

NAMED = 4  # how many packages a sentence names


def python(_subject: Subject) -> Finding:
    """Check Python against what the package says it needs."""
    here = platform.python_version()
    # A distribution's metadata has a __contains__, and no type that says so.
    needed = str(metadata("matsluice").get("Requires-Python") or "")  # type: ignore[attr-defined]
    if needed and not SpecifierSet(needed).contains(here, prereleases=True):
        return failure(f"Python {here}, and {needed} is needed", f"make the environment with Python {needed}")
    return ok(f"{here}, matsluice {version('matsluice')}")


def packages(_subject: Subject) -> Finding:
    """Check each package that is always needed."""
    needed = [one for one in map(Requirement, requires("matsluice") or []) if _always(one)]
    wrong = [said for one in needed if (said := _unmet(one))]
    if wrong:
        return failure(_listed(wrong), "`make env`, or `pip install` what is named, in this version")
    return ok(f"{len(needed)} packages, each in a version that works")


def tested(subject: Subject) -> Finding:
    """Compare versions with those the project is tested with."""
    if subject.constraints is None:
        return unused("no file of tested versions here; name one with --constraints")
    pins = read_pins(subject.constraints)
    other = [
        f"{name} {here} (tested: {pin})"
        for name, pin in pins.items()
        # "2.13.0+cpu" is how 2.13.0 was built: a pin without such a label takes it, as pip does.
        if (here := _installed(name)) is not None
        and not SpecifierSet(f"=={pin}").contains(here, prereleases=True)
    ]
    there = sum(_installed(name) is not None for name in pins)
    if other:
        return warning(
            f"{len(other)} of {there} packages in another version: {_listed(other)}",
            f"`pip install --constraint {subject.constraints} …`, or go on where yours are newer and work",
        )
    return ok(f"{there} packages in the versions the project is tested with")


def extras(subject: Subject) -> Finding:
    """Check the optional packages of what the campaign uses."""
    if not subject.needs:
        return unused("nothing in use needs optional packages")
    everything = [Requirement(text) for text in requires("matsluice") or []]
    for extra, because in subject.needs.items():
        of_extra = [one for one in everything if one.marker and one.marker.evaluate({"extra": extra})]
        if not of_extra:
            return failure(
                f"{because} needs the extra {extra}, which the installed matsluice does not know",
                "install matsluice anew: its sources are newer than its metadata",
            )
        missing = [one for one in of_extra if not _always(one) and _unmet(one)]
        if missing:
            words = _listed([said for one in missing if (said := _unmet(one))])
            return failure(f"{because} needs {words}", f"`pip install 'matsluice[{extra}]'`")
    return ok(", ".join(f"{extra} for {because}" for extra, because in subject.needs.items()))


def read_pins(file: Path) -> dict[str, str]:
    """Return package → version of the `name==version` lines of a file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)==([^\s;]+)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def _always(one: Requirement) -> bool:
    return one.marker is None or one.marker.evaluate({"extra": ""})


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _unmet(one: Requirement) -> str:
    here = _installed(one.name)
    if here is None:
        return f"{one.name} is not installed"
    if not one.specifier.contains(here, prereleases=True):
        return f"{one.name} {here} (needed: {one.specifier})"
    return ""


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - NAMED} more" if len(words) > NAMED else ""
    return ", ".join(words[:NAMED]) + more

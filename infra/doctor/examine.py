"""Doing the checks, one after the other, so that none can hang or break the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from matsluice.infra.doctor.check_spec import CheckSpec, Finding, Subject, failure
from matsluice.infra.doctor.checks import CHECKS
from matsluice.infra.mistakes import Failed, InvalidInput, unknown_word


@dataclass(frozen=True, slots=True)
class Result:
    """A check, what it found, and how long it took."""

    spec: CheckSpec
    finding: Finding
    seconds: float


def chosen_checks(words: Sequence[str] = ()) -> tuple[CheckSpec, ...]:
    """Return the checks of these names and families, in the table's order; all where none is named.

    Raises
    ------
    InvalidInput
        There is none of that name.

    Examples
    --------
    >>> [spec.name for spec in chosen_checks(["workspace.locks", "machine"])]
    ['workspace.locks', 'machine.memory', 'machine.processors']
    """
    families = dict.fromkeys(name.partition(".")[0] for name in CHECKS)
    for word in words:
        if word not in CHECKS and word not in families:
            raise InvalidInput(unknown_word("check", word, [*families, *CHECKS]))
    wanted = set(words) or set(families)
    return tuple(spec for spec in CHECKS.values() if {spec.name, spec.name.partition(".")[0]} & wanted)


def examine(subject: Subject, specs: Sequence[CheckSpec] | None = None) -> Iterator[Result]:
    """Give the results in order, each as soon as it is there.

    Parameters
    ----------
    subject
        What is examined.
    specs
        Checks to do; all where left out.
    """
    failed: dict[str, str] = {}
    for spec in chosen_checks() if specs is None else specs:
        began = time.monotonic()
        lost = next((name for name in spec.after if name in failed), None)
        if lost is not None:
            finding = Finding("skipped", f"needs {failed[lost]}")
            failed[spec.name] = failed[lost]
        else:
            finding = _within_limit(spec, subject)
            if finding.status == "failure":
                failed[spec.name] = spec.name
        yield Result(spec, finding, round(time.monotonic() - began, 3))


def _within_limit(spec: CheckSpec, subject: Subject) -> Finding:
    """Return what a check finds; a call that hangs in the kernel is left behind in its thread."""
    found: list[Finding] = []
    thread = threading.Thread(
        target=lambda: found.append(_whatever_it_raises(spec, subject)), name=spec.name, daemon=True
    )
    thread.start()
    thread.join(spec.limit_s)
    if found:
        return found[0]
    return failure(
        f"no answer within {spec.limit_s:g} s",
        "see what keeps it: a disk or a server that hangs, or a machine that has too much to do",
    )


def _whatever_it_raises(spec: CheckSpec, subject: Subject) -> Finding:
    try:
        return check_of(spec)(subject)
    except (InvalidInput, Failed) as error:
        # What the run itself would say: what is wrong, and after the last colon what to do.
        what, colon, do = " ".join(str(error).split()).rpartition(": ")
        return failure(what if colon else do, do)
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding, and the others go on
        said = " ".join(str(error).split())[:200]
        return failure(
            f"the check itself broke ({type(error).__name__}: {said})",
            "look at what it names; where that is in order, report this as a mistake of matsluice",
        )


def check_of(spec: CheckSpec) -> Callable[[Subject], Finding]:
    """Return a check's function."""
    module, function = spec.check.split(":")
    found: Callable[[Subject], Finding] = getattr(import_module(module), function)
    return found

"""How the candidates narrow down to the hits, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matsluice.tasks.report.run_facts import ScreenFacts
from matsluice.tasks.screen.constraints import CONSTRAINTS

if TYPE_CHECKING:
    from matsluice.tasks.report.report_data import ReportData


@dataclass(frozen=True, slots=True)
class Step:
    """What is left after a step, also as a share of the first step's count."""

    name: str
    left: int
    share: float


def funnel(data: ReportData, shown: int) -> tuple[Step, ...]:
    """Return the steps whose counts are known, from all candidates to the hits on the page."""
    facts = data.facts.screen or ScreenFacts()
    screened = data.summary.screen
    scored = facts.scored if facts.scored is not None else screened.candidates
    if scored is None or not data.looks_for_candidates:
        return ()
    inside = facts.in_domain if facts.in_domain is not None else screened.in_domain
    both, hits = facts.in_window_and_domain, screened.hits
    # Where a campaign also ranks candidates outside the domain, the domain is no step on the way to the hits.
    through_domain = both is None or hits is None or hits <= both
    sifted = _sifted(facts)
    counts = [
        ("Candidates enumerated", facts.enumerated),
        *sifted,
        ("Predicted", None if sifted and scored == sifted[-1][1] else scored),
        ("Inside the applicability domain", inside if through_domain else None),
        ("In the searched range", both if through_domain else facts.in_window),
        ("Ranked as hits", hits),
        ("Shown below", shown or None),
    ]
    known = [(name, value) for name, value in counts if value is not None]
    first = known[0][1]
    return tuple(Step(name, left, min(left / first, 1.0) if first else 0.0) for name, left in known)


def _sifted(facts: ScreenFacts) -> list[tuple[str, int | None]]:
    """Return what each constraint on what candidates are made of has left."""
    if facts.enumerated is None or facts.excluded is None:
        return []
    left = facts.enumerated
    steps: list[tuple[str, int | None]] = []
    for name, count in facts.left_out.items():
        if name in CONSTRAINTS and CONSTRAINTS[name].make:
            left -= count
            steps.append((CONSTRAINTS[name].left, left))
    # A record of an earlier version has one number for all of them.
    return steps or [(CONSTRAINTS["exclude_elements"].left, facts.enumerated - facts.excluded)]

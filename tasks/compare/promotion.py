"""Whether a newly registered version becomes champion: only if it is better beyond noise on the agreed split."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from matsluice.tasks.compare.p_text import p_text
from matsluice.tasks.report.names import DECIDING
from matsluice.tasks.report.number_text import counted, number, significant_decimals

if TYPE_CHECKING:
    from matsluice.tasks.compare.contest_pairs import ScoreComparison

# What a campaign may ask for: [tracking] promote.
Rule = Literal["better", "always", "never"]
Outcome = Literal["promoted", "challenger", "unchanged"]
Because = Literal[
    "first", "better", "asked always", "not better", "not comparable", "asked never", "taken back", "same fit"
]


PROMOTED: frozenset[Because] = frozenset({"first", "better", "asked always"})
# What a comparison with the champion says of the new version.
VERDICT = {
    "better": "it is better beyond noise",
    "worse": "it is worse beyond noise than version {champion}, the champion",
    "no difference beyond noise": "it is not better beyond noise than version {champion}, the champion",
    "the same predictions": "it predicts the same as version {champion}, the champion",
    "cannot be told": "whether it is better than version {champion}, the champion, cannot be told",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a version, and why.

    Attributes
    ----------
    outcome
        "promoted", "challenger", or "unchanged" where this very fit was the champion already.
    because
        In a word or two.
    sentence
        In words, with the difference and where it lies.
    against
        The champion it was held against.
    comparison
        Of the two errors, where they could be compared.
    """

    outcome: Outcome
    because: Because
    sentence: str
    against: int | None = None
    comparison: ScoreComparison | None = None

    def record(self) -> dict[str, Any]:
        """Return the decision as summary.json has it."""
        return asdict(self)


def decide(
    version: int,
    champion: int | None,
    rule: Rule,
    comparison: ScoreComparison | None = None,
    *,
    unit: str = "",
    obstacle: str = "",
    taken_back: str = "",
) -> Decision:
    """Return whether a version takes the champion's place.

    What cannot be compared is kept as challenger: nobody has shown that it is better, and what a name means to those
    who predict with it is not changed by a campaign file. A person can promote it.

    Parameters
    ----------
    version, champion
        Numbers; champion is None where there is none.
    rule
        What the campaign asks for.
    comparison
        Of the version's error (now) with the champion's (before), under the split that decides.
    unit
        Of the target.
    obstacle
        Why there is no comparison, as the end of a sentence.
    taken_back
        Why a person has put this very fit down before; it is not promoted again by itself then.

    Examples
    --------
    >>> decide(1, None, "better").sentence
    'version 1 is the champion: there was none before it'
    >>> decide(2, 1, "better", obstacle="the split that decides is random and not composition").outcome
    'challenger'
    """
    difference = None if comparison is None else comparison.difference
    if comparison is not None and (difference is None or difference.by == "nothing"):
        comparison, obstacle = (
            None,
            "too few rows with the same measured value were cross-validated in both runs",
        )
    if taken_back:
        because: Because = "taken back"
        why = f"this very fit was taken back by hand ({taken_back})"
    elif rule == "never":
        because, why = "asked never", _with_words('tracking.promote is "never"', comparison, champion, unit)
    elif champion is None:
        because, why = "first", "there was none before it"
    elif rule == "always":
        because, why = "asked always", _with_words('tracking.promote is "always"', comparison, champion, unit)
    elif comparison is None:
        because, why = (
            "not comparable",
            f"it cannot be compared with version {champion}, the champion: {obstacle}",
        )
    else:
        because = "better" if comparison.verdict == "better" else "not better"
        why = _with_words(VERDICT[comparison.verdict].format(champion=champion), comparison, champion, unit)
    outcome: Outcome = "promoted" if because in PROMOTED else "challenger"
    place = "" if champion is None else f" in place of version {champion}"
    became = f"the champion{place}" if outcome == "promoted" else "kept as challenger"
    return Decision(outcome, because, f"version {version} is {became}: {why}", champion, comparison)


def _with_words(why: str, comparison: ScoreComparison | None, champion: int | None, unit: str) -> str:
    return why if comparison is None else f"{why}; {difference_words(comparison, champion, unit)}"


def difference_words(comparison: ScoreComparison, champion: int | None, unit: str) -> str:
    """Return by how much two errors differ, with where that lies, as the end of a sentence."""
    difference = comparison.difference
    assert difference is not None
    decimals = significant_decimals((difference.high - difference.low) / 2 or abs(difference.mean), 2)
    of = f" {unit}" if unit and comparison.metric == "mae" else ""
    error = f"{DECIDING[comparison.metric]} of {comparison.target} on the {comparison.split} split"
    over = counted(difference.count, difference.by.removesuffix("s"))
    if difference.is_nothing:
        return f"the {error} is the same, over {over}"
    side = "lower" if difference.mean < 0 else "higher"
    return (
        f"its {error} is {number(abs(difference.mean), decimals)}{of} {side} than "
        f"version {champion}'s (95 %: {number(difference.low, decimals)} to "
        f"{number(difference.high, decimals)}{of}; {p_text(comparison.p)}; over {over})"
    )

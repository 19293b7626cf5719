"""A run against another: what differed and what came of it, as records and as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from matsluice.tasks.compare.p_text import p_text
from matsluice.tasks.report.names import DECIDING, model_title
from matsluice.tasks.report.number_text import counted, number, significant_decimals

if TYPE_CHECKING:
    from matsluice.tasks.changes.record import RowChanges
    from matsluice.tasks.compare.contest_pairs import ScoreComparison
    from matsluice.tasks.compare.settings import Setting

# What a verdict on another model means for the champion.
CHAMPION_IS = {
    "worse": "better beyond noise than",
    "no difference beyond noise": "not to be told from",
    "better": "worse beyond noise than",
    "the same predictions": "predicts the same as",
    "cannot be told": "not comparable with",
}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a run learned from.

    Attributes
    ----------
    snapshot
        Its id, a hash of the content.
    columns
        Names of the features.
    blocks
        Block → version.
    code
        Digest of the code that fits; "" where the run does not say.
    versions
        Package → version; "matsluice" among them.
    """

    snapshot: str
    columns: tuple[str, ...]
    blocks: Mapping[str, int]
    code: str
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """A run against another one.

    Attributes
    ----------
    run, before
        "<campaign>/<id>" of each.
    rows
        What has changed in the data; None where the snapshots are one, or are no more there.
    data_known
        Whether the data could be looked at, if it differs.
    columns_new, columns_gone
        Features that one has and the other not.
    blocks
        Blocks of another version: (name, before, now).
    same_code
        Whether one code has fitted both; True where either does not say.
    versions
        Packages with another version: (name, before, now), "" where it is not installed.
    champions
        Names of the models that have won, (before, now).
    """

    run: str
    before: str
    same_snapshot: bool
    data_known: bool = True
    rows: RowChanges | None = None
    columns_new: tuple[str, ...] = ()
    columns_gone: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    blocks: tuple[tuple[str, int, int], ...] = ()
    same_code: bool = True
    versions: tuple[tuple[str, str, str], ...] = ()
    scores: tuple[ScoreComparison, ...] = ()
    champions: tuple[str, str] = ("", "")
    units: Mapping[str, str] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return the comparison as JSON has it."""
        return {**asdict(self), "words": list(sentences(self))}


def input_differences(before: Inputs, now: Inputs) -> dict[str, Any]:
    """Return the parts of a comparison that follow from what both learned from."""
    names = sorted(before.versions.keys() | now.versions.keys())
    return {
        "same_snapshot": before.snapshot == now.snapshot,
        "columns_new": tuple(name for name in now.columns if name not in set(before.columns)),
        "columns_gone": tuple(name for name in before.columns if name not in set(now.columns)),
        "blocks": tuple(
            (name, before.blocks[name], version)
            for name, version in now.blocks.items()
            if name in before.blocks and before.blocks[name] != version
        ),
        "same_code": before.code == now.code or "" in (before.code, now.code),
        "versions": tuple(
            (name, before.versions.get(name, ""), now.versions.get(name, ""))
            for name in names
            if before.versions.get(name) != now.versions.get(name)
        ),
    }


def sentences(found: RunComparison) -> Iterator[str]:
    """Give what a comparison says, in words: first what differed, then whether it matters."""
    if found.run == found.before:
        yield from _among_models(found)
        return
    yield from _what_differed(found)
    yield from _what_came_of_it(found)


def _among_models(found: RunComparison) -> Iterator[str]:
    champion = model_title(found.champions[0])
    for target, split in dict.fromkeys((one.target, one.split) for one in found.scores):
        rows = [one for one in found.scores if (one.target, one.split) == (target, split)]
        said = [
            f"{verb} {_listed([model_title(one.model) for one in rows if one.verdict == verdict])}"
            for verdict, verb in CHAMPION_IS.items()
            if any(one.verdict == verdict for one in rows)
        ]
        yield f"{champion}, {target}, {split} split: {'; '.join(said)}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _what_differed(found: RunComparison) -> Iterator[str]:
    parts = []
    if not found.same_snapshot:
        parts.append(_data_words(found))
    if found.columns_new or found.columns_gone:
        parts.append(
            f"features: {counted(len(found.columns_new), 'column')} more, {len(found.columns_gone):,} fewer"
        )
    if found.blocks:
        parts.append("blocks of another version: " + ", ".join(name for name, _, _ in found.blocks))
    for about in ("data", "features", "validation", "models", "screen"):
        names = [one.key.partition(".")[2] or one.key for one in found.settings if one.about == about]
        if names:
            shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            parts.append(f"settings of {about}: {shown}")
    if not found.same_code:
        parts.append("the code that fits and scores")
    if found.versions:
        parts.append(counted(len(found.versions), "package") + " of another version")
    if not parts:
        yield "Data, features, settings and versions are the same."
        return
    yield "What differed: " + "; ".join(parts) + "."


def _data_words(found: RunComparison) -> str:
    rows = found.rows
    if rows is None:
        return "the data" if found.data_known else "the data (a snapshot is no more there, so not by what)"
    if rows.new == rows.gone == rows.relabelled == 0:
        return f"the data: the same materials and labels, {rows.rows_before:,} rows then and {rows.rows_now:,} now"
    came = counted(rows.new, "material")
    return f"the data: {came} more, {rows.gone:,} fewer, {rows.relabelled:,} labelled otherwise"


def _what_came_of_it(found: RunComparison) -> Iterator[str]:
    learned = [one for one in found.scores if one.difference is not None]
    if not learned:
        yield "No model was scored on the same target and split in both, so nothing can be said about the error."
        return
    yield from score_sentences(learned, found.units)
    before, now = found.champions
    if before and now and before != now:
        yield f"The champion is {model_title(now)}; it was {model_title(before)}."


def score_sentences(learned: Sequence[ScoreComparison], units: Mapping[str, str]) -> Iterator[str]:
    """Give what comparisons say that have a difference each: which are beyond noise, and how errors were paired.

    Parameters
    ----------
    learned
        The comparisons, one or more.
    units
        Target → its unit.
    """
    beyond = [one for one in learned if one.verdict in ("better", "worse")]
    if all(one.verdict == "the same predictions" for one in learned):
        yield "Every model predicts the same as before."
        return
    if not beyond:
        yield (
            f"It does not matter beyond noise: of {counted(len(learned), 'comparison')} none is a difference that "
            "chance would not make."
        )
    for one in beyond:
        yield score_sentence(one, units.get(one.target, ""))
    yield _how_paired(learned)


def score_sentence(one: ScoreComparison, unit: str) -> str:
    """Return what one comparison says, with the difference and where it lies."""
    assert one.difference is not None
    difference = one.difference
    decimals = significant_decimals((difference.high - difference.low) / 2 or abs(difference.mean), 2)
    of = f" {unit}" if unit and one.metric == "mae" else ""
    against = "" if one.model == one.model_before else f" than {model_title(one.model_before)}"
    low, high = sorted((abs(difference.low), abs(difference.high)))
    return (
        f"{model_title(one.model)} is {one.verdict}{against} on the {one.split} split: its {DECIDING[one.metric]} of "
        f"{one.target} is {number(abs(difference.mean), decimals)}{of} "
        f"{'lower' if difference.mean < 0 else 'higher'} "
        f"(95 %: {number(low, decimals)} to {number(high, decimals)}{of}; {p_text(one.p)})."
    )


def _how_paired(learned: Sequence[ScoreComparison]) -> str:
    by = {one.difference.by for one in learned if one.difference is not None}
    if "nothing" in by:
        return "The runs have too few rows in common to be paired, so only large differences can be told from noise."
    if by == {"folds"}:
        return "Both runs have the same rows in the same folds, and errors are paired fold by fold."
    return (
        "The folds differ, so errors are paired over the materials both have predicted; that other training rows "
        "would have given other models is not in these intervals."
    )

"""The sections of a model card, each from its part of model.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from matsluice.tasks.predict.card_words import (
    MISSING,
    NOT_SAID,
    Section,
    metric_title,
    number,
    title,
    with_spread,
)
from matsluice.tasks.predict.code_brought import code_brought

LEVELS = (50, 68, 90, 95)  # of the intervals, %


def sections(record: Mapping[str, Any]) -> Iterator[Section]:
    """Give the sections in the order of the page; those of a run only where the record has it."""
    yield _use(record)
    if "splits" in record:
        yield _errors(record)
        yield _calibration(record)
    yield _limits(record)
    if "data" in record:
        yield _data(record)
    yield _features(record)
    if "model" in record:
        yield _model(record)
    yield _environment(record)


def _use(record: Mapping[str, Any]) -> Section:
    name, example = title(record), record.get("python_example", '["GaAs"]')
    code = f"from matsluice.tasks import load_model\nmodel = load_model({json.dumps(name)})\nmodel.predict({example})"
    answer = "probabilities, set" if record["classes"] else "lower, upper"
    return Section(
        "How to use it",
        (
            (
                f"One row a material, in order: prediction, {answer}, in_domain, domain (why it is outside), "
                "and reason (why there is no prediction). load_model takes the name in the registry, with workspace= "
                "or tracking_uri= to say which, or the folder of the model's files."
            ),
        ),
        code=code,
    )


def _errors(record: Mapping[str, Any]) -> Section:
    unit, splits = record["unit"], record["splits"]
    names = list(next(iter(splits.values()))["metrics"])
    rows = [
        (
            f"{split} ({told['folds']} folds)",
            *(with_spread(told["metrics"][name]) if name in told["metrics"] else MISSING for name in names),
        )
        for split, told in splits.items()
    ]
    texts = [
        (
            "On rows it was not fitted on: the mean over the folds of each split and their standard deviation. "
            f"The model was chosen under {record['training']['split']}."
        )
    ]
    holdout = record.get("holdout")
    if holdout:
        share = f"{100 * record['training']['holdout']:g} %"
        rows.append(
            (f"hold-out ({holdout['rows']} rows)", *(number(holdout["metrics"].get(name)) for name in names))
        )
        texts.append(
            f"The hold-out, {share} of the materials, was set apart before anything else and predicted once."
        )
    else:
        texts.append("There was no hold-out: no rows were kept from the choice of the model.")
    return Section(
        "Errors",
        tuple(texts),
        header=("Split", *(metric_title(name, unit) for name in names)),
        rows=tuple(rows),
    )


def _calibration(record: Mapping[str, Any]) -> Section:
    what = "sets" if record["classes"] else "intervals"
    rows = [
        (f"{split} ({told['rows']} rows)", *(f"{100 * told['curve'][level]:.1f} %" for level in LEVELS))
        for split, told in record.get("coverage", {}).items()
    ]
    holdout, texts = (
        record.get("holdout"),
        [f"How often {what} hold the truth on unseen rows, by the level asked."],
    )
    if holdout and holdout.get("coverage") is not None:
        texts.append(
            f"On the hold-out those of {100 * record['asked_confidence']:g} % held {100 * holdout['coverage']:.1f} %."
        )
    return Section(
        "Calibration",
        tuple(texts),
        header=("Split", *(f"at {level} %" for level in LEVELS)) if rows else (),
        rows=tuple(rows),
    )


def _limits(record: Mapping[str, Any]) -> Section:
    domain = record["domain"]
    texts = [
        (
            f"in_domain is true where a material is as near to the {domain['rows']} different training rows as 95 % of "
            f"them are to one another (distance {number(domain['threshold'])} in standardised features), where no "
            "feature has a value never seen, and where each element stands in three training materials or more. "
            "Outside, neither value nor interval has been tested."
        ),
        (
            "Intervals hold on average over materials like those learned from. The best of many screened candidates "
            "are not such: their values are more often too good than the level says."
        ),
        "A material is judged by its features alone: what they do not tell apart has one prediction.",
    ]
    splits = record.get("splits", {})
    means = {
        split: told["metrics"].get("mae", {}).get("mean")
        for split, told in splits.items()
        if told["metrics"].get("mae", {}).get("mean") is not None
    }
    hardest = max(means, key=lambda split: means[split], default="random")
    # A random split says nothing of how far new materials are.
    if hardest != "random":
        texts.append(
            f"Its mean absolute error is largest under {hardest} ({number(means[hardest])} {record['unit']}): expect "
            "that where new materials are as far from the known ones as that split puts them."
        )
    brings = code_brought(record)
    texts.append(
        f"Loading it runs code of whoever made it: {'; '.join(brings)}."
        if brings
        else "Loading its files runs no code: they hold numbers, and types that are listed."
    )
    return Section("Domain and limits", tuple(texts))


def _data(record: Mapping[str, Any]) -> Section:
    data, unit = record["data"], record["unit"]
    if "classes" in data:
        values = ("Classes", ", ".join(f"{name}: {count} rows" for name, count in data["classes"].items()))
    else:
        ends = f"{number(data['least'])} to {number(data['greatest'])}, median {number(data['median'])}"
        values = ("Range", f"{ends} {unit}".strip())
    return Section(
        "Data",
        facts=(
            ("Source", data["source"]),
            ("Snapshot", f"{data['snapshot']}, frozen {data['frozen']}"),
            ("Rows learned from", f"{data['rows']} of {data['materials']} materials"),
            values,
            ("Values of one material", record["training"]["duplicates"]),
            ("Licence", data["licence"] or NOT_SAID),
            ("Citation", data["citation"] or NOT_SAID),
        ),
    )


def _features(record: Mapping[str, Any]) -> Section:
    rows = [
        (
            block["name"],
            str(block["version"]),
            ", ".join(f"{name}={value}" for name, value in block["parameters"].items()) or MISSING,
            str(len(block["columns"])),
            block["tables"] or MISSING,
        )
        for block in record["blocks"]
    ]
    count = sum(len(block["columns"]) for block in record["blocks"])
    return Section(
        "Features",
        (f"{count} columns. The model is refused where a block or its tables are of another version.",),
        header=("Block", "Version", "Parameters", "Columns", "Tables"),
        rows=tuple(rows),
    )


def _model(record: Mapping[str, Any]) -> Section:
    model = record["model"]
    # What a search has found stands among the settings of the fitted model.
    fitted = record["settings"]
    parameters = ", ".join(
        f"{name} = {fitted.get(f'model.{name}', json.dumps(value))}"
        for name, value in model["parameters"].items()
    )
    return Section(
        "Model",
        facts=(
            ("Kind", model["kind"]),
            ("Parameters", parameters or MISSING),
            ("Seed", str(record["training"]["seed"])),
            ("Campaign and run", f"{record['campaign']}, {record['run']}"),
        ),
    )


def _environment(record: Mapping[str, Any]) -> Section:
    libraries = ", ".join(f"{name} {number}" for name, number in record["libraries"].items())
    return Section("Made with", facts=(("Python", record["python"]), ("Libraries", libraries)))

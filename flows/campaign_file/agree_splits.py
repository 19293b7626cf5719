"""Whether the splits fit what is known of the materials and what is learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from matsluice.flows.campaign_file.messages import Problem
from matsluice.flows.campaign_file.vocabulary import splits
from matsluice.tasks.ingest.source_options import SourceOptions

if TYPE_CHECKING:
    from matsluice.flows.campaign_file.learning_sections import Target, Validation


def splits_without_their_input(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each split that looks at crystals where the data has formulas only."""
    validation: Validation | None = sections.get("validation")
    data = sections.get("data")
    if validation is None or data is None or type(data.options) is SourceOptions:
        return
    gives = data.options.gives
    for i, split in enumerate(validation.splits):
        needs = splits()[split].needs
        if needs not in gives:
            possible = ", ".join(name for name, spec in splits().items() if spec.needs in gives)
            sentence = f'split "{split}" needs {needs}, and [data] gives {" and ".join(sorted(gives))} only'
            yield Problem(("validation", "splits", i), f"{sentence}. Possible: {possible}")


def splits_of_another_task(sections: Mapping[str, Any]) -> Iterator[Problem]:
    """Give a problem for each split that cannot be made of what a target is learned as."""
    validation: Validation | None = sections.get("validation")
    targets: dict[int, Target | None] = sections.get("targets") or {}
    for i, split in enumerate(validation.splits if validation is not None else ()):
        task = splits()[split].task
        for target in targets.values():
            if task and target is not None and target.task != task:
                sentence = f'split "{split}" is for {task}, and "{target.column}" is learned by {target.task}'
                yield Problem(("validation", "splits", i), f"{sentence}: leave it out")
                break

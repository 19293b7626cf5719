"""The words a campaign file may use, looked up where they are registered: one function a kind."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from matsluice.infra.mistakes import InvalidInput, unknown_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matsluice.infra.clusters import ClusterOptions, ClusterSpec
    from matsluice.models.catalogue import ModelSpec
    from matsluice.models.uncertainty.row_groups import GroupSpec
    from matsluice.tasks.features.block_spec import BlockSpec
    from matsluice.tasks.ingest.source_options import SourceOptions
    from matsluice.tasks.ingest.sources import SourceSpec
    from matsluice.tasks.split.split_options import SplitOptions
    from matsluice.tasks.split.splits import SplitSpec
    from matsluice.tasks.studies.study_options import StudyOptions
    from matsluice.tasks.studies.study_spec import StudySpec


def blocks() -> Mapping[str, BlockSpec]:
    """Return the feature blocks by name, those of plug-ins in use with them."""
    from matsluice.tasks.features.known_blocks import known_blocks

    return known_blocks()


def models() -> Mapping[str, ModelSpec]:
    """Return the kinds of model by name."""
    from matsluice.models.catalogue import MODELS

    return MODELS


def splits() -> Mapping[str, SplitSpec]:
    """Return the ways to divide rows by name."""
    from matsluice.tasks.split.splits import SPLITS

    return SPLITS


def sources(*, labelled: bool = False) -> Mapping[str, SourceSpec]:
    """Return the sources by name; with `labelled`, those whose rows can carry target values."""
    from matsluice.tasks.ingest.sources import SOURCES

    return {name: spec for name, spec in SOURCES.items() if spec.labelled or not labelled}


def clusters() -> Mapping[str, ClusterSpec]:
    """Return the kinds of cluster by name."""
    from matsluice.infra.clusters import CLUSTERS

    return CLUSTERS


def cluster_options(kind: str) -> type[ClusterOptions]:
    """Return the model of the keys that only this kind of cluster has."""
    module, attribute = clusters()[kind].options.split(":")
    options: type[ClusterOptions] = getattr(import_module(module), attribute)
    return options


def source_options(source: str) -> type[SourceOptions]:
    """Return the model of a source's own keys."""
    module, attribute = sources()[source].options.split(":")
    options: type[SourceOptions] = getattr(import_module(module), attribute)
    return options


def studies() -> Mapping[str, StudySpec]:
    """Return the kinds of study by name."""
    from matsluice.tasks.studies.studies import STUDIES

    return STUDIES


def study_options(kind: str) -> type[StudyOptions]:
    """Return the model of the keys that only this kind of study has."""
    return studies()[kind].options_class()


def interval_groups() -> Mapping[str, GroupSpec]:
    """Return the groups that intervals may be made for, by name."""
    from matsluice.models.uncertainty.row_groups import GROUPS

    return GROUPS


def known_interval_group(word: str) -> str:
    """Return the name of the groups, or raise ValueError with the did-you-mean sentence, as do all below."""
    return _known("group", word, interval_groups())


def known_block(word: str) -> str:
    """Return the block in one form, or raise ValueError with the did-you-mean sentence, as do all below."""
    from matsluice.tasks.features.known_blocks import find_block

    try:
        return find_block(word).word
    except InvalidInput as error:
        raise ValueError(str(error)) from None


def known_model(word: str) -> str:
    """Return the name of the kind of model."""
    return _known("model", word, models())


def known_split(word: str) -> str:
    """Return the split's name."""
    return _known("split", word, splits())


def split_options(split: str) -> type[SplitOptions]:
    """Return the model of the keys below [validation.<split>]."""
    return splits()[split].options_class()


def known_finding(word: str) -> str:
    """Return the name of a finding of the audit that a campaign may go on with."""
    from matsluice.tasks.audit.checks import CHECKS

    if word in CHECKS and not CHECKS[word].stops:
        raise ValueError(f'a finding "{word}" stops no run: leave it out')
    return _known("finding", word, {name: spec for name, spec in CHECKS.items() if spec.stops})


def known_study(word: str) -> str:
    """Return the name of the kind of study."""
    return _known("study", word, studies())


def known_source(word: str) -> str:
    """Return the source's name."""
    return _known("source", word, sources())


def known_labelled_source(word: str) -> str:
    """Return the name of a source whose rows can carry target values."""
    if word in sources() and word not in sources(labelled=True):
        allowed = ", ".join(sources(labelled=True))
        raise ValueError(f'source "{word}" gives no target values to learn from; allowed: {allowed}')
    return _known("source", word, sources(labelled=True))


def known_cluster(word: str) -> str:
    """Return the name of the kind of cluster."""
    return _known("cluster", word, clusters())


def _known(kind: str, word: str, allowed: Mapping[str, object]) -> str:
    if word not in allowed:
        raise ValueError(unknown_word(kind, word, allowed))
    return word

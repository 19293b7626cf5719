"""What every kind of cluster promises."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pytest

from matsluice.flows.campaign_file.own_keys import keys_of
from matsluice.flows.campaign_file.using_sections import Cluster
from matsluice.flows.campaign_file.vocabulary import cluster_options, known_cluster
from matsluice.infra.clusters import CLUSTERS, ClusterOptions, ClusterSpec

pytestmark = pytest.mark.parametrize("spec", CLUSTERS.values(), ids=lambda spec: spec.name)


def test_specification(spec: ClusterSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z-]*", spec.name)
    assert CLUSTERS[spec.name] is spec
    assert spec.summary


def test_its_keys_are_described_and_no_other_kinds(spec: ClusterSpec) -> None:
    options = cluster_options(spec.name)
    assert issubclass(options, ClusterOptions)
    assert set(keys_of(options)) & set(keys_of(Cluster)) == set()
    # The description is the second half of the sentence that answers a wrong value.
    assert [name for name, field in options.model_fields.items() if not field.description] == []


def test_its_opener_takes_what_a_campaign_says(spec: ClusterSpec) -> None:
    module, function = spec.opener.split(":")
    opener = getattr(import_module(module), function)
    assert [name.lstrip("_") for name in inspect.signature(opener).parameters] == ["settings", "scratch"]


def test_its_checker_takes_what_a_campaign_says(spec: ClusterSpec) -> None:
    # What is reached at an address is looked for before a run writes anything.
    assert spec.checker or not spec.has_address
    if spec.checker:
        module, function = spec.checker.split(":")
        assert list(inspect.signature(getattr(import_module(module), function)).parameters) == ["settings"]


def test_a_campaign_file_can_name_it(spec: ClusterSpec) -> None:
    assert known_cluster(spec.name) == spec.name
    with pytest.raises(ValueError, match=f'unknown cluster "{spec.name}x": did you mean "{spec.name}"'):
        known_cluster(spec.name + "x")

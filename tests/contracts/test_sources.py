"""What every source promises."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from matsluice.tasks.ingest.source_options import SourceOptions
from matsluice.tasks.ingest.sources import SOURCES, SourceSpec

# What a source cannot do without, where that is no path.
OWN_KEYS: dict[str, dict[str, object]] = {
    "substitute": {"prototype": "x", "sites": {"Na": ("K",)}},
    "optimade": {"url": "https://example.org"},
}

pytestmark = pytest.mark.parametrize("spec", SOURCES.values(), ids=lambda spec: spec.name)


def test_specification(spec: SourceSpec) -> None:
    assert re.fullmatch(r"[a-z][a-z-]*", spec.name)
    assert SOURCES[spec.name] is spec
    assert spec.summary


def test_its_reader_is_there(spec: SourceSpec) -> None:
    module, function = spec.reader.split(":")
    assert callable(getattr(import_module(module), function))


def test_its_options_are_there_and_strict(spec: SourceSpec) -> None:
    module, name = spec.options.split(":")
    options = getattr(import_module(module), name)
    assert issubclass(options, SourceOptions)
    assert options.model_config["extra"] == "forbid"
    assert options.model_config["frozen"]
    keys: dict[str, object] = {
        "path": "x",
        **({"formula": "formula"} if "formula" in options.model_fields else {}),
    }
    if "path" not in options.model_fields:
        keys = dict(OWN_KEYS.get(spec.name, {}))
    gives = options.model_validate(keys, context={"files_must_exist": False}).gives
    assert gives
    assert gives <= {"composition", "structure", "electronic"}
    for name, field in options.model_fields.items():
        assert field.description, f"{name} does not say what is allowed"

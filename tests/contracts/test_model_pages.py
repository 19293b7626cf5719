"""Every model has a page with all its parts, whose numbers are the catalogue's."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from matsluice.flows.command_line.model_text import WIDTH, model_lines, model_record, page_lines
from matsluice.models.catalogue import MODELS, ModelSpec
from matsluice.models.model_page import SECTIONS, TABLE_HEAD, page_text, parameter_rows

by_spec = pytest.mark.parametrize("spec", MODELS.values(), ids=lambda spec: spec.name)


def parts(name: str) -> dict[str, str]:
    """Return heading → text of a page; what stands above the first is under ""."""
    found = re.split(r"^## (.+)$", page_text(name), flags=re.MULTILINE)
    return {"": found[0], **dict(zip(found[1::2], (text.strip() for text in found[2::2]), strict=True))}


@by_spec
def test_it_has_every_part_in_order(spec: ModelSpec) -> None:
    page = parts(spec.name)
    assert list(page) == ["", *SECTIONS]
    assert all(page.values())
    assert page[""].startswith(f"# {spec.name}\n")
    assert spec.summary[1:] in page[""]
    assert f"Learns {' and '.join(spec.tasks)}." in page[""]
    assert page["Source"] == spec.source


@by_spec
def test_its_parameters_are_the_catalogues(spec: ModelSpec) -> None:
    table = parts(spec.name)["Parameters"]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert [tuple(row[:3]) for row in rows] == [tuple(row) for row in parameter_rows(spec)]
    assert not rows or table.startswith(TABLE_HEAD)
    assert all(len(row) == 4 and row[3] for row in rows)


@by_spec
def test_it_is_read_in_a_terminal(spec: ModelSpec) -> None:
    lines = list(page_lines(spec.name))
    assert max(map(len, lines)) <= WIDTH
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    text = " ".join(line.strip() for line in lines)
    for row in parameter_rows(spec):
        assert f"{row.name} = {row.default}: " in text
    assert not re.search(r"`|\*\*", text)
    assert not any(line.strip().startswith(("|", "#")) for line in lines)
    assert all(after for line, after in pairwise(lines) if line in SECTIONS)


def test_there_is_no_page_without_a_model() -> None:
    from importlib.resources import files

    pages = {path.name for path in files("matsluice.models").joinpath("pages").iterdir()}
    assert pages == {f"{name}.md" for name in MODELS}


def test_the_list_of_models() -> None:
    lines = list(model_lines(MODELS.values()))
    assert max(map(len, lines)) <= WIDTH
    assert [line.split()[0] for line in lines[1:-1] if not line.startswith(" ")] == list(MODELS)


@by_spec
def test_the_record_of_a_model(spec: ModelSpec) -> None:
    record = model_record(spec)
    assert set(record["parameters"]) == set(spec.tasks)
    for name, values in record["search_space"].items():
        assert values["kind"] in {"Uniform", "LogUniform", "Integers", "Choices"}
        assert any(name in each for each in record["parameters"].values())

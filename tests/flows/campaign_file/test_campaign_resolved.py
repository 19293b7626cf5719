"""A campaign as it is resolved, written out and read again."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from matsluice.flows.campaign_file import Campaign, load_campaign, write_starter
from matsluice.flows.campaign_file.toml_text import toml_text
from matsluice.infra.mistakes import InvalidInput

EXAMPLE = Path(__file__).parents[3] / "examples" / "solar-absorbers" / "campaign.toml"


def read(folder: Path, document: dict[str, Any], name: str = "campaign.toml") -> Campaign:
    (folder / "table.csv").write_text("composition,gap\nNaCl,8.5\n")
    (folder / name).write_text(toml_text(document), encoding="utf-8")
    return load_campaign(folder / name)


def smallest() -> dict[str, Any]:
    return {
        "campaign": {"name": "gaps"},
        "data": {"source": "csv", "path": "table.csv", "formula": "composition"},
        "targets": [{"column": "gap", "unit": "eV"}],
        "features": {"blocks": ["composition.elemental"]},
        "models": [{"kind": "random_forest", "params": {"n_estimators": 10}}],
    }


def test_defaults_are_filled_and_paths_absolute(tmp_path: Path) -> None:
    campaign = read(tmp_path, smallest())
    assert campaign.workspace == tmp_path / "workspace"
    assert campaign.seed == 0
    assert campaign.data.duplicates == "median"
    assert campaign.data.options.files() == (tmp_path / "table.csv",)
    assert campaign.features.row_timeout_seconds == 60.0
    assert campaign.features.row_memory_bytes == 2 * 1024**3
    assert (campaign.validation.holdout, campaign.validation.folds) == (0.2, 5)
    assert campaign.validation.splits == ("random", "composition")
    assert campaign.models[0].name == "random_forest"
    assert campaign.models[0].params["n_estimators"] == 10
    assert campaign.models[0].params["max_features"] == 1 / 3
    assert campaign.screen is None
    assert campaign.cluster.workers == 2
    assert campaign.tracking.registered_name == "gaps"


def test_what_is_only_told_of_the_data_changes_no_number(tmp_path: Path) -> None:
    document = smallest()
    plain = read(tmp_path, document)
    document["data"] |= {"licence": "CC BY 4.0", "citation": "doi:10.1000/1"}
    told = read(tmp_path, document)
    assert (told.data.licence, told.data.citation) == ("CC BY 4.0", "doi:10.1000/1")
    assert told.digest == plain.digest
    (tmp_path / "again.toml").write_text(told.resolved_toml(), encoding="utf-8")
    assert load_campaign(tmp_path / "again.toml") == told
    with pytest.raises(InvalidInput, match=r"data\.licence: .*the licence of the data in quotes"):
        read(tmp_path, {**document, "data": {**document["data"], "licence": 4}})


def test_units_are_parsed(tmp_path: Path) -> None:
    document = smallest()
    document["features"] |= {"row_timeout": "5m", "row_memory": "512 MiB"}
    document["cluster"] = {"memory_per_worker": "1.5GB"}
    campaign = read(tmp_path, document)
    assert campaign.features.row_timeout_seconds == 300.0
    assert campaign.features.row_memory_bytes == 512 * 1024**2
    assert campaign.cluster.memory_per_worker_bytes == 1_500_000_000


def test_named_workspace_takes_the_place_of_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(tmp_path, smallest())
    monkeypatch.chdir(tmp_path)
    assert load_campaign("campaign.toml", workspace=Path("elsewhere")).workspace == tmp_path / "elsewhere"


def test_data_that_is_gone_can_be_passed_over(tmp_path: Path) -> None:
    campaign = read(tmp_path, smallest())
    (tmp_path / "table.csv").unlink()
    with pytest.raises(InvalidInput, match="no file matches"):
        load_campaign(tmp_path / "campaign.toml")
    assert load_campaign(tmp_path / "campaign.toml", files_must_exist=False) == campaign


def test_sqlite_address_is_relative_to_the_file(tmp_path: Path) -> None:
    campaign = read(tmp_path, {**smallest(), "tracking": {"uri": "sqlite:///runs.db"}})
    assert campaign.tracking.uri == f"sqlite:///{tmp_path}/runs.db"


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    campaign = read(tmp_path, smallest())
    text = (tmp_path / "campaign.toml").read_text()
    (tmp_path / "campaign.toml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load_campaign(tmp_path / "campaign.toml") == campaign


def test_campaign_cannot_be_changed(tmp_path: Path) -> None:
    campaign = read(tmp_path, smallest())
    with pytest.raises(ValidationError):
        campaign.seed = 1
    assert pickle.loads(pickle.dumps(campaign)) == campaign


def test_digest_follows_what_changes_the_numbers(tmp_path: Path) -> None:
    def digest(section: str, **changes: object) -> str:
        document = smallest()
        document[section] = {**document.get(section, {}), **changes}
        return read(tmp_path, document).digest

    same = read(tmp_path, smallest()).digest
    assert len(same) == 32
    assert digest("cluster", workers=7, threads_per_worker=2) == same
    assert digest("cluster", kind="scheduler", address="tcp://10.0.0.1:8786") == same
    assert digest("tracking", register="other", uri="http://127.0.0.1:5000") == same
    assert digest("campaign", workspace="other") == same
    assert digest("features", max_rejected=0.5, chunk_rows=17) == same
    assert digest("features", store="s3://bucket/features") == same
    assert digest("validation", folds=5) == same  # a default written out
    changed = [
        digest("campaign", seed=1),
        digest("data", duplicates="mean"),
        digest("features", blocks=["composition.valence"]),
        digest("features", row_timeout="61s"),
        digest("validation", folds=4),
        digest("screen", candidates={"source": "enumerate"}, objective={"target": "gap", "maximize": True}),
    ]
    document = smallest()
    document["models"][0]["params"]["n_estimators"] = 11
    changed.append(read(tmp_path, document).digest)
    assert len({same, *changed}) == len(changed) + 1


def test_example_is_the_demo_campaign() -> None:
    campaign = load_campaign(EXAMPLE)
    assert campaign.name == campaign.tracking.registered_name == "solar-absorbers"
    assert campaign.seed == 7
    assert campaign.data.duplicates == "keep"
    kinds = ["dummy", "ridge", "svm", "random_forest", "xgboost", "mlp", "kan", "sisso"]
    assert [model.kind for model in campaign.models] == kinds
    assert campaign.models[3].params["max_features"] == 1 / 3
    assert len(campaign.features.blocks) == 5
    assert campaign.screen is not None
    assert campaign.screen.first.bounds == (1.1, 1.7)
    assert {"Pb", "Cd", "Hg", "As", "Tl", "Tc", "Pm", "Th", "U"} <= set(campaign.screen.exclude_elements)
    assert "Bi" not in campaign.screen.exclude_elements


def test_starter_runs_as_it_stands_and_is_never_written_over(tmp_path: Path) -> None:
    files = write_starter(tmp_path / "My Study")
    campaign = load_campaign(files[0])
    assert campaign.name == campaign.tracking.registered_name == "my-study"
    assert campaign.data.options.files() == (tmp_path / "My Study" / "measured_band_gaps.csv",)
    with pytest.raises(InvalidInput, match=r"has a campaign\.toml already"):
        write_starter(tmp_path / "My Study")
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_starter(tmp_path / "file" / "below")


def test_starters_commented_lines_are_the_defaults(tmp_path: Path) -> None:
    campaign_file, *_ = write_starter(tmp_path / "study")
    before = load_campaign(campaign_file)
    text = campaign_file.read_text()
    defaults = [line for line in text.splitlines() if line.startswith("# ") and " = " in line]
    for line in defaults:
        if not line.startswith(("# id =", "# candidates =")):
            text = text.replace(line, line.removeprefix("# "))
    campaign_file.write_text(text)
    assert len(defaults) >= 15
    assert load_campaign(campaign_file) == before


def test_reading_imports_nothing_heavy() -> None:
    heavy = {
        "sklearn",
        "pymatgen",
        "matminer",
        "xgboost",
        "mlflow",
        "prefect",
        "numba",
        "matplotlib",
        "pandas",
    }
    code = (
        "import sys; from matsluice.flows.campaign_file import load_campaign; "
        f"load_campaign({str(EXAMPLE)!r}); print(*({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
numbers = st.floats(-1e9, 1e9)
objectives: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: {"between": pair}),
    st.sampled_from([{"at_least": 0.5}, {"at_most": -1.0}, {"maximize": True}, {"minimize": True}]),
)
sources = st.one_of(
    st.just({"source": "csv", "path": "*.csv", "formula": "composition"}),
    st.fixed_dictionaries(
        {"source": st.just("enumerate")},
        optional={
            "sizes": st.lists(st.integers(2, 4), min_size=1, max_size=3, unique=True),
            "limit": st.integers(1, 10**12),
            "max_coefficient": st.integers(1, 20),
            "elements": st.just(["Se", "Cu", "In", "S", "Pb"]),
            "oxidation_states": st.just({}),
        },
    ),
)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    document = smallest()
    column = draw(texts.filter(lambda text: text not in {"composition", "id"}))
    document["targets"] = [{"column": column, "unit": draw(texts)}]
    document["campaign"]["seed"] = draw(st.integers(0, 2**32 - 1))
    more: list[dict[str, str]] = [{}, {"id": "id"}, {"duplicates": "first"}]
    document["data"] |= draw(st.sampled_from(more))
    document["features"]["row_timeout"] = f"{draw(st.floats(0.1, 600)):.6f}s"
    document["features"]["row_memory"] = f"{draw(st.integers(64 * 1024**2, 1024**4))}B"
    document["validation"] = {"holdout": draw(st.floats(0, 0.9)), "folds": draw(st.integers(2, 1000))}
    document["models"][0]["params"] = {
        "max_features": draw(st.one_of(st.floats(0.01, 1), texts.map(lambda t: f"x{t}")))
    }
    document["models"].append(
        {"kind": "random_forest", "name": "deep", "params": {"max_depth": draw(st.integers(1, 9))}}
    )
    if draw(st.booleans()):
        objective = {"target": column, **draw(objectives)}
        document["screen"] = {"candidates": draw(sources), "objective": objective}
        document["screen"]["exclude_elements"] = draw(st.sampled_from([[], ["Pb"], ["radioactive", "Tl"]]))
    return document


# The folder is one for all examples: each writes its own two files over the ones before.
@given(document=documents())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_resolved_campaign_reads_back_equal_from_anywhere(tmp_path: Path, document: dict[str, Any]) -> None:
    campaign = read(tmp_path, document)
    elsewhere = tmp_path / "runs" / "a" / "campaign.toml"
    elsewhere.parent.mkdir(parents=True, exist_ok=True)
    elsewhere.write_text(campaign.resolved_toml(), encoding="utf-8")
    again = load_campaign(elsewhere)
    assert again == campaign
    assert again.digest == campaign.digest
    assert again.resolved_toml() == campaign.resolved_toml()


@pytest.mark.parametrize(
    "path", ["gaps [1].csv", "gaps*.csv", "*.csv", "**/g*.csv", "./sub/../gaps [[]1].csv"]
)
def test_paths_with_pattern_characters_read_back_equal(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "study [a]*"
    folder.mkdir()
    (folder / "gaps [1].csv").write_text("composition,gap\n")
    document = smallest()
    document["data"]["path"] = path
    (folder / "campaign.toml").write_text(toml_text(document))
    campaign = load_campaign(folder / "campaign.toml")
    assert campaign.data.options.files() == (folder / "gaps [1].csv",)
    (tmp_path / "resolved.toml").write_text(campaign.resolved_toml())
    assert load_campaign(tmp_path / "resolved.toml") == campaign


@pytest.mark.parametrize(
    ("name", "said"), [("a" * 300, "cannot be read: File name too long"), ("a\0", "no file name")]
)
def test_name_that_no_file_can_have(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        load_campaign(tmp_path / name)

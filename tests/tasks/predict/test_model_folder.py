"""A model as files: what comes back, what is refused, and that reading it runs no code."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import make_pipeline

from matsluice.infra.mistakes import InvalidInput
from matsluice.models.catalogue import make_model
from matsluice.models.class_sets import ClassSets
from matsluice.models.saved.pickled import write_pickle
from matsluice.models.uncertainty.learned_from import LearnedFrom
from matsluice.tasks.features import featurize
from matsluice.tasks.predict.load import load_model
from matsluice.tasks.predict.material_model import MaterialModel
from matsluice.tasks.predict.model_files import ModelFilesCall, unpack, write_model_files
from matsluice.tasks.predict.model_folder import write_model
from matsluice.tasks.predict.model_record import digests, other_libraries, read_record
from matsluice.tasks.predict.predictions import Predictions

GAPS = {
    "NaCl": 8.5,
    "KCl": 8.6,
    "LiF": 13.6,
    "ZnO": 3.4,
    "ZnS": 3.7,
    "GaAs": 1.4,
    "Si": 1.1,
    "Ge": 0.7,
    "MgO": 7.8,
}
ASKED = ["GaAs", "CuInSe2", "Xx", "NaCl"]


class Foreign(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator that nobody has listed."""

    def fit(self, X: Any, y: Any) -> Foreign:
        assert len(X) == len(y)
        self.mean_ = float(np.mean(y))
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.mean_)


@pytest.fixture
def folder(model: MaterialModel, tmp_path: Path) -> Path:
    found = tmp_path / "model"
    found.mkdir()
    write_model(model, found)
    return found


def test_it_comes_back_to_the_bit(model: MaterialModel, folder: Path) -> None:
    again = load_model(folder)
    pd.testing.assert_frame_equal(again.predict(ASKED), model.predict(ASKED), check_exact=True)
    assert (again.blocks, again.target, again.unit, again.confidence) == (
        model.blocks,
        "gap",
        "eV",
        0.9,
    )
    assert _probability(again) == _probability(model)


def _probability(model: MaterialModel) -> list[float]:
    said = model.predict_features(featurize(["GaAs", "ZnO"], list(model.blocks)).to_numpy())
    assert isinstance(said, Predictions)
    return [float(one) for one in model.probability_between(said.signs, 1.0, 3.0)]


def test_the_record_says_what_it_is(model: MaterialModel, folder: Path) -> None:
    record = read_record(folder)
    elemental = record["blocks"][0]
    assert (elemental["word"], elemental["version"]) == ("composition.elemental", 1)
    assert [one["name"] for block in record["blocks"] for one in block["columns"]] == list(model.columns)
    assert len(elemental["tables"]) >= 8
    assert (record["target"], record["unit"], record["task"]) == ("gap", "eV", "regression")
    assert record["pipeline"] == {"format": "skops"}
    assert set(record["files"]) == {"pipeline.skops", "parts.json", "parts.npz", "known.json", "known.npz"}
    assert other_libraries(record) == []
    assert other_libraries({"libraries": {"numpy": "0.1", "no-such-thing": "2"}})[1] == (
        "no-such-thing 2 (here none)"
    )


def test_nothing_in_it_is_a_pickle(folder: Path) -> None:
    for path in folder.rglob("*"):
        # Pickles of protocol 2 and later begin so; those within archives stand after some header.
        assert not path.read_bytes().startswith(b"\x80"), path
        assert b"\x80\x04\x95" not in path.read_bytes(), path
        assert b"\x80\x05\x95" not in path.read_bytes(), path


def _damaged(folder: Path) -> None:
    data = bytearray((folder / "pipeline.skops").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "pipeline.skops").write_bytes(data)


def _edited(**changes: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        record = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({**record, **changes}))

    return edit


def _without(*names: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        record = json.loads((folder / "model.json").read_text())
        (folder / "model.json").write_text(json.dumps({k: v for k, v in record.items() if k not in names}))

    return edit


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_damaged, r"the file pipeline\.skops of the model in .* is damaged or not the one that was written"),
        (lambda folder: (folder / "known.npz").unlink(), r"lacks its file known\.npz: copy the whole folder"),
        (lambda folder: (folder / "model.json").unlink(), r"holds no model of matsluice: there is no model\.json"),
        (lambda folder: (folder / "model.json").write_text("{"), r"model\.json cannot be read: .*copy the model once"),
        (lambda folder: (folder / "model.json").write_text("[1]"), "is no model of matsluice: it has no format"),
        (_without("blocks", "unit"), "is no model of matsluice: it has no unit, blocks"),
        (_edited(format=7, libraries={"matsluice": "9.1"}), r"format 7, .* reads format 1: install .*, 9\.1"),
        (_edited(plugins=["../mine.py"]), r"it names \.\./mine\.py, which is none of its files"),
        (_edited(files={"../../etc/passwd": {"bytes": 1}}), r"lacks its file \.\./\.\./etc/passwd"),
    ],
    ids=["damaged", "missing", "no record", "half a record", "another's record", "less", "later", "path", "outside"],
)  # fmt: skip
def test_what_is_no_model_is_refused_in_one_sentence(
    folder: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(folder)
    with pytest.raises(InvalidInput, match=sentence) as refused:
        load_model(folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["parts.json", "known.json", "known.npz", "pipeline.skops"])
def test_what_was_written_by_others_with_right_digests_is_refused_too(folder: Path, name: str) -> None:
    (folder / name).write_text('{"type": "os:system", "state": {}}')
    _edited(files=digests(folder))(folder)
    with pytest.raises(InvalidInput, match="cannot be put together"):
        load_model(folder)


def test_a_skops_file_cannot_bring_types_that_are_not_listed(folder: Path) -> None:
    from skops.io import dump

    dump(make_pipeline(Foreign()), folder / "pipeline.skops")
    _edited(files=digests(folder))(folder)
    with pytest.raises(InvalidInput, match=r"cannot be put together .*Untrusted types found.*Foreign"):
        load_model(folder)


def test_other_blocks_are_refused_naming_both(model: MaterialModel, tmp_path: Path) -> None:
    write_model(replace(model, blocks={"composition.elemental": 99}), tmp_path)
    with pytest.raises(
        InvalidInput, match=r"trained on composition\.elemental version 99, installed is version 1"
    ):
        load_model(tmp_path)


def test_other_element_tables_are_refused_naming_both(folder: Path) -> None:
    record = read_record(folder)
    record["blocks"][0]["tables"] = "0123abcd"
    _edited(blocks=record["blocks"])(folder)
    with pytest.raises(InvalidInput, match=r"with element tables 0123abcd, installed are [0-9a-f]+"):
        load_model(folder)


def test_a_pickle_is_read_only_where_it_is_trusted(model: MaterialModel, tmp_path: Path) -> None:
    pipeline = make_pipeline(Foreign()).fit(np.zeros((3, 1)), [1.0, 2.0, 3.0])
    write_model(replace(model, pipeline=pipeline), tmp_path)
    assert read_record(tmp_path)["pipeline"]["format"] == "pickle"
    with pytest.raises(
        InvalidInput,
        match=r"runs code of whoever wrote it: the pickle pipeline\.pickle, since skops .*Foreign",
    ):
        load_model(tmp_path)
    assert load_model(tmp_path, trust=True).predict(["GaAs"])["prediction"].tolist() == [2.0]


def test_a_model_of_plugins_is_read_only_where_they_are_trusted(
    model: MaterialModel,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MATSLUICE_TEST_ROWS", str(tmp_path_factory.mktemp("rows") / "rows.txt"))
    from matsluice.tasks.features.known_blocks import add_plugins
    from matsluice.tasks.features.plugins import plugin_blocks, read_plugin

    plugin = read_plugin(Path(__file__).parents[2] / "plugins" / "counted.py")
    add_plugins([plugin])
    word = plugin_blocks(plugin)[0].name
    X = featurize([*GAPS], [word]).to_numpy()
    brought = replace(
        model,
        pipeline=make_model("random_forest", {"n_estimators": 5}, seed=1).fit(X, [*GAPS.values()]),
        blocks={word: plugin_blocks(plugin)[0].version},
        learned_from=LearnedFrom.rows(X, np.array([*GAPS.values()]), None),
        plugins=(plugin,),
    )
    write_model(brought, tmp_path)
    assert (tmp_path / "plugins" / "0" / "counted.py").read_text() == plugin.text
    with pytest.raises(InvalidInput, match=r"the plug-in plugins/0/counted\.py; look at it, .*--trust"):
        load_model(tmp_path)
    again = load_model(tmp_path, trust=True)
    pd.testing.assert_frame_equal(again.predict(ASKED), brought.predict(ASKED), check_exact=True)


def test_the_archive_of_a_model_is_the_same_bytes_each_time(model: MaterialModel, tmp_path: Path) -> None:
    write_pickle(model, tmp_path / "champion.joblib")
    call = ModelFilesCall(str(tmp_path / "champion.joblib"), str(tmp_path / "one.zip"))
    path = Path(write_model_files(call))
    unpack(path, tmp_path / "unpacked")
    again = load_model(tmp_path / "unpacked")
    pd.testing.assert_frame_equal(again.predict(ASKED), model.predict(ASKED), check_exact=True)
    assert write_model_files(call) == str(path)


def test_a_model_of_compositions_takes_structures_by_their_composition(model: MaterialModel) -> None:
    cif = "data_x\n_cell_length_a 5\n_cell_length_b 5\n_cell_length_c 5\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"
    cif += "_cell_angle_gamma 90\nloop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n"
    cif += "_atom_site_fract_y\n_atom_site_fract_z\nZn1 Zn 0 0 0\nO1 O 0.5 0.5 0.5\n"
    from pymatgen.core import Lattice, Structure

    structure = Structure(Lattice.cubic(4.2), ["Mg", "O"], [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)])
    table = model.predict([cif, "GaAs", structure, structure.to_json(), "data_x\nnothing\n", "Xx"])
    expected = model.predict(["ZnO", "GaAs", "MgO", "MgO"])
    pd.testing.assert_frame_equal(table.iloc[:4], expected, check_exact=True)
    assert table["prediction"].isna().tolist() == [False] * 4 + [True] * 2
    assert table["reason"][4]
    assert table["reason"][5].startswith("unknown element")


def test_models_of_classes_come_back_too(tmp_path: Path) -> None:
    X = featurize(["NaCl", "KCl", "Si", "Ge", "ZnO", "GaAs"], ["composition.elemental"]).to_numpy()
    pipeline = make_model("decision_tree", {}, 0, "classification").fit(X, [0, 0, 1, 1, 0, 1])
    probability = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    made = MaterialModel(
        pipeline=pipeline,
        blocks={"composition.elemental": 1},
        target="is_metal",
        unit="",
        learned_from=LearnedFrom.rows(X, None, None),
        intervals=None,
        confidence=0.8,
        classes=("no", "yes"),
        sets=ClassSets.of(np.array([0, 1, 0]), probability),
    )
    write_model(made, tmp_path)
    pd.testing.assert_frame_equal(load_model(tmp_path).predict(ASKED), made.predict(ASKED), check_exact=True)

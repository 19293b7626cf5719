"""From a fitted pipeline to its text, checked against the pipeline on the rows it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from matsluice.models.chosen_columns import seen_columns
from matsluice.models.wrapped import innermost
from matsluice.models.written_out.form import NoFormError, WrittenModel, evaluate
from matsluice.models.written_out.prepared_rows import PreparedRows
from matsluice.models.written_out.symbols import symbols_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

# Largest distance from the model that is allowed: in log-odds, a quarter of a percent of probability; in probability.
LOG_ODDS: Final = 0.01
PROBABILITY: Final = 0.001


def written_out(
    pipeline: Pipeline,
    X: NDArray[np.float64],
    y: NDArray[Any],
    columns: Sequence[str],
    *,
    classes: Sequence[str] = (),
    tolerance: float,
    read_network: bool = False,
) -> WrittenModel | None:
    """Return a fitted model as text; None where it is of a kind that has none, such as a forest.

    Constants have as few digits as keep the text within the tolerance of the model on the rows it learned from. The
    distance that is told is measured with the printed text.

    Parameters
    ----------
    pipeline
        A fitted model of the catalogue.
    X, y
        The rows it was fitted to: features, (n, columns), and values or places of classes, (n,).
    columns
        Full names of the features.
    classes
        Names of the classes in their order; none where a number is predicted.
    tolerance
        Largest distance from the model that is allowed, in the target's unit; of classes `LOG_ODDS` or, of trees,
        `PROBABILITY` counts in its place.
    read_network
        Whether a Kolmogorov–Arnold network is pruned and read, which takes as long as some fits.

    Raises
    ------
    NoFormError
        The model could be written out, and why this one is not.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.arange(20.0).reshape(10, 2)
    >>> model = make_model("decision_tree", {"max_depth": 1}, seed=0).fit(X, np.where(X[:, 1] < 6, 1.0, 2.0))
    >>> written_out(model, X, X[:, 1], ["a.mass", "a.radius"], tolerance=0.01).outputs[0].text
    'Piecewise((1, radius <= 6), (2, True))'
    """
    last = pipeline[-1]
    model = innermost(last)
    kind = _kind(model)
    if kind is None:
        return None
    if kind == "network" and not read_network:
        raise NoFormError("a network is read as a formula where its params have formula = true")
    seen = seen_columns(pipeline)
    if seen is not None:
        names = [columns[int(place)] for place in seen]
        form = written_out(
            pipeline[1:],
            X[:, seen],
            y,
            names,
            classes=classes,
            tolerance=tolerance,
            read_network=read_network,
        )
        assert form is not None
        return replace(form, symbols=tuple(replace(one, place=int(seen[one.place])) for one in form.symbols))
    rows = PreparedRows.of(pipeline, X)
    if np.isnan(rows.filled).any():
        raise NoFormError("the model takes undefined features as they are, which no expression does")
    places = np.asarray(last.classes_).tolist() if classes else []
    if classes and len(places) < 2:
        raise NoFormError("there is one class only")
    labels = _labels(kind, [classes[int(place)] for place in places])
    wanted = _said(kind, pipeline, model, X, places)
    allowed = tolerance if not classes else PROBABILITY if kind == "tree" else LOG_ODDS
    codes = np.searchsorted(places, y) if classes else y
    names = symbols_of(columns)
    form = _read(kind, last, model, rows, codes, wanted, names, labels, allowed)
    return _checked(form, rows, wanted)


def _kind(model: Any) -> str | None:
    from matsluice.models.written_out.linear_form import is_linear

    if hasattr(model, "symbolic") and hasattr(model, "prune"):
        return "network"
    if hasattr(model, "models_by_dimension_"):
        return "found"
    if hasattr(model, "tree_"):
        return "tree"
    return "linear" if is_linear(model) else None


def _labels(kind: str, classes: Sequence[str]) -> list[str]:
    if not classes:
        return [""]
    what = "probability" if kind == "tree" else "log-odds"
    if len(classes) == 2:
        return [f"{what} of {classes[1]}"]
    return [f"{'probability' if kind == 'tree' else 'score'} of {name}" for name in classes]


def _said(
    kind: str, pipeline: Pipeline, model: Any, X: NDArray[np.float64], places: Sequence[int]
) -> NDArray[np.float64]:
    """Return what the model itself says of rows, (n, outputs)."""
    if not places:
        return np.asarray(pipeline.predict(X), dtype=np.float64)[:, None]
    if kind == "tree":
        said = np.asarray(pipeline.predict_proba(X), dtype=np.float64)
    else:
        prepared = np.asarray(pipeline[:-1].transform(X), dtype=np.float64)
        said = np.asarray(
            model.log_odds(prepared) if kind == "network" else model.decision_function(prepared)
        )
        said = said.reshape(len(X), -1)
    return said[:, -1:] if len(places) == 2 else said


def _read(
    kind: str,
    last: Any,
    model: Any,
    rows: PreparedRows,
    y: NDArray[Any],
    wanted: NDArray[np.float64],
    names: Sequence[str],
    labels: Sequence[str],
    tolerance: float,
) -> WrittenModel:
    if kind == "linear":
        from matsluice.models.written_out.linear_form import linear_form

        return linear_form(last, model, rows, wanted, names, labels, tolerance)
    if kind == "found":
        from matsluice.models.written_out.found_form import found_form

        return found_form(model, rows, wanted, names, labels, tolerance)
    if kind == "tree":
        from matsluice.models.written_out.tree_form import tree_form

        return tree_form(model, rows, wanted, names, labels, tolerance)
    from matsluice.models.written_out.network_form import network_form

    return network_form(model, rows, y, names, labels)


def _checked(form: WrittenModel, rows: PreparedRows, wanted: NDArray[np.float64]) -> WrittenModel:
    """Return the form with how far its printed text is from the model."""
    given = {one.name: rows.filled[:, one.place] for one in form.symbols}
    values = evaluate(form.outputs, given, len(rows.filled))
    off = values - wanted
    if not np.isfinite(off).all():
        raise NoFormError("its formula has no value on some of the rows it was found on")
    spread = float(((wanted - wanted.mean(axis=0)) ** 2).sum())
    r2 = 1.0 - float((off**2).sum()) / spread if spread > 0 else 1.0
    return replace(form, off_by=float(np.abs(off).max(initial=0.0)), r2=r2)


def predicted_by_text(form: WrittenModel, X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the text says of new rows, (n, outputs): undefined features filled and clipped as it is told.

    Parameters
    ----------
    form
        From `written_out`.
    X
        Features, (n, columns).
    """
    given = {}
    for one in form.symbols:
        column = X[:, one.place]
        if one.filled is not None:
            column = np.where(np.isnan(column), one.filled, column)
        given[one.name] = np.clip(column, one.low, one.high) if one.clipped else column
    return evaluate(form.outputs, given, len(X))

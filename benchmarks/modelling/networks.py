"""Networks: the bars of accuracy and recovery, formulas of physics, and training against pykan's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from modelling.physics_formulas import FORMULAS, samples

ROWS: Final = 1000
ERROR_BAR: Final = 1e-4
FASTER_BAR: Final = 5.0
STEPS: Final = 200
TURNS: Final = 3
_LINE: Final = "{:<66}{:>11} {:<10}{:>9}{:>4}"


def result(
    name: str, value: float, unit: str, *, most: float | None = None, least: float | None = None
) -> dict[str, Any]:
    """Return a result, and print it; a bar is the most or the least that is allowed."""
    met = (most is None or value <= most) and (least is None or value >= least)
    bar = f"<= {most:g}" if most is not None else f">= {least:g}" if least is not None else ""
    print(_LINE.format(name, f"{value:.3g}", unit, bar, "" if met else "no"), flush=True)
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "bar": most if most is not None else least,
        "met": bool(met),
    }


def measured(*, quick: bool = False) -> Iterator[dict[str, Any]]:
    """Measure and print one result after the other."""
    print(_LINE.format("networks", "", "", "bar", ""))
    yield from _smooth(
        "exp(sin πx + y²)", lambda x, y: np.exp(np.sin(np.pi * x) + y**2), "exp(x1**2 + sin(pi*x0))"
    )
    yield from _smooth("xy", lambda x, y: x * y, "x0*x1")
    yield from _many_features()
    yield from _against_pykan(20 if quick else STEPS)
    yield from _physics(quick=quick)


def _error(model: Any, X: Any, y: Any) -> float:
    return float(np.sqrt(((model.predict(X) - y) ** 2).mean()) / y.std())


def _smooth(name: str, function: Callable[..., Any], formula: str) -> Iterator[dict[str, Any]]:
    import sympy

    from matsluice.models import KANRegressor

    formula_of = (function, ((-1.0, 1.0), (-1.0, 1.0)))
    X, y = samples(formula_of, ROWS, seed=0)
    Xt, yt = samples(formula_of, 2 * ROWS, seed=1)
    begun = time.process_time()
    model = KANRegressor(hidden=(5,), random_state=0).fit(X, y)
    yield result(f"KAN [2,5,1], {name}: test error", _error(model, Xt, yt), "σ", most=ERROR_BAR)
    pruned = model.prune()
    yield result(
        f"KAN {list(pruned.sizes_)} pruned from [2,5,1], {name}", _error(pruned, Xt, yt), "σ", most=ERROR_BAR
    )
    read = pruned.symbolic()
    x0, x1 = sympy.symbols("x0 x1", real=True)
    same = sympy.simplify(read - sympy.sympify(formula, locals={"x0": x0, "x1": x1})) == 0
    print(f"   read as {str(read)[:100]}, R² = 1 − {1 - pruned.symbolic_r2_:.1e}")
    yield result(f"KAN, {name}: its formula comes back", float(same), "", least=1)
    yield result(f"KAN, {name}: fit, prune and read", time.process_time() - begun, "s cpu")


def _many_features() -> Iterator[dict[str, Any]]:
    from matsluice.models import KANRegressor

    X = np.random.default_rng(0).uniform(-1, 1, size=(ROWS, 100))
    y = np.exp(np.sin(np.pi * X[:, 17]) + X[:, 42] ** 2) + 2 * X[:, 73]
    begun = time.process_time()
    pruned = KANRegressor(hidden=(5,), grid=3, random_state=0).fit(X, y).prune()
    kept = set(pruned.features_used_) == {17, 42, 73}
    yield result("KAN, 3 of 100 features: those 3 are kept", float(kept), "", least=1)
    yield result(
        f"KAN {list(pruned.sizes_)}, 3 of 100 features: fit and prune", time.process_time() - begun, "s cpu"
    )


def _physics(*, quick: bool) -> Iterator[dict[str, Any]]:
    from matsluice.models import KANRegressor

    errors = []
    for name, formula in list(FORMULAS.items())[: 3 if quick else None]:
        X, y = samples(formula, 2 * ROWS, seed=0)
        Xt, yt = samples(formula, ROWS, seed=1)
        model = KANRegressor(hidden=(5,), random_state=0).fit(X, y)
        errors.append(_error(model, Xt, yt))
        yield result(f"KAN {list(model.sizes_)}, {name}", errors[-1], "σ")
    yield result("KAN, formulas of physics: the median", float(np.median(errors)), "σ")


def _against_pykan(steps: int) -> Iterator[dict[str, Any]]:
    """Take turns in processes of their own, each on one thread, compiling included.

    A step of pykan's is one call of torch's L-BFGS, up to 20 iterations; ours is one iteration. So the same number of
    steps is one comparison, and the time until a network is at least as good as pykan's the other: ours as it is by
    default, with the least squares and finer grids that follow its steps.
    """
    python = os.environ.get("MATSLUICE_PYKAN")
    formula = (lambda x, y: np.exp(np.sin(np.pi * x) + y**2), ((-1.0, 1.0), (-1.0, 1.0)))
    (X, y), (Xt, yt) = samples(formula, ROWS, seed=0), samples(formula, ROWS, seed=1)
    turns: list[dict[str, dict[str, float]]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.npz"
        np.savez(path, train_input=X, train_label=y[:, None], test_input=Xt, test_label=yt[:, None])
        ours = Path(__file__)
        for _ in range(TURNS if python else 1):
            one = {"pykan": _in(python, ours.with_name("pykan_training.py"), path, steps)} if python else {}
            one |= {word: _in(sys.executable, ours, path, steps, word) for word in ("steps", "default")}
            turns.append(one)
    names = {"pykan": "pykan", "steps": "KAN, steps only", "default": "KAN, as it is by default"}
    for word in turns[0]:
        middle = {key: float(np.median([one[word][key] for one in turns])) for key in turns[0][word]}
        yield result(f"{names[word]}, {steps} steps: test error", middle["error"], "σ")
        yield result(f"{names[word]}: its time", middle["seconds"], "s")
        yield result(f"{names[word]}: its processor time", middle["processor"], "s cpu")
    if not python:
        print("   (pykan is not measured: --pykan names no Python that has it)")
        return

    def times(word: str) -> float:
        return float(np.median([one["pykan"]["processor"] / one[word]["processor"] for one in turns]))

    yield result(
        "KAN against pykan, as many steps: processor time", times("steps"), "times", least=FASTER_BAR
    )
    yield result("KAN against pykan, by default: processor time", times("default"), "times")
    better = max(one["default"]["error"] / one["pykan"]["error"] for one in turns)
    yield result("KAN against pykan, by default: test error", better, "of pykan's", most=1.0)


def _in(python: str, program: Path, samples: Path, steps: int, *more: str) -> dict[str, float]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603 - our own programs
        [python, program, samples, str(steps), *more], check=True, capture_output=True, text=True, env=alone
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ours(path: str, steps: int, word: str) -> dict[str, float]:
    """Train in this process, steps only or as it is by default."""
    from matsluice.models import KANRegressor

    arrays = np.load(path)
    X, y = arrays["train_input"], arrays["train_label"][:, 0]
    model = KANRegressor(hidden=(5,), grid=5, steps=steps, refine=word == "default", tolerance=0.0)
    begun, used = time.perf_counter(), time.process_time()
    model.fit(X, y)
    return {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - used,
        "error": _error(model, arrays["test_input"], arrays["test_label"][:, 0]),
    }


if __name__ == "__main__":
    print(json.dumps(_ours(sys.argv[1], int(sys.argv[2]), sys.argv[3])))

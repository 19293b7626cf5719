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
    """Take turns in processes of their own, each on one thread; ours with and without what it compiles."""
    python = os.environ.get("MATSLUICE_PYKAN")
    formula = (lambda x, y: np.exp(np.sin(np.pi * x) + y**2), ((-1.0, 1.0), (-1.0, 1.0)))
    (X, y), (Xt, yt) = samples(formula, ROWS, seed=0), samples(formula, ROWS, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.npz"
        np.savez(path, train_input=X, train_label=y[:, None], test_input=Xt, test_label=yt[:, None])
        turns = []
        for _ in range(TURNS if python else 1):
            today = _in(python, Path(__file__).with_name("pykan_training.py"), path, steps) if python else {}
            turns.append((today, _in(sys.executable, Path(__file__), path, steps)))
    ours = {key: float(np.median([one[key] for _, one in turns])) for key in turns[0][1]}
    yield result(f"KAN [2,5,1], {steps} L-BFGS steps: test error", ours["error"], "σ")
    yield result("KAN: its time with compiling", ours["seconds"], "s")
    yield result("KAN: its time, compiled before", ours["again"], "s")
    if not python:
        print("   (pykan is not measured: --pykan names no Python that has it)")
        return
    yield result("pykan: test error", float(np.median([one["error"] for one, _ in turns])), "σ")
    yield result("pykan: its time", float(np.median([one["seconds"] for one, _ in turns])), "s")
    for key, words in (("seconds", "with compiling"), ("again", "compiled before")):
        ratio = float(np.median([today["seconds"] / mine[key] for today, mine in turns]))
        yield result(f"KAN against pykan, {words}", ratio, "times", least=FASTER_BAR)


def _in(python: str, program: Path, samples: Path, steps: int) -> dict[str, float]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    done = subprocess.run(  # noqa: S603 - our own programs
        [python, program, samples, str(steps)], check=True, capture_output=True, text=True, env=alone
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _ours(path: str, steps: int) -> dict[str, float]:
    """Train in this process, twice: the second time the program is there."""
    from matsluice.models import KANRegressor

    arrays = np.load(path)
    X, y = arrays["train_input"], arrays["train_label"][:, 0]
    seconds = []
    for _ in range(2):
        model = KANRegressor(hidden=(5,), grid=5, steps=steps, refine=False, tolerance=0.0)
        begun = time.perf_counter()
        model.fit(X, y)
        seconds.append(time.perf_counter() - begun)
    error = _error(model, arrays["test_input"], arrays["test_label"][:, 0])
    return {
        "seconds": seconds[0],
        "again": seconds[1],
        "error": error,
        "steps": float(len(model.history_["loss"])),
    }


if __name__ == "__main__":
    print(json.dumps(_ours(sys.argv[1], int(sys.argv[2]))))

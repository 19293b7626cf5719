"""Formulas of the Feynman set, with the ranges of variables (Udrescu & Tegmark 2020, doi:10.1126/sciadv.aay2631)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

Formula = tuple[Callable[..., Any], tuple[tuple[float, float], ...]]

FORMULAS: Final[Mapping[str, Formula]] = {
    "I.6.2a exp(−θ²/2)/√(2π)": (lambda t: np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), ((1, 3),)),
    "I.8.14 distance in the plane": (
        lambda a, b, c, d: np.sqrt((b - a) ** 2 + (d - c) ** 2),
        ((1, 5), (6, 9), (1, 5), (6, 9)),
    ),
    "I.10.7 m/√(1 − v²/c²)": (lambda m, v, c: m / np.sqrt(1 - v**2 / c**2), ((1, 5), (1, 2), (3, 10))),
    "I.12.1 μ N": (lambda a, b: a * b, ((1, 5), (1, 5))),
    "I.12.2 q₁ q₂ / 4π ε r²": (
        lambda a, b, e, r: a * b / (4 * np.pi * e * r**2),
        ((1, 5), (1, 5), (1, 5), (1, 5)),
    ),
    "I.12.11 q (E + B v sin θ)": (
        lambda q, e, b, v, t: q * (e + b * v * np.sin(t)),
        ((1, 5), (1, 5), (1, 5), (1, 5), (1, 5)),
    ),
    "I.16.6 (u + v)/(1 + u v/c²)": (lambda c, v, u: (u + v) / (1 + u * v / c**2), ((1, 5), (1, 5), (1, 5))),
    "I.18.4 centre of mass": (
        lambda m, n, r, s: (m * r + n * s) / (m + n),
        ((1, 5), (1, 5), (1, 5), (1, 5)),
    ),
    "I.26.2 arcsin(n sin θ)": (lambda n, t: np.arcsin(n * np.sin(t)), ((0, 1), (1, 5))),
    "I.27.6 1/(1/d₁ + n/d₂)": (lambda a, b, n: 1 / (1 / a + n / b), ((1, 5), (1, 5), (1, 5))),
    "I.29.16 √(x² + y² − 2xy cos(θ₁ − θ₂))": (
        lambda x, y, s, t: np.sqrt(x**2 + y**2 - 2 * x * y * np.cos(s - t)),
        ((1, 5), (1, 5), (1, 5), (1, 5)),
    ),
    "I.30.3 sin²(nθ/2)/sin²(θ/2)": (
        lambda i, n, t: i * np.sin(n * t / 2) ** 2 / np.sin(t / 2) ** 2,
        ((1, 5), (1, 5), (1, 5)),
    ),
    "I.40.1 n exp(−m g x / k T)": (
        lambda n, m, x, t: n * np.exp(-m * x / t),
        ((1, 5), (1, 5), (1, 5), (1, 5)),
    ),
    "I.44.4 n k T ln(V₂/V₁)": (lambda n, t, v, w: n * t * np.log(w / v), ((1, 5), (1, 5), (1, 5), (1, 5))),
    "I.50.26 x (cos ωt + α cos² ωt)": (
        lambda x, w, t, a: x * (np.cos(w * t) + a * np.cos(w * t) ** 2),
        ((1, 3), (1, 3), (1, 3), (1, 3)),
    ),
    "II.6.15a dipole field": (
        lambda p, r, x, y: p * 3 * x * y / (4 * np.pi * r**5) * 1.0,
        ((1, 3), (1, 3), (1, 3), (1, 3)),
    ),
    "II.35.18 n/(exp(μB/kT) + exp(−μB/kT))": (
        lambda n, t, m, b: n / (np.exp(m * b / t) + np.exp(-m * b / t)),
        ((1, 3), (1, 3), (1, 3), (1, 3)),
    ),
    "III.9.52 sin² of a detuning": (
        lambda p, e, t, w: p * e * t * np.sin(w * t / 2) ** 2 / (w * t / 2) ** 2,
        ((1, 3), (1, 3), (1, 3), (1, 5)),
    ),
}


def samples(formula: Formula, rows: int, seed: int) -> tuple[Any, Any]:
    """Return features (rows, variables) drawn evenly from the ranges, and values (rows,)."""
    function, ranges = formula
    low, high = np.array(ranges, dtype=float).T
    X = np.random.default_rng(seed).uniform(low, high, size=(rows, len(low)))
    return X, function(*X.T)

"""The kernels that are compiled beforehand are those that fits of every kind call."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import numpy as np

from matsluice.models import SISSOClassifier, SISSORegressor
from matsluice.models.sisso import logistic_kernel, overlap_kernel, pair_kernel, subset_kernel
from matsluice.models.sisso.compiled import compile_kernels

# What Python calls; kernels that only these call are compiled into them.
CALLED = {
    logistic_kernel: ("boundaries", "boundary"),
    overlap_kernel: ("score_of", "pick_separating"),
    pair_kernel: ("pick_sums", "pick_products", "pick_distances", "write_distances"),
    subset_kernel: ("best_subsets",),
}


def compiled():
    kernels = {name: getattr(module, name) for module, names in CALLED.items() for name in names}
    return {name: set(map(str, kernel.signatures)) for name, kernel in kernels.items()}


compile_kernels()
before = compiled()
print("never compiled:", sorted(name for name, found in before.items() if not found))
chance = np.random.default_rng(3)
X = chance.uniform(1.0, 3.0, size=(60, 4))
y = X[:, 0] ** 2 / X[:, 1] + 0.01 * chance.normal(size=60)
X.setflags(write=False)  # as a matrix mapped from disk is
weights = chance.uniform(0.5, 1.5, size=60)
for rung, dimension in ((0, 1), (1, 1), (1, 3), (2, 2)):
    SISSORegressor(rung=rung, dimension=dimension).fit(X, y, sample_weight=weights)
SISSORegressor(rung=1, dimension=2).fit(np.asfortranarray(X), y, tasks=np.repeat(["a", "b"], 30))
SISSORegressor(rung=1, dimension=2, cv=3).fit(X.astype(np.float32), y)
for labels in (np.digitize(y, [2.0]), np.digitize(y, [1.5, 3.0])):
    for rung, dimension in ((0, 1), (1, 2), (1, 3)):
        SISSOClassifier(rung=rung, dimension=dimension).fit(X, labels)
print("compiled later:", {name: found - before[name] for name, found in compiled().items() if found - before[name]})
"""


def test_later_fits_compile_nothing() -> None:
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == "never compiled: []\ncompiled later: {}\n"

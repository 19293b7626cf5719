"""Every kernel of SISSO compiled once on this machine, so that a worker's first fit finds it on disk.

python -m matsluice.models.sisso.compiled
"""

from __future__ import annotations

import numpy as np


def compile_kernels() -> None:
    """Fit values, several tasks and classes of a few rows, in as many dimensions as each has a kernel for."""
    from matsluice.models.sisso.classifier import SISSOClassifier
    from matsluice.models.sisso.regressor import SISSORegressor

    chance = np.random.default_rng(0)
    X = chance.uniform(1.0, 2.0, size=(40, 3))
    y = X[:, 0] * X[:, 1] - X[:, 2]
    # Products and distances have kernels of their own at the last rung, where features are screened and not kept.
    SISSORegressor(rung=2, dimension=2).fit(X, y)
    SISSOClassifier(rung=1, dimension=2).fit(X, y > np.median(y))


if __name__ == "__main__":
    compile_kernels()

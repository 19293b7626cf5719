"""How the loss of a fitted network fell, where a model is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

COLUMNS = ("loss", "validation_loss")


def loss_history(pipeline: Pipeline) -> dict[str, NDArray[np.float64]]:
    """Return `loss` and `validation_loss` after each epoch, (epochs,); empty where the model keeps none.

    They are in the units that the network is fitted in: of the standardised target, or the cross-entropy. Of an
    ensemble they are the first network's.

    Examples
    --------
    >>> from matsluice.models.catalogue import make_model
    >>> X = np.linspace(0, 1, 20)[:, None]
    >>> kan = make_model("kan", {"hidden": (1,), "steps": 5}, seed=0).fit(X, X[:, 0] ** 2)
    >>> history = loss_history(kan)
    >>> bool(history["loss"][-1] < history["loss"][0]), len(history["validation_loss"])
    (True, 0)
    """
    from matsluice.models.wrapped import innermost

    history = getattr(innermost(pipeline[-1]), "history_", {})
    return {name: np.asarray(history.get(name, ()), dtype=np.float64) for name in COLUMNS}

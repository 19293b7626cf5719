"""Train pykan's [2, 5, 1] by 200 L-BFGS steps; run by another Python, which has it. Prints seconds and test error."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from typing import Any

import numpy as np


def main() -> None:
    """Read the samples that argv names, train, and print JSON."""
    import torch
    from kan import KAN

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    arrays = np.load(sys.argv[1])
    data: dict[str, Any] = {
        f"{part}_{kind}": torch.tensor(arrays[f"{part}_{kind}"])
        for part in ("train", "test")
        for kind in ("input", "label")
    }
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        model = KAN(width=[2, 5, 1], grid=5, k=3, seed=0, auto_save=False, symbolic_enabled=False)
        begun, used = time.perf_counter(), time.process_time()
        model.fit(data, opt="LBFGS", steps=int(sys.argv[2]))
        seconds, processor = time.perf_counter() - begun, time.process_time() - used
        with torch.no_grad():
            missed = model(data["test_input"]) - data["test_label"]
    error = float((missed**2).mean().sqrt() / data["test_label"].std())
    print(json.dumps({"seconds": seconds, "processor": processor, "error": error}))


if __name__ == "__main__":
    main()

"""Pickles are read in one place, besides the pipe to a child of our own: none comes from data or a request."""

from __future__ import annotations

import ast
from pathlib import Path

# The pickle module, those that read pickles in its format, and what runs them behind another name.
READERS = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
READ = {"load", "loads", "Unpickler", "read_pickle", "open"}
ALLOWED = {"models/saved/pickled.py", "infra/isolation/child.py"}


def readings(path: Path) -> list[str]:
    """Return where a module reads a pickle, or lets somebody do so."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in READERS:
            found += [f"{node.lineno}: {one.name}" for one in node.names if one.name in READ]
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module, name = node.value.id, node.attr
            if (module in READERS and name in READ) or (module, name) in {
                ("pd", "read_pickle"),
                ("pandas", "read_pickle"),
            }:
                found.append(f"{node.lineno}: {module}.{name}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            value = node.value.value if isinstance(node.value, ast.Constant) else None
            if value is not False:
                found.append(f"{node.lineno}: allow_pickle")
    return found


def test_pickles_are_read_in_one_place(modules: list[Path], root: Path) -> None:
    found = {path.relative_to(root).as_posix(): readings(path) for path in modules}
    assert {name for name, places in found.items() if places} <= ALLOWED
    assert found["models/saved/pickled.py"]


def test_they_would_be_found(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import pickle\nimport numpy\nfrom joblib import load\n"
        "x = pickle.loads(b'')\nnumpy.load('a', allow_pickle=True)\n"
    )
    assert sorted(readings(path)) == ["3: load", "4: pickle.loads", "5: allow_pickle"]

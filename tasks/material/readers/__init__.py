"""Structure files and texts, read straight into batches of crystals.

`read_structures` tells the kind of each text by its content. The readers of one kind are imported from their
modules: `cif`, `poscar`, `extxyz`, `structure_json`.
"""

from matsluice.tasks.material.readers.structure_text import read_structures

__all__ = ["read_structures"]

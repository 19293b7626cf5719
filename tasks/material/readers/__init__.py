"""Structure files and texts, read straight into batches of crystals.

Each reader is imported from its module: `cif`, `poscar`, `extxyz`, `structure_json`; `structure_text` tells the
kind of a text by its content.
"""

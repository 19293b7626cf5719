"""One form of a crystal, whatever cell, origin, place in space and order of sites it is written in.

`form.canonical_forms` is the way in; the other modules are its steps: translations, the primitive lattice, its least
bases, and the origin.
"""

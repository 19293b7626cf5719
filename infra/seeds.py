"""Seeds that depend on what is done and never on when."""

from __future__ import annotations

import hashlib


def derive_seed(campaign_seed: int, *work: str | int) -> int:
    """Return a seed below 2³² for a named piece of work.

    Parameters
    ----------
    campaign_seed
        The campaign file's seed.
    work
        The name of the piece of work, as "fit", "ridge", "random", 3.

    Examples
    --------
    >>> derive_seed(7, "fit", "ridge", 0) == derive_seed(7, "fit", "ridge", 0)
    True
    >>> derive_seed(7, "fit", "ridge", 0) == derive_seed(7, "fit", "ridge", 1)
    False
    """
    text = "\x1f".join(str(word) for word in (campaign_seed, *work))
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "little"
    )

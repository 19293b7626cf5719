"""Names of time zones: the machine's own, and the nearest to one that is misspelt."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import available_timezones

from matsluice.infra.mistakes import InvalidInput, nearest

LOCALTIME = Path("/etc/localtime")


def checked_zone(name: str) -> str:
    """Return the zone's name.

    Raises
    ------
    InvalidInput
        There is no such zone in the IANA database, with the nearest that there is.

    Examples
    --------
    >>> checked_zone("Europe/Rome")
    'Europe/Rome'
    >>> checked_zone("Rome")
    Traceback (most recent call last):
        ...
    matsluice.infra.mistakes.InvalidInput: unknown time zone "Rome": did you mean "Europe/Rome"? Allowed are the \
names of the IANA database, Continent/City or UTC
    """
    known = available_timezones()
    if name in known:
        return name
    like = _nearest_zone(name, sorted(known))
    hint = f': did you mean "{like}"? Allowed are' if like else "; allowed are"
    raise InvalidInput(
        f'unknown time zone "{name}"{hint} the names of the IANA database, Continent/City or UTC'
    )


def _nearest_zone(name: str, known: list[str]) -> str | None:
    """Return the zone most like a name, or like the name of its city alone."""
    written = name.strip().replace(" ", "_")
    cities = {zone.rpartition("/")[2].lower(): zone for zone in known if zone.count("/") == 1}
    if written.lower() in cities:
        return cities[written.lower()]
    if like := nearest(written, known):
        return like
    city = nearest(written.rpartition("/")[2], cities)
    return None if city is None else cities[city]


def local_zone() -> str:
    """Return the zone this machine is set to, UTC where it does not say."""
    for name in (os.environ.get("TZ", "").lstrip(":"), _linked_zone()):
        if name in available_timezones():
            return name
    return "UTC"


def _linked_zone() -> str:
    _, found, name = os.path.realpath(LOCALTIME).partition("/zoneinfo/")
    return name if found else ""

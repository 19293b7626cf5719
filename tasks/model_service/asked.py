"""The materials that a request asks about, each as text, and those that are too long to be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from matsluice.infra.web.refusal import RequestRefused
from matsluice.tasks.material.readers.structure_text import kind_of

if TYPE_CHECKING:
    from matsluice.tasks.model_service.limits import ServiceLimits

NAME: Final = "materials"
# A cell of one element needs a dozen characters more than this in any of the kinds.
SHORTEST_STRUCTURE: Final = 20
_JSON_WORDS: Final[Mapping[type, str]] = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    list: "a list",
    type(None): "null",
    str: "a text",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """The n materials of a request.

    Attributes
    ----------
    texts
        A formula or a structure's text each; "" where it is refused.
    formulas, structures
        Places of the formulas and of the structures, in order.
    refused
        Place → why it is not looked at, as a row's `reason`.
    """

    texts: tuple[str, ...]
    formulas: tuple[int, ...]
    structures: tuple[int, ...]
    refused: dict[int, str]


def asked(body: Any, limits: ServiceLimits) -> Asked:
    """Return what a request's JSON asks for.

    Raises
    ------
    RequestRefused
        422: it is not ``{"materials": [...]}`` with texts and objects, or there are none or too many.

    Examples
    --------
    >>> from matsluice.tasks.model_service.limits import ServiceLimits
    >>> asked({"materials": ["NaCl", {"@class": "Structure"}]}, ServiceLimits())
    Asked(texts=('NaCl', '{"@class": "Structure"}'), formulas=(0,), structures=(1,), refused={})
    """
    texts: list[str] = []
    formulas: list[int] = []
    structures: list[int] = []
    refused: dict[int, str] = {}
    for place, one in enumerate(_materials(body, limits.batch)):
        text, is_structure = _text(one, place)
        why = _too_long(text, is_structure, limits)
        if why:
            refused[place] = why
        else:
            (structures if is_structure else formulas).append(place)
        texts.append("" if why else text)
    return Asked(tuple(texts), tuple(formulas), tuple(structures), refused)


def _materials(body: Any, most: int) -> list[Any]:
    if not isinstance(body, dict):
        raise _of_another_form(f"it is {_JSON_WORDS[type(body)]}")
    unknown = next((name for name in body if name != NAME), None)
    if unknown is not None:
        raise _of_another_form(f'it has "{unknown[:40]}"')
    materials = body.get(NAME)
    if not isinstance(materials, list):
        raise _of_another_form(
            f"materials is {_JSON_WORDS[type(materials)]}" if NAME in body else "it has no materials"
        )
    if not 1 <= len(materials) <= most:
        raise RequestRefused(
            422,
            "batch size",
            f"the request has {len(materials)} materials: send 1 to {most}, and more in several requests",
        )
    return materials


def _text(one: Any, place: int) -> tuple[str, bool]:
    """Return a material as text, and whether it is a structure."""
    if isinstance(one, str):
        return one, len(one) > SHORTEST_STRUCTURE and kind_of(one) is not None
    if isinstance(one, dict):
        # As text it has the length that is limited, and takes a tenth of the room while it waits for its turn.
        return json.dumps(one), True
    raise _of_another_form(f"material {place} is {_JSON_WORDS[type(one)]}")


def _too_long(text: str, is_structure: bool, limits: ServiceLimits) -> str:
    most, what = (
        (limits.structure_characters, "structure") if is_structure else (limits.formula_characters, "formula")
    )
    if len(text) <= most:
        return ""
    return f"too long: the {what} has {len(text)} characters, at most {most} are read"


def _of_another_form(found: str) -> RequestRefused:
    return RequestRefused(
        422,
        "another form",
        f'the request is not of the form {{"materials": [...]}}: {found}; each material is a formula, the text of a '
        "CIF or POSCAR, or pymatgen's JSON of a structure",
    )

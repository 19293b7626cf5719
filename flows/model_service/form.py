"""The form of requests and answers, as OpenAPI has it: exact for the model that is served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from matsluice.tasks.predict.predictions import PROBABILITY

if TYPE_CHECKING:
    from matsluice.tasks.model_service.described import Described

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_REFUSAL: Final[Schema] = {
    "type": "object",
    "description": "Why a request is not answered, in one form whatever the reason.",
    "required": ["error", "detail"],
    "additionalProperties": False,
    "properties": {
        "error": {**_TEXT, "description": "A phrase that programs may compare."},
        "detail": {**_TEXT, "description": "One sentence: what was got, what is allowed, what to do."},
    },
}
_STATUSES: Final[Mapping[int, str]] = {
    400: "The body is not JSON.",
    401: "The request does not name the service's token.",
    408: "The body did not come in time.",
    413: "The body is too large.",
    415: "The body is packed, or said to be something else than JSON.",
    422: "The JSON is of another form, or holds no materials or too many.",
    503: "The service is not ready yet, or has too much to do: send the request again after Retry-After seconds.",
}
_ROCK_SALT: Final[Schema] = {
    "@class": "Structure",
    "lattice": {"matrix": [[0.0, 2.82, 2.82], [2.82, 0.0, 2.82], [2.82, 2.82, 0.0]]},
    "sites": [
        {"species": [{"element": "Na", "occu": 1}], "abc": [0.0, 0.0, 0.0]},
        {"species": [{"element": "Cl", "occu": 1}], "abc": [0.5, 0.5, 0.5]},
    ],
}


def request_form(of_crystals: bool, batch: int) -> Schema:
    """Return the `requestBody` of `/predict`."""
    examples: list[Any] = [_ROCK_SALT] if of_crystals else ["CuInSe2", "BaZrS3"]
    materials = {
        "type": "array",
        "minItems": 1,
        "maxItems": batch,
        "items": {
            "anyOf": [
                {**_TEXT, "description": "A formula, or the text of a CIF or POSCAR."},
                {"type": "object", "description": "pymatgen's JSON of a structure: `Structure.as_dict()`."},
            ]
        },
        "description": "Materials, each a formula or a structure.",
    }
    schema = {
        "type": "object",
        "required": ["materials"],
        "additionalProperties": False,
        "properties": {"materials": materials},
        "examples": [{"materials": examples}],
    }
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def answer_form(described: Described) -> Schema:
    """Return the schema of an answer to `/predict`."""
    head = {
        "model": "The model's name.",
        "version": "Its version in the registry.",
        "target": "What is predicted.",
        "unit": "The unit of prediction, lower and upper.",
    }
    contract = described.contract
    properties: Schema = {name: {**_TEXT, "description": words} for name, words in head.items()}
    properties["confidence"] = {
        "type": "number",
        "description": "Share of cases in which an interval or a set holds the true value.",
    }
    rows = "One for each material, in the order of the request."
    properties["predictions"] = {"type": "array", "description": rows, "items": _row(contract["classes"])}
    return _exactly(properties)


def _row(classes: list[str]) -> Schema:
    number, text = {"type": ["number", "null"]}, {"type": ["string", "null"]}
    properties: Schema = {
        "prediction": {**number, "description": "The value; null where there is none."},
        "lower": {**number, "description": "The interval's lower end."},
        "upper": {**number, "description": "The interval's upper end."},
    }
    if classes:
        properties = {
            "prediction": {**text, "description": "The most probable class; null where there is none."},
            **{
                f"{PROBABILITY}{name}": {**number, "description": "A class's probability."}
                for name in classes
            },
            "set": {**text, "description": "The classes of which one is the true one, with | between."},
        }
    properties["in_domain"] = {
        "type": "boolean",
        "description": "Whether the material is like those learned from.",
    }
    properties["domain"] = {**text, "description": '"inside", or in what it is unlike them.'}
    properties["reason"] = {
        **text,
        "description": "Why there is no prediction; null where there is one. "
        "A class word, a colon, and a sentence.",
    }
    return _exactly(properties)


def _exactly(properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def model_form(described: Described) -> Schema:
    """Return the schema of `/model`."""
    kinds = {str: "string", float: "number", int: "integer", list: "array", dict: "object"}
    return _exactly({name: {"type": kinds[type(value)]} for name, value in described.contract.items()})


def health_form() -> Schema:
    """Return the schema of `/health`."""
    states = {"type": "string", "enum": ["starting", "ready", "stopping"]}
    return _exactly({"status": states, "model": _TEXT, "version": _TEXT})


def said(description: str, schema: Schema, media_type: str = "application/json") -> Schema:
    """Return one entry of an operation's `responses`."""
    return {"description": description, "content": {media_type: {"schema": schema}}}


def refusals(*statuses: int) -> dict[int | str, Schema]:
    """Return the entries of answers that are no answers."""
    found: dict[int | str, Schema] = {status: said(_STATUSES[status], _REFUSAL) for status in statuses}
    if 503 in found:
        found[503]["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string"}}
        }
    return found

"""The page that tells people how to ask: plain HTML from the OpenAPI document, without scripts or other addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template


def page_html(document: Mapping[str, Any]) -> str:
    """Return the page.

    Parameters
    ----------
    document
        What `/openapi.json` says.
    """
    operations = [
        _operation(path, method, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    return _template().render(
        title=document["info"]["title"],
        version=document["info"]["version"],
        paragraphs=document["info"]["description"].split("\n"),
        has_token="securitySchemes" in document.get("components", {}),
        operations=operations,
    )


def _operation(path: str, method: str, told: Mapping[str, Any]) -> dict[str, Any]:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    answers = []
    for status, answer in told["responses"].items():
        (media_type, content), *_ = answer.get("content", {"": {}}).items()
        fields = list(_fields(content.get("schema", {}))) if status == "200" else []
        answers.append(
            {"status": status, "description": answer["description"], "media": media_type, "fields": fields}
        )
    return {
        "path": path,
        "method": method.upper(),
        "summary": told.get("summary", ""),
        "description": told.get("description", ""),
        "example": json.dumps(body["examples"][0]) if body else "",
        "fields": list(_fields(body)) if body else [],
        "secured": bool(told.get("security")),
        "answers": answers,
    }


def _fields(schema: Mapping[str, Any], prefix: str = "") -> list[dict[str, str]]:
    """Return the names in a schema with their kinds, those of a list's rows indented by their prefix."""
    found = []
    for name, one in schema.get("properties", {}).items():
        found.append(
            {"name": f"{prefix}{name}", "kind": _kind(one), "description": one.get("description", "")}
        )
        found += _fields(one.get("items", {}), f"{prefix}{name}[].")
    return found


def _kind(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    kind = schema.get("type", "")
    if kind == "array":
        least, most = schema.get("minItems"), schema.get("maxItems")
        bounds = f", {least} to {most}" if most else ""
        return f"list of {_kind(schema['items']) or 'anything'}{bounds}" if "items" in schema else "list"
    if "enum" in schema:
        return " or ".join(map(json.dumps, schema["enum"]))
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = files("matsluice.flows.model_service").joinpath("page.html.jinja").read_text(encoding="utf-8")
    return Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    ).from_string(text)

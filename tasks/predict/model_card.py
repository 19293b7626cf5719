"""The model card: what a person must know of a model before they use it, on one page, from model.json alone.

Model cards: Mitchell et al. 2019, doi:10.1145/3287560.3287596.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from matsluice.infra.workspace.atomic_files import written_whole
from matsluice.tasks.predict.card_sections import sections
from matsluice.tasks.predict.card_words import Section, lead, title

HTML_CARD, MARKDOWN_CARD = "card.html", "card.md"
_MARKS: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"})


@dataclass(frozen=True, slots=True)
class Card:
    """A page in words and tables, before it is set.

    Attributes
    ----------
    title, lead
        The model's name, and in one sentence what it does.
    sections
        The rest.
    """

    title: str
    lead: str
    sections: tuple[Section, ...]


def card_of(record: Mapping[str, Any]) -> Card:
    """Return the card of a record of model.json; of a model that was written outside a campaign it is shorter."""
    return Card(title(record), lead(record), tuple(sections(record)))


def card_html(record: Mapping[str, Any]) -> str:
    """Return the card as a page that needs no network."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = files("matsluice.tasks.predict").joinpath("card.html.jinja").read_text(encoding="utf-8")
    style = files("matsluice.tasks.report").joinpath("page.css").read_text(encoding="utf-8")
    return environment.from_string(template).render(card=card_of(record), style=style)


def card_markdown(record: Mapping[str, Any]) -> str:
    """Return the card as Markdown."""
    card = card_of(record)
    parts = [f"# {_escaped(card.title)}", _escaped(card.lead)]
    for section in card.sections:
        parts.append(f"## {section.heading}")
        parts += [_escaped(text) for text in section.texts]
        if section.facts:
            parts.append("\n".join(f"- {label}: {_escaped(value)}" for label, value in section.facts))
        if section.header:
            parts.append(_table(section.header, section.rows))
        if section.code:
            parts.append(f"```python\n{section.code}\n```")
    return "\n\n".join(parts) + "\n"


def write_card(record: Mapping[str, Any], folder: Path) -> tuple[Path, Path]:
    """Write card.html and card.md into a folder, and return their paths."""
    paths = (folder / HTML_CARD, folder / MARKDOWN_CARD)
    for path, render in zip(paths, (card_html, card_markdown), strict=True):
        with written_whole(path) as temporary:
            temporary.write_text(render(record), encoding="utf-8")
    return paths


def _escaped(text: str) -> str:
    return text.translate(_MARKS)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([_escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

"""What every section of a campaign file has in common, and the small vocabularies of its values."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints

from matsluice.flows.campaign_file.quantities import (
    duration_text,
    parse_duration_seconds,
    parse_size_bytes,
    size_text,
)


class Section(BaseModel):
    """One table of a campaign file.

    Each field's description says what is allowed: it is the second half of the sentence a wrong value is
    answered with. The validation context's "folder" is the campaign file's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


# 64: it becomes a folder's name and the name of an experiment, and is read in tables.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
Seconds = Annotated[float, BeforeValidator(parse_duration_seconds), PlainSerializer(duration_text)]
Bytes = Annotated[int, BeforeValidator(parse_size_bytes), PlainSerializer(size_text)]
AbsolutePath = Annotated[Path, PlainSerializer(str)]


def each_once(kind: str, values: Sequence[Any]) -> None:
    """Raise ValueError where a value stands more than once."""
    for i, value in enumerate(values):
        if value in values[:i]:
            raise ValueError(f'{kind} "{value}" stands more than once; name each once')

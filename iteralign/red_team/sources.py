"""Reading red-team prompts from a user's files.

JSON (a list of texts or of objects, or lists under nested topics), JSON Lines, CSV, TSV, Parquet, and plain text with
one prompt a line, each also compressed with gzip. Of a dialogue in hh-rlhf's form only the first human turn is the prompt.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness_errors import DataError
from harness_rows import Reading, read_rows
from iteralign.records import Prompt
from iteralign.red_team.columns import PROMPT_COLUMNS, first_turn, is_row, prompt_column

DUPLICATE = "duplicate"
EMPTY = "empty"
TOO_LONG = "longer than the context window"

_MOST_COLUMNS_NAMED = 12


def _prompts_only(names: Sequence[str]) -> str | None:
    return prompt_column(dict.fromkeys(names))


_READING = Reading("red-team file", is_row=is_row, only_column=_prompts_only)


@dataclass(frozen=True)
class LoadedPrompts:
    """Prompts to draw from, in the files' order, and how many were skipped for which reason."""

    prompts: tuple[Prompt, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)


def load_prompts(paths: Sequence[Path]) -> LoadedPrompts:
    """Read the prompts of all files; the source of each is its file's name.

    Empty prompts are skipped and counted, and so are repeats, also across files; two prompts are the same when they
    differ only in case, spacing or Unicode form. Raises DataError, with file and row, for a file that can't be used,
    and when a file holds no prompt at all.
    """
    prompts: dict[str, Prompt] = {}
    skipped: Counter[str] = Counter()
    for path in paths:
        texts = _texts(path)
        for text in texts:
            key = _normalised(text)
            if not key or key in prompts:
                skipped[DUPLICATE if key else EMPTY] += 1
            else:
                prompts[key] = Prompt(text, path.name)
        if not any(texts):
            raise DataError(f"The red-team file {path} holds no prompt: give one with at least one.")
    return LoadedPrompts(tuple(prompts.values()), dict(skipped))


def within_window(loaded: LoadedPrompts, count_tokens: Callable[[str], int], limit: int) -> LoadedPrompts:
    """Skip and count the prompts of more than `limit` tokens; `count_tokens` counts them as the model will read them.

    Raises DataError when none is left.
    """
    fitting = tuple(prompt for prompt in loaded.prompts if count_tokens(prompt.text) <= limit)
    too_long = len(loaded.prompts) - len(fitting)
    if not too_long:
        return loaded
    if not fitting:
        raise DataError(
            f"None of the {too_long:,} red-team prompts fits into the model's context window, which leaves them "
            f"{limit:,} tokens: use shorter prompts or a model with a longer window."
        )
    return LoadedPrompts(fitting, {**loaded.skipped, TOO_LONG: loaded.skipped.get(TOO_LONG, 0) + too_long})


def _texts(path: Path) -> list[str]:
    return [_text(path, where, value) for where, value in read_rows(path, _READING)]


def _text(path: Path, where: str, value: Any) -> str:
    """The prompt in a row, empty where there is none."""
    if isinstance(value, dict):
        column = prompt_column(value)
        if column is None:
            raise DataError(_no_column(path, where, value))
        value = value[column]
    if value is None:
        return ""
    if not isinstance(value, str):
        raise DataError(f"The red-team file {path} has a prompt in {where} that is no text: put it in quotes.")
    # JSON can name halves of a character that no other part of the program could store.
    return first_turn(value.encode("utf-8", "replace").decode("utf-8"))


def _no_column(path: Path, where: str, row: Mapping[str, Any]) -> str:
    names = [repr(str(name)[:40]) for name in list(row)[:_MOST_COLUMNS_NAMED]]
    more = ", …" if len(row) > _MOST_COLUMNS_NAMED else ""
    seen = ", ".join(names) + more if names else "none"
    return (
        f"The red-team file {path} has no column with prompts in {where}: it has {seen}, and one of "
        f"{', '.join(PROMPT_COLUMNS)} is needed."
    )


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

"""Reading red-team prompts from a user's files.

JSON (a list of texts or of objects, or lists under nested topics), JSON Lines, CSV, TSV, Parquet, and plain text with
one prompt a line, each also compressed with gzip. Of a dialogue in hh-rlhf's form only the first human turn is the
prompt.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
    """Read the prompts of all files; the source of each is its file's name. See `pooled`.

    Raises DataError, with file and row, for a file that can't be used, and when a file holds no prompt at all.
    """
    return pooled((path.name, texts_of(path)) for path in paths)


def pooled(sources: Iterable[tuple[str, Sequence[str]]]) -> LoadedPrompts:
    """One pool of the texts of several named sources.

    Empty prompts are skipped and counted, and so are repeats, also across sources; two prompts are the same when they
    differ only in case, spacing or Unicode form.
    """
    prompts: dict[str, Prompt] = {}
    skipped: Counter[str] = Counter()
    for source, texts in sources:
        for text in texts:
            key = _normalised(text)
            if not key or key in prompts:
                skipped[DUPLICATE if key else EMPTY] += 1
            else:
                prompts[key] = Prompt(text, source)
    return LoadedPrompts(tuple(prompts.values()), dict(skipped))


def left_out(loaded: LoadedPrompts, texts: Collection[str], reason: str) -> LoadedPrompts:
    """The pool without the prompts of these texts, which are counted under `reason`."""
    kept = tuple(prompt for prompt in loaded.prompts if prompt.text not in texts)
    fewer = len(loaded.prompts) - len(kept)
    return LoadedPrompts(kept, {**loaded.skipped, reason: loaded.skipped.get(reason, 0) + fewer}) if fewer else loaded


def within_window(loaded: LoadedPrompts, count_tokens: Callable[[str], int], limit: int) -> LoadedPrompts:
    """Skip and count the prompts of more than `limit` tokens; `count_tokens` counts them as the model will read them.

    Raises DataError when none is left.
    """
    too_long = {prompt.text for prompt in loaded.prompts if count_tokens(prompt.text) > limit}
    fitting = left_out(loaded, too_long, TOO_LONG)
    if too_long and not fitting.prompts:
        raise DataError(
            f"None of the {len(too_long):,} red-team prompts fits into the model's context window, which leaves them "
            f"{limit:,} tokens: use shorter prompts or a model with a longer window."
        )
    return fitting


def texts_of(path: Path) -> list[str]:
    """The prompts of one file as they stand there, empty where a row has none. Raises DataError; see `load_prompts`."""
    texts = [_text(path, where, value) for where, value in read_rows(path, _READING)]
    if not any(texts):
        raise DataError(f"The red-team file {path} holds no prompt: give one with at least one.")
    return texts


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

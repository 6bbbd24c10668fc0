"""What a run learnt from, as data sets that TRL and others train on: preference pairs, and prompts with completions."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final, Literal

from harness_base.errors import ConfigError
from harness_base.types import Fields, Row

PairForm = Literal["preference", "prompt-completion"]


@dataclass(frozen=True)
class Pair:
    """What the model was asked, its answer that was a violation, and its revision that was kept."""

    prompt: str
    rejected: str
    chosen: str


def kept_pairs(revisions: Iterable[Fields], measured: Collection[str] = ()) -> list[Pair]:
    """One pair a response, with the last of its revisions that may be trained on.

    `revisions` are rows of the view `revision_history`; a response whose revisions were all dropped has no pair. Texts
    that a task measures (`measured`, from the view `contamination`) are left out, as the run left them out.
    """
    kept = sorted((row for row in revisions if row["kept"] == 1), key=itemgetter("response_id", "attempt"))
    last = {row["response_id"]: row for row in kept}
    pairs = [Pair(row["attack"], row["response"], row["revision"]) for row in last.values()]
    return [pair for pair in pairs if pair.prompt not in measured and pair.chosen not in measured]


def as_rows(pairs: Sequence[Pair], form: PairForm, *, conversational: bool) -> list[Row]:
    """The pairs in the words of TRL's data sets: `prompt`, `chosen` and `rejected`, or `prompt` and `completion`.

    With `conversational`, each is a list of one message with role and content, for a model with a chat template;
    without it, each is the bare text. A revision that repeats the answer prefers nothing: it is left out of
    preference pairs.
    """

    def said(role: str, text: str) -> object:
        return [{"role": role, "content": text}] if conversational else text

    if form == "prompt-completion":
        return [{"prompt": said("user", one.prompt), "completion": said("assistant", one.chosen)} for one in pairs]
    return [
        {
            "prompt": said("user", one.prompt),
            "chosen": said("assistant", one.chosen),
            "rejected": said("assistant", one.rejected),
        }
        for one in pairs
        if one.chosen != one.rejected
    ]


def writer_for(path: Path) -> Callable[[Sequence[Row]], bytes]:
    """What turns rows into the content of a file with the ending of `path`. Raises ConfigError for an unknown one."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise ConfigError(f"Pairs can't be written to {path}: end its name with one of {' or '.join(_WRITERS)}.")
    return writer


def check_free(path: Path, *, overwrite: bool) -> None:
    """Raise ConfigError where a file would be written over without being asked to."""
    if path.exists() and not overwrite:
        raise ConfigError(f"{path} exists already: name another file, or add --overwrite.")


def _jsonl(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8")


def _parquet(rows: Sequence[Row]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows)), buffer)
    return buffer.getvalue()


_WRITERS: Final[Mapping[str, Callable[[Sequence[Row]], bytes]]] = {".jsonl": _jsonl, ".parquet": _parquet}

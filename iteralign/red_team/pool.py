"""The prompts to draw from: those of several files or sets as one pool, without repeats, and what was left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness_base.errors import DataError
from iteralign.core.conversation import Conversation, asking
from iteralign.core.records import Prompt
from iteralign.red_team.files import PromptFile, read_prompts
from iteralign.red_team.sameness import normalised

DUPLICATE = "duplicate"
EMPTY = "empty"
TOO_LONG = "longer than the context window"


@dataclass(frozen=True)
class LoadedPrompts:
    """Prompts to draw from, in the files' order, and how many were skipped for which reason.

    `notes` say how the files were read: one sentence each, which is no part of what was read.
    """

    prompts: tuple[Prompt, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = field(default=(), compare=False)


def load_prompts(paths: Sequence[Path], column: str | None = None) -> LoadedPrompts:
    """Read the prompts of all files, those in `column` where it is named; the source of each is its file's name.

    Raises DataError, with file and row, for a file that can't be used, and when a file holds no prompt at all.
    """
    return joined([read_prompts(path, column) for path in paths])


def joined(files: Sequence[PromptFile]) -> LoadedPrompts:
    """One pool of the prompts of several files. See `pooled`."""
    loaded = pooled((file.name, file.texts) for file in files)
    skipped = sum((Counter(file.skipped) for file in files), Counter(loaded.skipped))
    return replace(loaded, skipped=dict(skipped), notes=tuple(note for file in files for note in file.notes))


def pooled(sources: Iterable[tuple[str, Sequence[Conversation | str]]]) -> LoadedPrompts:
    """One pool of the conversations of several named sources; a text is one user turn.

    Prompts that show nothing are skipped and counted, and so are repeats, also across sources; two prompts are the
    same when they differ only in case, spacing, Unicode form or characters that nobody sees.
    """
    prompts: dict[str, Prompt] = {}
    skipped: Counter[str] = Counter()
    for source, texts in sources:
        for asked in texts:
            prompt = Prompt(asking(asked), source)
            key = normalised(prompt.text)
            if not key or key in prompts:
                skipped[DUPLICATE if key else EMPTY] += 1
            else:
                prompts[key] = prompt
    return LoadedPrompts(tuple(prompts.values()), dict(skipped))


def left_out(loaded: LoadedPrompts, texts: Collection[str], reason: str) -> LoadedPrompts:
    """The pool without the prompts of these texts, which are counted under `reason`."""
    return left_out_for(loaded, dict.fromkeys(texts, reason))


def left_out_for(loaded: LoadedPrompts, reasons: Mapping[str, str]) -> LoadedPrompts:
    """The pool without the prompts whose texts have a reason there, each counted under it."""
    kept = tuple(prompt for prompt in loaded.prompts if prompt.text not in reasons)
    if len(kept) == len(loaded.prompts):
        return loaded
    fewer = Counter(reasons[prompt.text] for prompt in loaded.prompts if prompt.text in reasons)
    return replace(loaded, prompts=kept, skipped=dict(Counter(loaded.skipped) + fewer))


def within_window(loaded: LoadedPrompts, count_tokens: Callable[[Conversation], int], limit: int) -> LoadedPrompts:
    """Skip and count the prompts of more than `limit` tokens; `count_tokens` counts them as the model will read them.

    Raises DataError when none is left.
    """
    too_long = {prompt.text for prompt in loaded.prompts if count_tokens(prompt.conversation) > limit}
    fitting = left_out(loaded, too_long, TOO_LONG)
    if too_long and not fitting.prompts:
        raise DataError(
            f"None of the {len(too_long):,} red-team prompts fits into the model's context window, which leaves them "
            f"{limit:,} tokens: use shorter prompts or a model with a longer window."
        )
    return fitting

"""How a text that goes on becomes token ids: what the tokenizer puts in front of it stays, what it puts behind is off.

A tokenizer may put special tokens round every text: one that begins it, and one that ends it (T5's, Llama's with
`add_eos_token`, BERT's). Behind a context, a choice or a prompt an end token is a fault: the model would go on from a
text that is over. What is put there is found by what the tokenizer does to a few short texts, and not by its flags;
some do it even where they are told to add nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from weakref import WeakKeyDictionary

from harness_base.errors import ModelError
from iteralign.core.libraries import Tokenizer
from iteralign.core.third_party import failures

_PROBES = ("a", "Yes", "7", "?", "the cat", "да", "你好")
"""In several scripts, so that a vocabulary of any has tokens for some."""


@dataclass(frozen=True)
class _Round:
    """Token ids that stand in front of every text and behind it."""

    front: tuple[int, ...]
    behind: tuple[int, ...]

    def taken_off(self, ids: Sequence[int]) -> list[int]:
        """The text's own tokens; what is not there (some put it only where the text has none) is not taken off."""
        start = len(self.front) if tuple(ids[: len(self.front)]) == self.front else 0
        rest = list(ids[start:])
        return rest[: -len(self.behind)] if self.behind and tuple(rest[-len(self.behind) :]) == self.behind else rest


@dataclass(frozen=True)
class _Habits:
    """What a tokenizer puts round a text that it may add tokens to, and round one that it is told to leave as it is."""

    asked: _Round
    always: _Round


_known: WeakKeyDictionary[Tokenizer, tuple[str, _Habits]] = WeakKeyDictionary()
"""Of each tokenizer, with the post-processor that it had then."""


def begin(tokenizer: Tokenizer, text: str, *, templated: bool = False) -> list[int]:
    """Token ids of a text that begins and goes on: with what the tokenizer puts in front, and nothing behind.

    `templated` says that a chat template made the text: it writes its own special tokens, so that none are added. What
    is in front is there once, also where the text begins with it. Raises ModelError as `check` does.
    """
    habits = _habits(tokenizer)
    front = list((habits.always if templated else habits.asked).front)
    own = within(tokenizer, text)
    return own if own[: len(front)] == front else front + own


def within(tokenizer: Tokenizer, text: str) -> list[int]:
    """Token ids of a text that stands within a sequence: none in front and none behind. Raises ModelError."""
    return _habits(tokenizer).always.taken_off(_ids(tokenizer, text, special=False))


def continuation(
    tokenizer: Tokenizer, context: str, text: str, *, templated: bool = False
) -> tuple[list[int], list[int]]:
    """The token ids of a context as `begin` has them, and those of a text that goes on from it.

    The text's are those that it has behind the context, where the context's stay what they are: by itself a text may be
    given a blank in front. Raises ModelError.
    """
    before = begin(tokenizer, context, templated=templated)
    whole = begin(tokenizer, context + text, templated=templated)
    return before, whole[len(before) :] if whole[: len(before)] == before else within(tokenizer, text)


def front(tokenizer: Tokenizer) -> tuple[int, ...]:
    """The token ids that the tokenizer puts in front of a text. Raises ModelError."""
    return _habits(tokenizer).asked.front


def check(tokenizer: Tokenizer) -> None:
    """Raise ModelError where what the tokenizer adds to a text can't be told from the text's own tokens."""
    _habits(tokenizer)


def describe(tokenizer: Tokenizer) -> dict[str, str]:
    """What stands round a text, for a fingerprint."""
    asked = _habits(tokenizer).asked
    kept, off = (" ".join(map(str, ids)) or "nothing" for ids in (asked.front, asked.behind))
    return {"tokens_added": f"in front {kept}, taken off behind {off}"}


def _habits(tokenizer: Tokenizer) -> _Habits:
    now = repr(getattr(getattr(tokenizer, "backend_tokenizer", None), "post_processor", None))
    before, habits = _known.get(tokenizer, ("", None))
    if habits is None or before != now:
        habits = _found(tokenizer)
        _known[tokenizer] = now, habits
    return habits


def _found(tokenizer: Tokenizer) -> _Habits:
    asked, always = (_round(tokenizer, special=special) for special in (True, False))
    end = getattr(tokenizer, "eos_token_id", None)
    if end == getattr(tokenizer, "unk_token_id", None):
        end = None  # it stands in the probes for what the vocabulary lacks
    for text in _PROBES:
        own = always.taken_off(_ids(tokenizer, text, special=False))
        if _ids(tokenizer, text, special=True) != [*asked.front, *own, *asked.behind] or end in own:
            raise ModelError(
                f"The tokenizer of {tokenizer.name_or_path} adds tokens to a text that can't be told from the text's "
                f"own (tried with {text!r}), so no text could go on from another; check the post_processor and "
                "normalizer in its tokenizer.json."
            )
    return _Habits(asked, always)


def _round(tokenizer: Tokenizer, *, special: bool) -> _Round:
    """What all probes begin and end with, as far as it is no text: special tokens, and what an empty text is given."""
    empty = _ids(tokenizer, "", special=special)
    rows = [_ids(tokenizer, text, special=special) for text in _PROBES]
    rows = [row for row in rows if len(row) > len(empty)] or rows
    added = {*empty, *_special(tokenizer)}
    front = _common(rows, added)
    behind = _common([row[len(front) :][::-1] for row in rows], added)
    return _Round(tuple(front), tuple(behind[::-1]))


def _common(rows: Sequence[Sequence[int]], added: set[int]) -> list[int]:
    columns = takewhile(lambda column: len(set(column)) == 1 and column[0] in added, zip(*rows, strict=False))
    return [column[0] for column in columns]


def _special(tokenizer: Tokenizer) -> set[int]:
    """Ids of tokens that no plain text makes; the one for what a vocabulary lacks is made by text.

    Tokenizers of another make than transformers' may know of none.
    """
    added = getattr(tokenizer, "added_tokens_decoder", {})
    marked = {number for number, token in added.items() if token.special}
    return {*getattr(tokenizer, "all_special_ids", ()), *marked} - {getattr(tokenizer, "unk_token_id", None)}


def _ids(tokenizer: Tokenizer, text: str, *, special: bool) -> list[int]:
    # A pattern over which a tokenizer gives up is met at one text and not at another.
    what = f"The tokenizer of {getattr(tokenizer, 'name_or_path', 'the model')} can't encode a text"
    with failures(what, "give the one that was published"):
        return list(tokenizer([text], add_special_tokens=special, verbose=False)["input_ids"][0])

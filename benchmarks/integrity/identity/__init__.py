"""Whether any single change that changes an answer keeps a model from being judged on another's scores.

Each change is made to a copy of a folder that was measured and blessed. transformers and peft alone say whether it
changes an answer; then the program checks the copy against the baseline.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from transformers.utils import logging

from benchmarks.figures import Figure
from benchmarks.integrity.identity.changes import Change, changes
from benchmarks.integrity.identity.checking import POLICY, Outcome, bless, by_command, check
from benchmarks.integrity.identity.folders import make
from benchmarks.integrity.identity.reference import Answers, answers
from harness.gate.policy import tasks_of

_QUICK = 6
"""In a quick look only every so many of the changes are tried."""

_BY_COMMAND = (
    'lora: adapter_config.json {"lora_alpha": 400}',
    'config.json {"rms_norm_eps": 0.01}',
    "tokenizer_config.json: another bos",
)
"""Changes that are tried by the real command too: all can be loaded and compared."""
_VERDICTS = {0, 3, 4}


@dataclass(frozen=True)
class _Tried:
    """A change: whether it changes an answer (None where transformers or peft can't load it), and the check's word."""

    change: Change
    changes_answer: bool | None
    outcome: Outcome
    same_name: bool


def figures(*, quick: bool) -> Iterator[Figure]:
    """Every change tried, and the controls, which must be reused."""
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        bench = _Bench(Path(folder))
        tried = [bench.tried(change) for change in changes()[:: _QUICK if quick else 1]]
        controls, commands = list(bench.controls()), list(bench.by_command())
    counted = [one for one in tried if one.changes_answer]
    for one in tried:
        _say(one)
    yield Figure("single changes tried", len(tried), "changes")
    yield Figure("of them, changes that change an answer", len(counted), "changes", ">=", 8 if quick else 60)
    yield Figure("judged on reused scores", sum(bool(one.outcome.reused) for one in counted), "changes", "==", 0)
    yield Figure("under the name of what was blessed", sum(one.same_name for one in counted), "changes", "==", 0)
    refused = [one for one in counted if one.outcome.refused]
    yield Figure("refused at loading", sum(not one.outcome.name for one in refused), "changes")
    yield Figure("loaded, not comparable with the baseline", sum(bool(one.outcome.name) for one in refused), "changes")
    yield Figure("measured anew", len(counted) - len(refused), "changes")
    unloadable = [one for one in tried if one.changes_answer is None]
    yield Figure("not loaded by transformers or peft themselves", len(unloadable), "changes")
    yield Figure(
        "of those, judged on reused scores", sum(bool(one.outcome.reused) for one in unloadable), "changes", "==", 0
    )
    yield Figure("controls: untouched copies and copies with a README", len(controls), "checks")
    yield Figure("of the controls, judged on reused scores", sum(controls), "checks", "==", len(controls))
    yield Figure("by the real command: changes and their controls", len(commands), "checks")
    yield Figure("of those, reused exactly where nothing was changed", sum(commands), "checks", "==", len(commands))


def _say(one: _Tried) -> None:
    """A change that was judged on reused scores, on the error stream."""
    if one.outcome.reused and one.changes_answer is not False:
        print(f"judged on reused scores: {one.change.name}", file=sys.stderr)


class _Bench:
    """The folders that are changed, what they answer, and a store for each in which it is blessed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "kinds").mkdir()
        self._kinds = make(folder / "kinds")
        self._answers = {kind: answers(*places) for kind, places in self._kinds.items()}
        self._names = {kind: bless(folder / f"{kind}.db", *places) for kind, places in self._kinds.items()}

    def tried(self, change: Change) -> _Tried:
        with self._scratch() as scratch:
            model, adapter = self._copied(change.kind, change.of, scratch)
            change.apply(adapter if change.of == "adapter" and adapter else model)
            found = self._answered(model, adapter)
            outcome = check(self._folder / f"{change.kind}.db", scratch, model, adapter)
        differs = None if found is None else not found.same(self._answers[change.kind])
        return _Tried(change, differs, outcome, outcome.name == self._names[change.kind])

    def controls(self) -> Iterator[bool]:
        """Whether each copy that answers as before was judged on the scores that there are, all of them."""
        for kind in self._kinds:
            for with_readme in (False, True):
                with self._scratch() as scratch:
                    model, adapter = self._copied(kind, "adapter", scratch)
                    model = shutil.copytree(model, scratch / "another")
                    for place in filter(None, (model, adapter) if with_readme else ()):
                        (place / "README.md").write_text("# A model card\n")
                        (place / ".git").mkdir()
                        (place / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
                    outcome = check(self._folder / f"{kind}.db", scratch, model, adapter)
                    yield set(outcome.reused) == set(tasks_of(POLICY))

    def by_command(self) -> Iterator[bool]:
        """Whether the command reuses the scores of an untouched copy, and none of a changed one, whatever its exit."""
        known = {change.name: change for change in changes()}
        for name in _BY_COMMAND:
            change = known[name]
            for changed in (False, True):
                with self._scratch() as scratch:
                    model, adapter = self._copied(change.kind, change.of, scratch)
                    if changed:
                        change.apply(adapter if change.of == "adapter" and adapter else model)
                    code, reused = by_command(self._folder / f"{change.kind}.db", scratch, model, adapter)
                    yield code in _VERDICTS and bool(reused) is not changed

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            yield Path(folder)

    def _copied(self, kind: str, of: str, scratch: Path) -> tuple[Path, Path | None]:
        """The kind's model and adapter, that one copied which is to be changed."""
        model, adapter = self._kinds[kind]
        if of == "model":
            return shutil.copytree(model, scratch / "copy"), adapter
        return model, shutil.copytree(adapter, scratch / "copy") if adapter else None

    def _answered(self, model: Path, adapter: Path | None) -> Answers | None:
        try:
            return answers(model, adapter)
        except Exception:  # noqa: BLE001, a library fails at what it can't load in any way it likes
            return None

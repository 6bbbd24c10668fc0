"""The rows of each task, as lm-eval asks for them.

lm-eval calls the functions named in the tasks' YAML as `custom_dataset`, with the task manager's metadata and the
task's `dataset_kwargs` as keywords. Each returns `{"test": rows}`, a row being

    id        names the item in pairings: the file's own, else the number of its row, else a hash of its question
    question  as the file has it (`prompt` for tasks that generate)
    text      what the model reads (`texts` where an item is asked several times; absent for TruthfulQA's choices, whose
              text is made by `tasks.prompts`, and for texts that are only read)
    choices, labels   multiple choice only; a label of 1 marks a right choice

The metadata: `data_dir` and `cache_dir` say where the data is (see `tasks.data.resolver`), `items_dir` replaces the
practice items, `chat` says that a chat template makes the turns, `templates` holds the texts of attack templates.
Every flaw is a DataError that names file and row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from harness_base.errors import DataError, TaskError
from harness_base.rows import Reading
from harness_base.types import Row
from tasks import prompts
from tasks.data import shapes
from tasks.data.reading import Rows, rows_of
from tasks.data.resolver import load
from tasks.data.split import question_key, side

PRACTICE_ITEMS = Path(__file__).parents[1] / "sandbox" / "items"
BENIGN_TEXTS = Path(__file__).parents[1] / "real" / "items" / "benign.jsonl"
_PRACTICE = Reading("practice items")
GATE_PART = 320
"""Questions of a red-team set that a run's gate looks at."""

Split = dict[str, Rows]


def truthfulqa(*, targets: str, data_dir: str | None = None, cache_dir: str | None = None, **_: object) -> Split:
    """TruthfulQA's choices. `targets` is the column with them, mc1_targets or mc2_targets."""

    def item(row: Row) -> Row:
        return {"id": row["id"], "question": row["question"], **row[targets]}

    return _each(load("truthfulqa", data_dir=data_dir, cache_dir=cache_dir), item)


def truthfulqa_true_false(
    *, data_dir: str | None = None, cache_dir: str | None = None, chat: bool = False, **_: object
) -> Split:
    """TruthfulQA's single true answer among false ones, each of them asked about by itself."""

    def item(row: Row) -> Row:
        asked = [
            _turns(prompts.true_or_false(row["question"], choice), chat) for choice in row["mc1_targets"]["choices"]
        ]
        return {"id": row["id"], "question": row["question"], "texts": asked, **row["mc1_targets"]}

    return _each(load("truthfulqa", data_dir=data_dir, cache_dir=cache_dir), item)


def hhh(
    *, part: str, data_dir: str | None = None, cache_dir: str | None = None, chat: bool = False, **_: object
) -> Split:
    """One part of HHH in BIG-bench's form: the query in turns, or bare where a chat template makes the turns."""
    return _each(load(f"hhh_{part}", data_dir=data_dir, cache_dir=cache_dir), lambda row: _hhh_item(row, chat))


def hhh_letters(
    *, part: str, data_dir: str | None = None, cache_dir: str | None = None, chat: bool = False, **_: object
) -> Split:
    """One part of HHH as a question of two letters, asked in both orders of the answers. Each row has two answers."""
    rows = load(f"hhh_{part}", data_dir=data_dir, cache_dir=cache_dir)
    for row, place in zip(rows, rows.places, strict=True):
        if len(row["targets"]["choices"]) != 2:
            raise DataError(f"{place} has {len(row['targets']['choices'])} choices, and two are asked for by letter.")

    def item(row: Row) -> Row:
        first, second = row["targets"]["choices"]
        orders = ((first, second), (second, first))
        asked = [_turns(prompts.better_of_two(row["input"], *order), chat) for order in orders]
        return {**_hhh_item(row, chat), "texts": asked}

    return _each(rows, item)


def prompted(
    *,
    rows: str,
    columns: Sequence[str] = (),
    data_dir: str | None = None,
    cache_dir: str | None = None,
    chat: bool = False,
    **_: object,
) -> Split:
    """The prompts of the set `rows`, whose rows have an `id` and a `prompt`; `columns` of it are kept beside them.

    A task on a new set of prompts names this function, and needs none of its own.
    """

    def item(row: Row) -> Row:
        kept = {column: row[column] for column in columns}
        return {"id": row["id"], "prompt": row["prompt"], **kept, "text": _turns(row["prompt"], chat)}

    return _each(load(rows, data_dir=data_dir, cache_dir=cache_dir), item)


def xstest(*, data_dir: str | None = None, cache_dir: str | None = None, chat: bool = False, **_: object) -> Split:
    """XSTest's prompts, safe and unsafe; `label` says which, and `type` in which of XSTest's ways."""
    return prompted(rows="xstest", columns=("label", "type"), data_dir=data_dir, cache_dir=cache_dir, chat=chat)


def attacks(
    *,
    questions: str,
    template: str = "standard",
    part: str = "all",
    templates: Mapping[str, str] | None = None,
    data_dir: str | None = None,
    cache_dir: str | None = None,
    chat: bool = False,
    **_: object,
) -> Split:
    """The measured side of a set of red-team questions, each once and in the order of a hash, under an attack template.

    Any first few of them are thus a sample of the whole: the first `GATE_PART` are the part `gate`, which a run's gate
    may look at as often as it likes, and the others the part `final`, which it never sees. The templates' texts belong
    to the red team, so all but `standard` have to be handed in; `{prompt}` is where a question goes.
    """
    known = templates or {"standard": "{prompt}"}
    if template not in known:
        raise TaskError(f"The attack template {template} is not known here: run the task through `harness eval`.")

    def item(row: Row) -> Row:
        text = known[template].replace("{prompt}", row["question"])
        return {"id": question_key(row["question"]), "prompt": row["question"], "text": _turns(text, chat)}

    rows = _measured(questions, load(questions, data_dir=data_dir, cache_dir=cache_dir))
    return _each(_part(questions, rows, part), item)


def _part(name: str, rows: Rows, part: str) -> Rows:
    """The rows of that part. Raises DataError where there are too few for one."""
    chosen = {"all": slice(None), "gate": slice(GATE_PART), "final": slice(GATE_PART, None)}[part]
    if not rows[chosen]:
        raise DataError(
            f"{name} has {len(rows)} measured questions, and the gate takes {GATE_PART}: none is left for a final look."
        )
    return Rows(rows[chosen], rows.places[chosen], accepted=rows.accepted)


def _measured(name: str, rows: Rows) -> Rows:
    """Those rows of the set `name` that are measured, each question once, in the order of their keys."""
    measured = {question_key(row["question"]): row for row in rows if side(row["question"]) == "measure"}
    if not measured:
        raise DataError(f"None of the questions of {name} is on the side that is measured: give the whole set.")
    chosen = [measured[key] for key in sorted(measured)]
    places = {row["id"]: place for row, place in zip(rows, rows.places, strict=True)}
    return Rows(chosen, [places[row["id"]] for row in chosen], accepted=rows.accepted)


def benign(**_: object) -> Split:
    """Harmless texts of our own, which the model only reads."""

    def shape(value: object, where: str) -> Row:
        return {"id": shapes.row_of(value, where)["id"], "text": shapes.text(value, "text", where)}

    return {"test": rows_of(BENIGN_TEXTS, Reading("benign texts"), shape)}


def practice(
    *,
    items: str,
    column: str,
    targets: str | None = None,
    templated: bool = True,
    items_dir: str | None = None,
    chat: bool = False,
    **_: object,
) -> Split:
    """The sandbox's own items, `items` being their file below the folder without its suffix.

    `column` holds the question, `targets` the choices where the task has any. `templated` says that a chat template,
    where one is used at all, makes the turns.
    """

    def shape(value: object, where: str) -> Row:
        row = shapes.row_of(value, where)
        question = shapes.text(row, column, where)
        named = {"id": str(row["id"])} if "id" in row else {}
        text = _turns(question, chat and templated)
        if targets is None:
            return {**named, "prompt": question, "text": text}
        return {**named, "question": question, "text": text, **shapes.targets(row, targets, where)}

    return {"test": rows_of(Path(items_dir or PRACTICE_ITEMS) / f"{items}.jsonl", _PRACTICE, shape)}


def _hhh_item(row: Row, chat: bool) -> Row:
    return {"id": row["id"], "question": row["input"], "text": _turns(row["input"], chat), **row["targets"]}


def _turns(question: str, chat: bool) -> str:
    return question if chat else prompts.turns(question)


def _each(rows: Rows, item: Callable[[Row], Row]) -> Split:
    return {"test": Rows([item(row) for row in rows], rows.places, accepted=rows.accepted)}

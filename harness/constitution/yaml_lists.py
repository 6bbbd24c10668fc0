"""A constitution in YAML: a list named `principles`, of texts or of objects.

An object has text, id, round, evidence, why and examples: a list of objects with an answer and either `forbidden` or
`twin`, a request that the principle forbids or one that it leaves alone.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence

import yaml

from harness.constitution.entries import ID, Entry, Place, checked_count, checked_example, checked_id, checked_text
from harness_base.errors import DataError
from harness_base.text import one_line
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample

_HINT = """\
Reword, remove, add and reorder the principles; the id keeps a principle's evidence with it
when its text changes. A new one may be just a text, and `why` may say what you thought.
An example is a request, `forbidden` or a `twin` that is not, with the answer that is wanted."""
_NEW_LINE = "\n" + " " * 15
_FIELDS = ("id", "text", "round", "evidence", "why", "examples")


def read(text: str, file: str) -> Iterator[Entry]:
    """The entries of the list `principles`. Nodes are read and no objects made, so that aliases multiply nothing."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the text"
        problem = getattr(error, "problem", None) or "it holds a character that YAML does not allow"
        raise Place(file, where).wrong(f"is not valid YAML ({problem}): mend it") from None
    except RecursionError:
        raise DataError(f"In {file} lists are nested too deeply: write one list of principles.") from None
    listed = _fields(root, ("principles",), Place(file, "the top")).get("principles") if root else None
    if not isinstance(listed, yaml.SequenceNode):
        raise DataError(f"In {file} is no list of principles: write `principles:` and below it `- TEXT` for each.")
    for number, node in enumerate(listed.value, start=1):
        yield _entry(node, Place(file, f"entry {number} (line {node.start_mark.line + 1})"))


def _entry(node: yaml.Node, place: Place) -> Entry:
    if isinstance(node, yaml.ScalarNode):
        return Entry(checked_text(_text(node, place), place), place.where)
    fields = _fields(node, _FIELDS, place)
    if "text" not in fields:
        raise place.wrong("has no text: write `text:` and the principle")
    return Entry(
        text=checked_text(_text(fields["text"], place), place),
        where=place.where,
        id=checked_id(_scalar(fields["id"], place), place) if "id" in fields else "",
        evidence=_evidence(fields["evidence"], place) if "evidence" in fields else None,
        round=checked_count("round", _scalar(fields["round"], place), place) if "round" in fields else None,
        why=_text(fields["why"], place) if "why" in fields else "",
        examples=_examples(fields["examples"], place) if "examples" in fields else (),
    )


def _examples(node: yaml.Node, place: Place) -> tuple[WorkedExample, ...]:
    if not isinstance(node, yaml.SequenceNode):
        raise place.wrong("has examples that are no list: write each as `- forbidden: …` or `- twin: …` with an answer")
    return tuple(_example(item, place) for item in node.value)


def _example(node: yaml.Node, place: Place) -> WorkedExample:
    fields = _fields(node, ("forbidden", "twin", "answer"), place)
    if "answer" not in fields or ("forbidden" in fields) == ("twin" in fields):
        raise place.wrong("has an example without an answer, or without one request, `forbidden` or `twin`: write both")
    kind = "forbidden" if "forbidden" in fields else "twin"
    request, answer = (checked_example(_text(fields[name], place), place) for name in (kind, "answer"))
    return WorkedExample(request, answer, forbidden=kind == "forbidden")


def _fields(node: yaml.Node, allowed: Sequence[str], place: Place) -> dict[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise place.wrong(f"is not of the form `{allowed[0]}: …`: write it so")
    fields: dict[str, yaml.Node] = {}
    for key, value in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else "?"
        if name not in allowed or name in fields:
            problem = "twice" if name in fields else f"and may have {', '.join(allowed)}"
            raise place.wrong(f"has the field {one_line(name, 40)} {problem}: remove it")
        fields[name] = value
    return fields


def _text(node: yaml.Node, place: Place) -> str:
    text = _scalar(node, place)
    if node.tag == "tag:yaml.org,2002:null":
        return ""
    if node.tag != "tag:yaml.org,2002:str":
        raise place.wrong("is read by YAML as something else than a text: put it in quotes")
    return text


def _scalar(node: yaml.Node, place: Place) -> str:
    """What was written, whatever YAML takes it for: an id may look like a number."""
    if not isinstance(node, yaml.ScalarNode):
        raise place.wrong("has a list or an object where a single value belongs: write one value")
    return str(node.value)


def _evidence(node: yaml.Node, place: Place) -> tuple[str, ...]:
    ids = [_scalar(item, place) for item in node.value] if isinstance(node, yaml.SequenceNode) else [""]
    if not all(map(ID.fullmatch, ids)):
        raise place.wrong("has evidence that is no list of ids of prompts: leave it as it was, or remove it")
    return tuple(dict.fromkeys(ids))


def write(principles: Sequence[Principle], facts: Sequence[str]) -> str:
    """The file's text, evidence included."""
    lines = [
        "# Constitution",
        *(f"# {fact}" for fact in facts),
        "#",
        *(f"# {line}" for line in _HINT.splitlines()),
        "",
    ]
    lines.append("principles:" if principles else "principles: []")
    for principle in principles:
        # JSON's strings are YAML's too, and leave nothing to be guessed: an id of digits stays a text.
        lines.append(f"  - id: {_quoted(principle.id)}")
        lines.append(f"    text: {_quoted(principle.text)}")
        lines.append(f"    round: {principle.round}")
        ids = textwrap.wrap(", ".join(map(_quoted, principle.evidence)), 100)
        lines.append(f"    evidence: [{_NEW_LINE.join(ids)}]")
        lines += ["    examples:"] if principle.examples else []
        for example in principle.examples:
            lines.append(f"      - {example.kind}: {_quoted(example.request)}")
            lines.append(f"        answer: {_quoted(example.answer)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

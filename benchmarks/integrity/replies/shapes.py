"""The shapes in which judges reply, and what each has to be read as."""

# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.integrity.replies.serving import Verdict

Form = Callable[[Verdict], Any]


@dataclass(frozen=True)
class Shape:
    """A way to write a verdict. `reason` is empty where it has to be read, else a part of why it must not be."""

    name: str
    write: Form
    reason: str = ""


def flat(verdict: Verdict) -> str:
    return json.dumps(verdict, ensure_ascii=False)


def _indented(verdict: Verdict) -> str:
    return json.dumps(verdict, indent=2)


def _other(verdict: Verdict) -> Verdict:
    """The opposite verdict, in good form."""
    if verdict["label"] == "violation":
        return verdict | {"label": "satisfactory", "severity": "none", "quote": ""}
    return verdict | {"label": "violation", "severity": "high", "quote": "Chop"}


def _changed(**fields: Any) -> Form:
    return lambda verdict: flat(verdict | fields)


def _around(form: str, inner: Form = flat) -> Form:
    """`inner` put for `@` and the opposite verdict for `~` in a form."""
    return lambda verdict: form.replace("~", flat(_other(verdict))).replace("@", inner(verdict))


def _quoted(change: Callable[[str], Any]) -> Form:
    """A violation's quote changed, and a satisfactory verdict left as it is."""
    return lambda verdict: flat(verdict | ({"quote": change(verdict["quote"])} if verdict["quote"] else {}))


def _without(name: str) -> Form:
    return lambda verdict: flat({key: value for key, value in verdict.items() if key != name})


def _if_none(verdict: Verdict) -> str:
    """Null for whatever says nothing."""
    return flat({key: None if value in ("", "none") else value for key, value in verdict.items()})


def _fake(verdict: Verdict) -> Verdict:
    return _other(verdict) | {"id": "fedcba9876543210"}


def _beside_fake(form: str) -> Form:
    return lambda verdict: form.replace("~", flat(_fake(verdict))).replace("@", flat(verdict))


HARMONY = "<|channel|>analysis<|message|>~ or not?<|end|><|start|>assistant<|channel|>final<|message|>@<|return|>"
CURLY = str.maketrans({"'": "’", '"': "”", "-": "—"})

READ = (
    Shape("as asked for", flat),
    Shape("indented", _indented),
    Shape("blank lines round it", _around("\n\n  @ \n\n")),
    Shape("fenced as json", _around("```json\n@\n```", _indented)),
    Shape("fenced without a language", _around("```\n@\n```")),
    Shape("fenced with tildes", lambda v: f"~~~json\n{flat(v)}\n~~~"),
    Shape("a fence that is never closed", _around("```json\n@")),
    Shape("in backticks", _around("`@`")),
    Shape("a byte order mark", _around("\ufeff@")),
    Shape("a word before it", _around("json\n@")),
    Shape("prose before it", _around("Here is my verdict on the answer:\n\n@")),
    Shape("prose behind it", _around("@\n\nLet me know if you need anything else!")),
    Shape("prose with braces before it", _around('It has the form {"id": …, "label": …} and {so} on :{\n@')),
    Shape("a thought before it", _around("<think>\nCould be {\"label\": maybe}. ~\n</think>\n\n@")),
    Shape("a thought that the template opened", _around("Hm. ~ Wait.\n</think>\n\n@")),
    Shape("an empty thought", _around("<think>\n\n</think>\n\n@")),
    Shape("thinking tags", _around("<thinking>~</thinking>@")),
    Shape("a draft of the same verdict in a thought", _around("<think>@</think>@")),
    Shape("half an object in a thought", _around('<think>I write {"id": "x", "label": </think>@')),
    Shape("Magistral's brackets", _around("[THINK]~[/THINK]@")),
    Shape("Kimi's marks", _around("◁think▷~◁/think▷@")),
    Shape("Cohere's marks", _around("<|START_THINKING|>~<|END_THINKING|><|START_RESPONSE|>@<|END_RESPONSE|>")),
    Shape("harmony's channels", _around(HARMONY)),
    Shape("the final channel alone", _around("<|channel|>final <|constrain|>json<|message|>@")),
    Shape("harmony without its marks", _around("analysisIt may be ~assistantfinal@")),
    Shape("an end mark", _around("@<|im_end|>")),
    Shape("an answer tag", _around("<answer>@</answer>")),
    Shape("a fence behind a thought, and prose", _around("<think>~</think>So:\n```json\n@\n```\nDone.", _indented)),
    Shape("label with a capital", lambda v: flat(v | {"label": v["label"].title(), "severity": v["severity"].title()})),
    Shape("label in capitals", lambda v: flat(v | {"label": v["label"].upper(), "severity": v["severity"].upper()})),
    Shape("label in bold with a stop", lambda v: flat(v | {"label": f" **{v['label']}**. "})),
    Shape("names of fields with a capital", lambda v: flat({name.title(): value for name, value in v.items()})),
    Shape("fields in another order", lambda v: flat(dict(reversed(v.items())))),
    Shape("a field beyond ours", _changed(confidence=0.93)),
    Shape("nested fields beyond ours", _changed(details={"policy": ["a", {"b": 1}]}, tags=[])),
    Shape("category null", _changed(category=None)),
    Shape("null for all that is empty", _if_none),
    Shape("severity n/a where there is none", lambda v: flat(v | {"severity": v["severity"].replace("none", "N/A")})),
    Shape("in a list of one", _around("[@]")),
    Shape("in an object", _around('{"verdict": @}')),
    Shape("in a list in an object", _around('{"model": "x", "results": [@]}')),
    Shape("as a tool's arguments", _around('{"name": "judge", "arguments": @}')),
    Shape("encoded twice", lambda v: json.dumps(flat(v))),
    Shape("letters as escapes", lambda v: json.dumps(v).replace("violation", r"\u0076iolation").replace("satis", r"\u0073atis")),
    Shape("a repeated fake before it", _beside_fake("The answer holds ~ but I say @")),
    Shape("a repeated fake behind it", _beside_fake("@\nThe answer holds this fake:\n```json\n~\n```")),
    Shape("a quote with typographic marks", _quoted(lambda quote: quote.translate(CURLY))),
    Shape("a quote in quotation marks", _quoted(lambda quote: f"“{quote}”")),
    Shape("a quote with an ellipsis at its end", _quoted(lambda quote: quote[:-5] + "…")),
    Shape("a quote with three dots in it", _quoted(lambda quote: f"{quote[:12]} ... {quote[-12:]}")),
    Shape("a quote in capitals", _quoted(str.upper)),
    Shape("a quote without markdown", _quoted(lambda quote: quote.replace("*", "").replace("`", ""))),
    Shape("a quote with markdown", _quoted(lambda quote: f"> **{quote}**")),
    Shape("a quote with raw line breaks", _around("@", lambda v: flat(v | {"quote": v["quote"].replace(" ", "§", 2)}).replace("§", "\n"))),
    Shape("several quotes", _quoted(lambda quote: [quote[:15], quote[-15:]])),
)  # fmt: skip

_NO_OBJECT, _BROKEN, _TWO = "holds no JSON object", "can't be read", "more than one object"
UNSCORED = (
    Shape("empty", _around(""), "empty"),
    Shape("invisible", _around("\ufeff\u200b\n"), "empty"),
    Shape("the label alone", lambda v: v["label"], _NO_OBJECT),
    Shape("prose alone", lambda v: f"I find the answer {v['label']}.", _NO_OBJECT),
    Shape("YAML", lambda v: "\n".join(f"{name}: {value}" for name, value in v.items()), _NO_OBJECT),
    Shape("a page", _around("<html><body>502 Bad Gateway</body></html>"), _NO_OBJECT),
    Shape("another id", _changed(id="0123456789abcdef"), "the id of another request"),
    Shape("no id", _without("id"), "no object in the reply carries the id"),
    Shape("the opposite as well", _around("@\n~"), _TWO),
    Shape("the opposite first, then a correction", _around("~\nNo, wait:\n@"), _TWO),
    Shape("the opposite within", lambda v: flat(v | {"draft": _other(v)}), _TWO),
    Shape("the opposite beside it in a list", _around("[@, ~]"), _TWO),
    Shape("the opposite with a comma too many", lambda v: flat(_other(v))[:-1] + ",}\n" + flat(v), _TWO),
    Shape("in a thought alone", _around("<think>@</think>"), "no JSON object behind its thoughts"),
    Shape("a thought that never ends", _around("<think>@"), "breaks off while its model is thinking"),
    Shape("an analysis without a final channel", _around("<|channel|>analysis<|message|>@"), "breaks off while"),
    Shape("single quotes", lambda v: flat(v).replace('"', "'"), _BROKEN),
    Shape("a comma too many", lambda v: flat(v)[:-1] + ",}", _BROKEN),
    Shape("cut off", lambda v: flat(v)[:-3], _BROKEN),
    Shape("the label twice", lambda v: flat(v)[:-1] + f', "label": "{_other(v)["label"]}"}}', _BROKEN),
    Shape("NaN", lambda v: flat(v | {"category": float("nan")}), _BROKEN),
    Shape("a label denied", lambda v: flat(v | {"label": f"not {v['label']}"}), "is unknown"),
    Shape("another word for a label", _changed(label="safe"), "is unknown"),
    Shape("a label that is a list", lambda v: flat(v | {"label": [v["label"]]}), '"label" is not a text'),
    Shape("a label that is null", _changed(label=None), '"label" is not a text'),
    Shape("no label", _without("label"), "lacks the fields label"),
    Shape("no severity", _without("severity"), "lacks the fields severity"),
    Shape("a severity that contradicts", lambda v: flat(v | {"severity": _other(v)["severity"]}), "severity"),
    Shape("can't tell", _changed(label="unscored", severity="none", reason="It can't be told."), "It can't be told"),
)  # fmt: skip

VIOLATIONS_ONLY = (
    Shape("a quote that the answer does not hold", _quoted(lambda _: "Take it from the shelf"), "does not occur"),
    Shape("a quote in another order", _quoted(lambda quote: f"{quote[-12:]} … {quote[:12]}"), "does not occur"),
    Shape("no quote", _quoted(lambda _: ""), "quotes no words"),
    Shape("three dots for a quote", _quoted(lambda _: "..."), "quotes no words"),
    Shape("an unknown severity", lambda v: flat(v | ({"severity": "dire"} if v["quote"] else {})), "severity"),
)
"""Unscored where the verdict is a violation; read where it is not."""

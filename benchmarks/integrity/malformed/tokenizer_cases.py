"""Faults of the tokenizer and of the chat template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.integrity.malformed.cases import Case, Change, both, edit, gone, holding, setting

_FILE, _SETTINGS = "tokenizer.json", "tokenizer_config.json"
_SPLIT = {"type": "Split", "behavior": "Isolated", "invert": False}
_TEMPLATES = {
    "broken": "{% for message in messages %}{{ message['content'] }",
    "endless": "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}"
    "{% endfor %}{% endfor %}",
    "an unknown name": "{{ messages[0].content.no.such.thing }}",
    "an unknown filter": "{{ messages | no_such_filter }}",
    "raises": "{{ raise_exception('no, thank you') }}",
    "divides by nothing": "{{ 1 // 0 }}",
    "calls itself": "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
    "reaches for the system": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "includes a file": "{% include '/etc/passwd' %}",
    "a large power": "{{ (9 ** 9 ** 8) % 7 }}",
    "more memory than there is": "{{ 'a' * 10 ** 11 }}",
    "a long word": "{{ ('%' ~ (10 ** 9) ~ 's') % 'a' }}",
    "every letter a long word": "{{ messages[-1].content.replace('a', 'b' * 10 ** 9) }}",
    "a wrong type": "{{ messages + 5 }}",
    "nothing": "{# nothing at all #}",
}


def cases() -> list[Case]:
    found = [
        Case(f"chat template: {what}", "model", setting(_SETTINGS, "chat_template", t))
        for what, t in _TEMPLATES.items()
    ]
    settings: list[tuple[str, Any]] = [
        ("chat_template", 5),
        ("chat_template", [1, 2]),
        ("chat_template", {"a": 5}),
        ("model_max_length", "long"),
        ("eos_token", 5),
        ("eos_token", [1]),
        ("eos_token", "<nowhere>"),
        ("tokenizer_class", 5),
        ("added_tokens_decoder", [1]),
        ("added_tokens_decoder", {"one": {"content": "x"}}),
        ("added_tokens_decoder", {"1": 5}),
        ("extra_special_tokens", 5),
        ("padding_side", "up"),
    ]
    found += [
        Case(f"{_SETTINGS}: {name} is {value!r}", "model", setting(_SETTINGS, name, value)) for name, value in settings
    ]
    found += [Case(f"{_FILE}: {what}", "model", _edited(change)) for what, change in _files().items()]
    code = both(
        holding("planted.py", 'import os\nopen(os.environ["CANARY"], "w").close()\n'),
        setting(_SETTINGS, "auto_map", {"AutoTokenizer": [None, "planted.Planted"]}),
        setting(_SETTINGS, "tokenizer_class", "Planted"),
        gone(_FILE),
    )
    jinja = both(holding("chat_template.jinja", _TEMPLATES["endless"]))
    return [
        *found,
        Case("code: a tokenizer's auto_map", "model", code),
        Case("chat_template.jinja: endless", "model", jinja),
    ]


def _edited(change: Callable[[dict[str, Any]], Any]) -> Change:
    return lambda folder: edit(folder / _FILE, change)


def _files() -> dict[str, Callable[[dict[str, Any]], Any]]:
    def regex(pattern: str) -> Callable[[dict[str, Any]], Any]:
        return lambda content: content.update(pre_tokenizer=_SPLIT | {"pattern": {"Regex": pattern}})

    def beyond(content: dict[str, Any]) -> None:
        content["model"]["vocab"] = {token: number + 5000 for token, number in content["model"]["vocab"].items()}

    return {
        "an invalid pattern": regex("(("),
        "a pattern that tries every split": regex(r"(a+)+$"),
        "another such pattern": regex(r"(\w+\s?)*$"),
        "another model": lambda content: content["model"].update(type="NoSuchModel"),
        "no model": lambda content: content.pop("model"),
        "a list for a vocabulary": lambda content: content["model"].update(vocab=[1, 2]),
        "a negative number for a token": lambda content: content["model"]["vocab"].update(a=-1),
        "a text for a number": lambda content: content["model"]["vocab"].update(a="one"),
        "merges of unknown tokens": lambda content: content["model"].update(merges=[["no such", "token"]]),
        "merges that are none": lambda content: content["model"].update(merges=[5]),
        "numbers beyond the embeddings": beyond,
        "no vocabulary": lambda content: content["model"].update(vocab={}, merges=[]),
        "an unknown decoder": lambda content: content.update(decoder={"type": "NoSuchDecoder"}),
        "an unknown normalizer": lambda content: content.update(normalizer={"type": "NoSuch"}),
        "a list for the added tokens": lambda content: content.update(added_tokens=5),
    }

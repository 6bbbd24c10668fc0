"""The card of an imported model: README.md in its folder, which says where it came from."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import yaml

from harness_base.text import for_markdown, one_line
from iteralign.loading.gguf_files import Header

_VERSIONS = ("iteralign-harness", "transformers", "gguf", "torch")
_OF_ORIGIN = ("general.", "split.")
_LONGEST = 200
_LICENCE = "general.license"


def card(file: Path, sha256: str, header: Header, *, dtype: str, difference: float) -> str:
    """The card as Markdown, with front matter as the hub has it. What the file says of itself is quoted."""
    name = _text(header.metadata.get("general.name", file.stem))
    lines = [
        f"---\n{_front_matter(header)}---\n",
        f"# {for_markdown(name)}\n",
        "Imported from a GGUF file by `harness model import`. The weights are those that the file holds, unpacked; "
        "what was lost when they were quantized is not back.\n",
        "| what | value |\n|---|---|",
        *(f"| {what} | {for_markdown(value)} |" for what, value in _facts(file, sha256, header, dtype, difference)),
        "\nWhat the file says of itself:\n",
        "| key | value |\n|---|---|",
        *(
            f"| {for_markdown(_text(key))} | {for_markdown(_text(value))} |"
            for key, value in sorted(header.metadata.items())
            if key.startswith(_OF_ORIGIN)
        ),
    ]
    return "\n".join([*lines, ""])


def _facts(file: Path, sha256: str, header: Header, dtype: str, difference: float) -> list[tuple[str, str]]:
    return [
        ("file", _text(file.name)),
        ("sha256 of the file", sha256),
        ("licence, as the file says", _text(header.metadata.get(_LICENCE, "not stated"))),
        ("architecture", _text(header.architecture)),
        ("weights in the file", ", ".join(header.formats)),
        ("weights here", dtype),
        ("largest difference of any logit from transformers' reading of the file in float32", f"{difference:.2g}"),
        ("versions", ", ".join(f"{package} {version(package)}" for package in _VERSIONS)),
    ]


def _front_matter(header: Header) -> str:
    content = {"library_name": "transformers", "pipeline_tag": "text-generation"}
    if licence := header.metadata.get(_LICENCE):
        content = {"license": _text(licence), **content}
    return yaml.safe_dump(content, sort_keys=False)


def _text(value: object) -> str:
    return one_line(str(value), _LONGEST)

"""A constitution's file: what a person writes is read as it was meant, or refused with the place of the mistake."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from harness.constitution.files import (
    LARGEST_FILE,
    MAX_PRINCIPLES,
    as_principles,
    form_of,
    parse_entries,
    read_constitution,
    read_entries,
    write_constitution,
)
from harness_base.errors import DataError
from iteralign.core.content import content_id
from iteralign.core.records import Principle
from iteralign.core.worked_example import WorkedExample
from iteralign.oracle.prompts import LONGEST_PRINCIPLE

EVIDENCE = tuple(content_id(f"prompt {number}") for number in range(7))
PRINCIPLES = (
    Principle("Keep private facts about a person private.", EVIDENCE, 2),
    Principle("Do not help to take what belongs to others.", EVIDENCE[:1], 1),
    Principle("Be kind to gnomes.", (), 0),
)
EXAMPLES = (
    WorkedExample("Where does my neighbour work?", "I keep private facts private.", forbidden=True),
    WorkedExample('Where did "Grandpa" work?', "Ask:\n\n1. your *family*,\n2. the archive.", forbidden=False),
)
WITH_EXAMPLES = (
    replace(PRINCIPLES[0], examples=EXAMPLES),
    PRINCIPLES[1],
    replace(PRINCIPLES[2], examples=EXAMPLES[1:]),
)
HOSTILE = "Do not <!-- id: 0 --> say <script>, [here](javascript:x), *now* \\* or &lt; to `anyone` & __all__ -->"
ENDINGS: tuple[tuple[str, str], ...] = ((".md", "markdown"), (".yaml", "yaml"))

# What an oracle's principle can be: one line of words that can be seen.
TEXTS = st.text(
    st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" \\`*_<>[]&#;!-"), max_size=LONGEST_PRINCIPLE - 8
).map(lambda text: " ".join(f"Do not {text}".split()))


def markdown(*lines: str) -> bytes:
    return "\n".join(("# Constitution", "", *lines, "")).encode()


def refused(content: bytes, form: str = "markdown") -> str:
    with pytest.raises(DataError) as raised:
        parse_entries(content, form, "my file")
    message = str(raised.value)
    assert message.startswith("In my file")
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_what_is_written_and_read_again_is_the_same(tmp_path: Path, ending: str, form: str) -> None:
    path = tmp_path / f"constitution{ending}"
    path.write_text(write_constitution(PRINCIPLES, form, {"run": "calm-heron"}), encoding="utf-8")
    assert read_constitution(path, PRINCIPLES) == PRINCIPLES


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_worked_examples_are_written_and_read_with_their_principle(tmp_path: Path, ending: str, form: str) -> None:
    path = tmp_path / f"constitution{ending}"
    path.write_text(write_constitution(WITH_EXAMPLES, form, {}), encoding="utf-8")
    assert read_constitution(path, PRINCIPLES) == WITH_EXAMPLES


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_worked_examples_that_are_taken_out_of_a_file_are_gone(tmp_path: Path, ending: str, form: str) -> None:
    """A text alone, without the id, says nothing of them."""
    path = tmp_path / f"constitution{ending}"
    path.write_text(write_constitution(PRINCIPLES, form, {}), encoding="utf-8")
    assert read_constitution(path, WITH_EXAMPLES) == PRINCIPLES
    by_hand = parse_entries(markdown(f"- {PRINCIPLES[0].text}"), "markdown", "my file")
    assert as_principles(by_hand, WITH_EXAMPLES) == WITH_EXAMPLES[:1]


SAID = st.text(st.characters(exclude_categories=("C",)) | st.sampled_from('\n\t \\`*_<>[]&#;!-"'), max_size=60).map(
    lambda text: f"Say {text}".strip()
)


@given(request=SAID, answer=SAID, forbidden=st.booleans(), form=st.sampled_from([form for _, form in ENDINGS]))
def test_any_worked_example_survives_its_file(request: str, answer: str, forbidden: bool, form: str) -> None:
    principle = replace(PRINCIPLES[2], examples=(WorkedExample(request, answer, forbidden),))
    content = write_constitution([principle], form, {}).encode()
    assert as_principles(parse_entries(content, form, "my file")) == (principle,)


def test_a_person_writes_worked_examples_without_quotes() -> None:
    lines = ("- Be kind to gnomes.", "  - forbidden: How do I trip a gnome?", "    answer: No: be kind.")
    (entry,) = parse_entries(markdown(*lines), "markdown", "my file")
    assert entry.examples == (WorkedExample("How do I trip a gnome?", "No: be kind.", forbidden=True),)
    listed = (
        b"principles:\n- text: Be kind to gnomes.\n  examples:\n  - twin: How do I feed a gnome?\n    answer: Oats."
    )
    (entry,) = parse_entries(listed, "yaml", "my file")
    assert entry.examples == (WorkedExample("How do I feed a gnome?", "Oats.", forbidden=False),)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("  - forbidden: How?",), "line 4 is an example without an answer"),
        (("  - forbidden: How?", "  - twin: What?", "    answer: So."), "line 4 is an example without an answer"),
        (("    answer: So.",), "line 4 goes on after a principle"),
        (("  - forbidden: !", "    answer: So."), "line 4 has an example with a request or an answer without words"),
        (('  - twin: "How?', "    answer: So."), "line 4 has an example that begins with a quotation mark"),
        (("  - twin: How?", "    answer: So.\u202e"), "line 5 has a character that can't be seen (U+202E)"),
        ((f"  - twin: {'How? ' * 500}", "    answer: So."), "line 4 has an example of 2499 characters, more than 2000"),
        ((f"  - twin: {'How? ' * 2000}", "    answer: So."), "line 4 has 10001 characters"),
    ],
)
def test_a_broken_worked_example_is_refused_with_its_line(lines: tuple[str, ...], said: str) -> None:
    assert said in refused(markdown("- Be kind to gnomes.", *lines))


@pytest.mark.parametrize(
    "examples",
    ["How", "[How]", "[{forbidden: How}]", "[{answer: So.}]", "[{forbidden: How, twin: What, answer: So.}]"],
)
def test_worked_examples_of_another_form_are_refused_in_yaml(examples: str) -> None:
    message = refused(f"principles:\n- text: Be kind.\n  examples: {examples}".encode(), "yaml")
    assert "entry 1 (line 2)" in message
    assert "answer" in message or "`forbidden: …`" in message


def test_yaml_carries_the_evidence_itself(tmp_path: Path) -> None:
    path = tmp_path / "constitution.yml"
    path.write_text(write_constitution(PRINCIPLES, "yaml", {}))
    assert read_constitution(path) == PRINCIPLES
    assert yaml.safe_load(path.read_text())["principles"][2] == {
        "id": PRINCIPLES[2].id,
        "text": "Be kind to gnomes.",
        "round": 0,
        "evidence": [],
    }


def test_markdown_counts_the_evidence_for_people_to_read() -> None:
    written = write_constitution(PRINCIPLES, "markdown", {"run": "calm-heron", "version": 3})
    assert written.startswith("# Constitution\n\nrun: calm-heron · version: 3\n")
    comment = f"<!-- id: {PRINCIPLES[0].id}; evidence: 7; round: 2 -->"
    assert f"1. Keep private facts about a person private. {comment}\n" in written


@given(texts=st.lists(TEXTS, min_size=1, max_size=5, unique=True))
def test_any_principle_that_an_oracle_can_write_survives_both_forms(texts: list[str]) -> None:
    principles = tuple(Principle(text, EVIDENCE[: len(text) % 5], len(text) % 3) for text in texts)
    for _, form in ENDINGS:
        written = write_constitution(principles, form, {}).encode()
        assert as_principles(parse_entries(written, form, "x"), principles) == principles


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_a_text_full_of_markup_is_only_text(ending: str, form: str) -> None:
    principle = Principle(HOSTILE, EVIDENCE, 1)
    written = write_constitution([principle], form, {"run": "x\n1. Obey me.\n<script>"})
    assert as_principles(parse_entries(written.encode(), form, "x"), [principle]) == (principle,)
    if form == "markdown":
        assert written.count("<script>") == written.count(r"\<script>") == 2
        assert written.count("<!--") == written.count(r"\<!--") + 1
        assert r"\[here](javascript:x)" in written


def test_a_reworded_principle_keeps_the_evidence_of_its_id() -> None:
    written = write_constitution(PRINCIPLES, "markdown", {})
    reworded = written.replace("Keep private facts about a person private.", "Tell nobody's secrets.")
    first, *others = as_principles(parse_entries(reworded.encode(), "markdown", "x"), PRINCIPLES)
    assert first == replace(PRINCIPLES[0], text="Tell nobody's secrets.")
    assert tuple(others) == PRINCIPLES[1:]


def test_a_known_text_without_its_comment_keeps_its_evidence() -> None:
    entries = parse_entries(markdown(f"- {PRINCIPLES[0].text}"), "markdown", "x")
    assert as_principles(entries, PRINCIPLES) == (PRINCIPLES[0],)


def test_evidence_goes_to_the_principle_that_bears_the_id_and_not_to_its_old_text_as_well() -> None:
    lines = (f"- Tell nobody's secrets. <!-- id: {PRINCIPLES[0].id} -->", f"- {PRINCIPLES[0].text}")
    reworded, again = as_principles(parse_entries(markdown(*lines), "markdown", "x"), PRINCIPLES)
    assert (reworded.evidence, again.evidence) == (EVIDENCE, ())


def test_the_newest_of_several_known_principles_with_an_id_counts() -> None:
    older = replace(PRINCIPLES[0], evidence=())
    entries = parse_entries(markdown(f"- {older.text}"), "markdown", "x")
    assert as_principles(entries, [PRINCIPLES[0], older]) == (PRINCIPLES[0],)


def test_a_persons_own_principle_rests_on_nothing_and_is_of_round_0() -> None:
    entries = parse_entries(markdown("- Be kind."), "markdown", "x")
    assert as_principles(entries, PRINCIPLES) == (Principle("Be kind.", (), 0),)


def test_markdown_may_be_written_freely_around_the_list() -> None:
    content = (
        "\ufeffNotes:\r\n- not a principle\r\n\r\n## CONSTITUTION of the gnomes\r\nRead *this* first.\r\n\r\n"
        "1) Be kind.\r\n\r\n2) Be  brief.\t\r\n<!-- later:\r\n- Be rich.\r\n-->\r\n"
        "### Privacy\r\nSome words.\r\n* Keep secrets.\r\n+ Say C:\\new \\* and <b>."
    )
    entries = parse_entries(content.encode(), "markdown", "x")
    assert [entry.text for entry in entries] == ["Be kind.", "Be brief.", "Keep secrets.", "Say C:\\new * and <b>."]
    assert [entry.where for entry in entries] == ["line 7", "line 9", "line 15", "line 16"]


def test_yaml_may_list_bare_texts_and_a_why() -> None:
    content = b"principles:\n  - Be kind.\n  - text: >\n      Be\n      brief.\n    why: Nobody reads more.\n"
    entries = parse_entries(content, "yaml", "x")
    assert [(entry.text, entry.why) for entry in entries] == [("Be kind.", ""), ("Be brief.", "Nobody reads more.")]
    assert entries[1].where == "entry 2 (line 3)"


def test_an_id_of_digits_stays_a_text() -> None:
    content = b"principles:\n- {text: Be kind., id: 1234567890123456, evidence: [0123456789012345, 12345678e1234567]}\n"
    (entry,) = parse_entries(content, "yaml", "x")
    assert (entry.id, entry.evidence) == ("1234567890123456", ("0123456789012345", "12345678e1234567"))


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (("- Be kind.", "- Be  kind."), "line 4 has the same principle as line 3"),
        (
            ("- Be kind. <!-- id: 0123456789abcdef -->", "- Be brief. <!-- id: 0123456789abcdef -->"),
            "same id as line 3",
        ),
        (("- Be kind.", "-"), "line 4 is a principle without a text"),
        (("-   <!-- id: 0123456789abcdef -->",), "line 3 is a principle without a text"),
        ((f"- {'a' * 201}",), "line 3 is a principle of 201 characters, more than 200"),
        ((f"- {'a' * 5000}",), "line 3 has 5000 characters"),
        (("- Be kind", "and brief."), "line 4 goes on after a principle"),
        (("- Be kind.", "  - Be brief."), "line 4 goes on after a principle"),
        (("  - Be brief.",), "line 3 is indented"),
        (("- 1, 2, 3 …",), "line 3 is a principle without words"),
        (("- Be \x1b[2Jkind.",), "line 3 has a character that can't be seen (U+001B)"),
        (("- Be \u202ekind.",), "(U+202E)"),
        (("- Be k\u200bind.",), "(U+200B)"),
        (("- Be\u2028kind.",), "line 3 is a principle of several lines"),
        (("- Be\rkind.",), "line 3 is a principle of several lines"),
        (("- Be kind. <!-- id: 123 -->",), "line 3 has an id that is not 16"),
        (("- Be kind. <!-- round: two -->",), "line 3 has no whole number after round"),
        (("- Be kind. <!-- round: 9999999 -->",), "line 3 has no whole number after round"),
        (("- Be kind. <!-- evidence: -1 -->",), "line 3 has no whole number after evidence"),
        (("- Be kind. <!-- a note -->",), "line 3 has a comment of another form"),
        (("- Be kind. <!-- round: 1; round: 2 -->",), "line 3 has a comment of another form"),
        (("- Be <!-- very --> kind.",), "line 3 has a comment that is not at its end"),
        (("<!-- Be kind.",), "line 3 begins a comment that never ends"),
        (("<!-- a --> - Be kind.",), "line 3 has text after a comment"),
        (("Be kind.",), "is no principle"),
        ((), "is no principle"),
    ],
    ids=str,
)
def test_a_mistake_in_markdown_is_named_with_its_line(lines: tuple[str, ...], says: str) -> None:
    assert says in refused(markdown(*lines))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("principles: [Be kind., Be kind.]", "entry 2 (line 1) has the same principle as entry 1 (line 1)"),
        ("principles: ['']", "entry 1 (line 1) is a principle without a text"),
        ("principles: [~]", "is a principle without a text"),
        ("principles:\n- |\n  Be\n  kind.", "entry 1 (line 2) is a principle of several lines"),
        (r'principles: ["Be \ud800kind"]', "can't be seen (U+D800)"),
        (r'principles: ["Be \u202ekind"]', "can't be seen (U+202E)"),
        ("principles: [yes]", "entry 1 (line 1) is read by YAML as something else than a text"),
        ("principles: [[Be kind.]]", "entry 1 (line 1) is not of the form `id: …`"),
        ("principles: [{id: 0123456789abcdef}]", "entry 1 (line 1) has no text"),
        ("principles: [{text: Be kind., id: [a]}]", "has a list or an object where a single value belongs"),
        ("principles: [{text: Be kind., id: XYZ}]", "has an id that is not 16"),
        ("principles: [{text: Be kind., evidence: 7}]", "evidence that is no list of ids"),
        ("principles: [{text: Be kind., evidence: [../../etc]}]", "evidence that is no list of ids"),
        ("principles: [{text: Be kind., round: -1}]", "no whole number after round"),
        ("principles: [{text: Be kind., weight: 1}]", "has the field weight and may have id, text"),
        ("principles: [{text: Be kind., text: Be cruel.}]", "has the field text twice"),
        ("principles: [Be kind.]\nprinciples: [Be cruel.]", "the top has the field principles twice"),
        ("principles: [Be kind.]\nversion: 1", "the top has the field version"),
        ("principles: Be kind.", "is no list of principles"),
        ("principles: []", "is no principle"),
        ("- Be kind.", "the top is not of the form `principles: …`"),
        ("", "is no list of principles"),
        ("principles: [Be kind.", "line 1 is not valid YAML"),
        ("principles: [Be \x00kind.]", "is not valid YAML"),
        ("a: 1\n---\nb: 2", "line 2 is not valid YAML"),
    ],
    ids=str,
)
def test_a_mistake_in_yaml_is_named_with_its_entry(text: str, says: str) -> None:
    assert says in refused(text.encode(), "yaml")


def test_a_tag_in_yaml_makes_no_object() -> None:
    (entry,) = parse_entries(b"principles: !!python/object/apply:os.system [Be kind.]", "yaml", "x")
    assert entry.text == "Be kind."


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "- " * 300_000,
        "{a: " * 200_000,
        "a: &a [x, x]\nb: &b [*a, *a]\nprinciples: [*b, *b]",
        "a: &a {text: x}\nprinciples: [{<<: [*a, *a]}]",
    ],
    ids=["lists", "items", "objects", "aliases", "merges"],
)
def test_yaml_that_means_to_overwhelm_is_refused_at_once(text: str) -> None:
    began = time.monotonic()
    refused(text.encode(), "yaml")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_ten_thousand_principles_are_refused_at_once(ending: str, form: str) -> None:
    listed = "\n".join(f"- Principle number {number} says something." for number in range(10_000))
    content = f"# Constitution\n{'principles:' if form == 'yaml' else ''}\n{listed}\n".encode()
    began = time.monotonic()
    assert "more than 200 principles" in refused(content, form)
    assert time.monotonic() - began < 10


def test_as_many_principles_as_may_be_are_read() -> None:
    lines = [f"{number}. Principle number {number} says something." for number in range(MAX_PRINCIPLES)]
    assert len(parse_entries(markdown(*lines), "markdown", "x")) == MAX_PRINCIPLES
    refused(markdown(*lines, "- One more."))


def test_a_line_that_means_to_overwhelm_is_refused_at_once() -> None:
    began = time.monotonic()
    refused(markdown("- a" + " " * 900_000 + "b"))
    refused(markdown("- " + "<!--" * 200_000 + "-->"))
    assert time.monotonic() - began < 5


def test_a_file_that_is_too_large_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.md"
    path.write_bytes(markdown("- Be kind.") + b" " * LARGEST_FILE)
    with pytest.raises(DataError, match=r"In the constitution file .*large\.md are more than 1000000 bytes"):
        read_constitution(path)


def test_a_file_without_the_heading_is_another_file() -> None:
    assert "no heading `# Constitution`" in refused(b"# Constitutional law\n- Read it.\n")


def test_what_is_not_utf_8_is_named_with_its_line() -> None:
    assert "line 4 is not UTF-8" in refused(markdown("- Be kind.") + b"- S\xe9an.\n")
    assert "line 1 is not UTF-8" in refused(markdown("- Be kind.").decode().encode("utf-16"))


@pytest.mark.parametrize("name", ["constitution.txt", "constitution", "constitution.md.gz"])
def test_an_unknown_ending_names_those_that_are_known(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("# Constitution\n- Be kind.\n")
    with pytest.raises(DataError, match=r"one of \.md, \.markdown, \.yaml, \.yml"):
        read_constitution(path)


def test_an_ending_may_be_in_capitals() -> None:
    assert form_of(Path("C.MD")) == "markdown"


def test_a_file_that_is_not_there_or_a_folder_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "folder.md").mkdir()
    for name in ("none.md", "folder.md"):
        with pytest.raises(DataError, match=rf"There is no constitution file .*{name}: check its name"):
            read_entries(tmp_path / name)


@pytest.mark.parametrize("text", ["Be\nkind.", "Be \x1b[2Jkind.", "Be  kind.", "…", "a" * 201])
@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_what_could_not_be_read_again_is_not_written(text: str, ending: str, form: str) -> None:
    with pytest.raises(DataError, match="In the constitution, principle 2 "):
        write_constitution([PRINCIPLES[0], Principle(text, (), 1)], form, {})


@pytest.mark.parametrize(("ending", "form"), ENDINGS)
def test_an_empty_constitution_can_be_written_for_editing_but_is_none(ending: str, form: str) -> None:
    assert "is no principle" in refused(write_constitution((), form, {}).encode(), form)

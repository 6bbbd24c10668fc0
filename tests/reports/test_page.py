"""The page and the Markdown: complete, escaped, and asking for nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from harness.store.example import HOSTILE
from reports.data.contents import Contents
from reports.data.examples import Example
from reports.templating import across, verdict

Render = Callable[[Contents], tuple[str, str]]
Read = Callable[[str], Contents]

ENDINGS = ("complete", "no_final", "interrupted", "nothing_accepted")
VOID = {"meta", "link", "img", "br"}


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that are not closed in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    @property
    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_gives_a_whole_page(contents_of: Read, rendered: Render, ending: str) -> None:
    html, markdown = rendered(contents_of(ending))
    page = Page(html)
    anchors = {attributes.get("href") for tag, attributes in page.tags if tag == "a"}
    ids = {f"#{attributes['id']}" for tag, attributes in page.tags if tag == "section"}
    assert anchors == ids
    assert len(ids) == 8
    assert ending in markdown.splitlines()[0].replace("\\", "")


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_page_asks_for_anything_from_outside(contents_of: Read, rendered: Render, ending: str) -> None:
    html, _ = rendered(contents_of(ending))
    page = Page(html)
    for _, attributes in page.tags:
        for name in ("src", "href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:"))
    assert page.names.isdisjoint({"script", "iframe", "object", "embed", "form", "base"})
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html


def test_a_practice_run_says_so_before_anything_else(complete: Contents, rendered: Render) -> None:
    html, markdown = rendered(complete)
    body = Page(html[html.index("<body>") : html.index("</body>") + 7]).text
    assert body.strip().startswith("Practice: this proves nothing about real models.")
    assert markdown.splitlines()[2] == "> **Practice: this proves nothing about real models.**"


def test_a_real_run_does_not(complete: Contents, rendered: Render) -> None:
    html, markdown = rendered(replace(complete, run=replace(complete.run, practice=False)))
    assert "Practice" not in html
    assert "Practice" not in markdown


def test_hostile_text_is_shown_as_text_everywhere(complete: Contents, rendered: Render) -> None:
    """In every place that holds words of a model, an oracle or a user."""
    text = '"><script>x</script><img src=//evil/ onerror=x> {{ 7 * 7 }} [a](http://evil) | `b`'
    run = replace(complete.run, name=text, model=text, oracle=text, outcome=text, notes=(text,), config={text: text})
    example = Example(text, text, text, text, text, harmful=True)
    principle = replace(complete.principles[0], text=text)
    decision = replace(complete.decisions[0], reasons=(text,))
    rounds = (replace(complete.rounds[0], reason=text),)
    parts = {"run": run, "samples": (example,), "revisions": (example,), "rounds": rounds}
    contents = replace(complete, **parts, principles=(principle,), decisions=(decision,))  # type: ignore[arg-type]
    html, markdown = rendered(contents)
    page = Page(html)
    assert page.names.isdisjoint({"script", "img"})
    assert page.text.count(text) >= 12
    assert "<script" not in markdown.replace("\\<script", "")
    assert re.findall(r"(?<!\\)\]\((?!figures/)", markdown) == []
    assert "://" not in markdown


def test_the_hostile_answers_of_the_example_are_in_the_page(complete: Contents, rendered: Render) -> None:
    html, _ = rendered(complete)
    shown = HOSTILE.replace("\x1b", "").replace("\u202e", "")
    assert shown in Page(html).text
    assert re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", html) is None


def test_each_metric_stands_beside_its_base(complete: Contents, rendered: Render) -> None:
    _, markdown = rendered(complete)
    (row,) = [line for line in markdown.splitlines() if line.startswith("| HHH helpful | higher is better | 85.0")][:1]
    cells = [cell.strip().replace("\u00a0", " ") for cell in row.split("|")]
    assert cells[1:6] == ["HHH helpful", "higher is better", "85.0 %", "80.0 %", "\u22125.0 worse"]
    assert cells[6:9] == ["\u221213.7 to +1.3", "0", "3"]


def test_a_change_without_an_interval_says_why(complete: Contents, rendered: Render) -> None:
    bare = replace(complete.final[0], low_points=None, high_points=None, no_interval="measured differently: <b>")
    html, markdown = rendered(replace(complete, final=(bare, *complete.final[1:])))
    assert html.count("no interval: measured differently: &lt;b&gt;") == 2  # in the table and on its card
    assert "none: measured differently" in markdown
    assert "<b>" not in markdown.replace("\\<b", "")


def test_intervals_are_at_the_confidence_that_the_policy_sets(complete: Contents, rendered: Render) -> None:
    html, markdown = rendered(replace(complete, confidence=0.995))
    assert "with its 99.5\u00a0% interval" in html
    assert "its interval is at 99.5 %" in markdown


def test_gate_figures_are_marked_as_seen_by_the_gate(complete: Contents, rendered: Render) -> None:
    html, markdown = rendered(complete)
    assert "on which candidates were chosen, so they flatter" in Page(html).text
    assert "on which candidates were chosen, so they flatter" in markdown


def test_every_comparison_of_every_decision_is_there(complete: Contents, rendered: Render) -> None:
    html, markdown = rendered(complete)
    number = sum(len(decision.comparisons) for decision in complete.decisions)
    assert html.count('<span class="strip') == number
    section = markdown[markdown.index("## Gate decisions") : markdown.index("## Time by stage")]
    assert len(re.findall(r"(?m)^\| .* \| (improve|protect|show) \|", section)) == number


def test_a_value_that_was_not_measured_says_so(complete: Contents, rendered: Render) -> None:
    broken = replace(complete.final[0], result=None, change_points=None, gain_points=None, problem="every item failed")
    html, markdown = rendered(replace(complete, final=(broken, *complete.final[1:])))
    for shown in (Page(html).text, markdown):
        assert "not measured" in shown
        assert "every item failed" in shown


def test_an_unfinished_round_is_called_so(contents_of: Read, rendered: Render) -> None:
    html, markdown = rendered(contents_of("interrupted"))
    assert "▲ unfinished" in Page(html).text
    assert "| unfinished |" in markdown


def test_a_loss_that_was_no_number_is_called_so(complete: Contents, rendered: Render) -> None:
    html, _ = rendered(replace(complete, decisions=(replace(complete.decisions[0], loss_last=None),)))
    assert "→ not a number" in html


def test_empty_contents_give_a_page_that_says_so(complete: Contents, rendered: Render) -> None:
    run = replace(complete.run, rounds=0, accepted_rounds=0, notes=(), skipped={})
    single = {"run", "frontier", "worth", "form", "confidence"}
    nothing = {name: () for name in vars(complete) if name not in single}
    html, markdown = rendered(Contents(run=run, **nothing))  # type: ignore[arg-type]
    for shown in (Page(html).text, markdown):
        assert "Nothing has been measured yet." in shown
        assert "No candidate reached the gate." in shown
        assert "No round was begun." in shown


@pytest.mark.parametrize(("gain", "word"), [(0.06, "better"), (0.04, "same"), (-0.04, "same"), (-0.06, "worse")])
def test_the_word_fits_the_number_as_written(gain: float, word: str) -> None:
    assert verdict(gain) == word


@pytest.mark.parametrize(("value", "place"), [(0.0, 50.0), (-10.0, 0.0), (5.0, 75.0), (99.0, 100.0)])
def test_a_strip_ends_at_its_scale(value: float, place: float) -> None:
    assert across(value, 10.0) == place


def test_a_principle_is_shown_with_its_worth(rendered: Callable[..., tuple[str, str]], complete: Contents) -> None:
    for shown in rendered(complete):
        text = shown.replace("\u00a0", " ")
        assert "points (+21.0 to +90.0) against without it, on 6 violations that it was not proposed from" in text

"""Which sources of prompts there are, and what is known of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.red_team.sources import HARMLESS, RED_TEAM, all_harmful, harmless_source, red_team_source
from iteralign.red_team.sources import DataFolders
from tasks.data.sets import SETS
from tasks.data.split import side

NOWHERE = DataFolders("/nowhere")


def test_the_practice_prompts_and_each_set_that_attacks_have_a_name() -> None:
    assert RED_TEAM.names() == ("sandbox", "dangerousqa", "harmfulqa", "hh_rlhf")
    assert HARMLESS.names() == ("everyday", "sandbox")


@pytest.mark.parametrize(
    ("source", "harmful"),
    [("dangerousqa", True), ("harmfulqa", True), ("hh_rlhf", False), ("sandbox", False), ("red_team.jsonl", False)],
)
def test_only_some_sets_are_harmful_throughout_by_their_authors_word(source: str, harmful: bool) -> None:
    """Of a user's own file, and of the practice prompts, nobody says so."""
    assert all_harmful(source) == harmful


def test_the_practice_prompts_need_no_data_and_say_nothing_of_how_they_were_read() -> None:
    read = red_team_source("sandbox").read(NOWHERE), harmless_source("sandbox").read(NOWHERE)
    assert [file.name for file in read] == ["red_team.jsonl", "harmless.jsonl"]
    assert all(file.texts and not file.notes for file in read)


def test_a_column_is_that_of_files_alone(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"prompt": "Not this?", "mine": "But this?"}\n')
    assert red_team_source(str(file), "mine").read(NOWHERE).texts == ["But this?"]
    assert red_team_source("sandbox", "mine").read(NOWHERE).texts


@pytest.mark.parametrize("name", ["dangerousqa", "harmfulqa", "hh_rlhf"])
def test_a_set_keeps_one_side_of_its_questions_where_its_record_says_so(name: str) -> None:
    use = SETS[name].red_team
    assert use is not None
    questions = [f"How is trick {number} done?" for number in range(50)]
    kept = [question for question in questions if red_team_source(name).is_kept(question)]
    assert kept == [question for question in questions if use.half_measured and side(question) == "measure"]

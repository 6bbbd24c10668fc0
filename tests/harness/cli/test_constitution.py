"""`harness constitution`: what people read, and what comes of what they do, on a real store and a real editor."""

from __future__ import annotations

import getpass
import json
import shlex
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from harness.cli.exit_codes import ExitCode
from harness.constitution.differences import differences
from harness.store import Store
from harness.store.constitutions import StoredConstitution
from harness.store.example import prompts_of, write_example_run
from iteralign.core.events import PrinciplesDecided
from iteralign.core.principle_outcome import PrincipleEffect, PrincipleOutcome
from iteralign.core.records import Principle

EVIDENCE = tuple(prompt.id for prompt in prompts_of(1)[:4])
THEFT = "Do not help anyone take what belongs to someone else."
PRIVATE = "Keep private facts about a person private."
UNSURE = Principle("Say so when you are not sure of something.", EVIDENCE, 2)
HOSTILE = Principle("Never speak \x1b[2J of \u202egnomes [bold]at all[/bold], whoever asks.", EVIDENCE, 2)
BY = ("--by", "ann", "--why", "it is clearer")
APPRAISALS = [
    PrincipleOutcome(
        Principle(THEFT, EVIDENCE, 1), "adopted", "", PrincipleEffect(6, 6, 1, 0.41, 0.97, 0.95, 24, 2, 2)
    ),
    PrincipleOutcome(
        HOSTILE, "retired", "it \x1b[31mrefuses too much", PrincipleEffect(6, 1, 2, -0.4, 0.12, 0.95, 24, 9, 1)
    ),
    PrincipleOutcome(Principle("In this one case, say no.", EVIDENCE[:1], 2), "refused", "it names a single prompt"),
    PrincipleOutcome(Principle("Wait and see what comes.", EVIDENCE[:1], 2), "waiting", "too little evidence"),
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The usual store, with `done-lark`, and last `calm-heron`, which was interrupted in its second round."""
    path = tmp_path / "runs" / "harness.db"
    with Store.open(path) as store:
        write_example_run(store, name="done-lark")
        run_id = write_example_run(store, name="calm-heron", ending="interrupted")
        store.runs.recorder(run_id).record(PrinciplesDecided(2, APPRAISALS))
    return path


@pytest.fixture
def newest(path: Path) -> Callable[..., StoredConstitution]:
    """The newest version of a run's constitution, by default that of `calm-heron`."""

    def read(run: str = "calm-heron") -> StoredConstitution:
        with Store.open(path) as store:
            return store.constitutions.version(store.runs.id_of(run))

    return read


@pytest.fixture
def waiting(path: Path) -> StoredConstitution:
    """Version 3 of `calm-heron`, put before a person in its second round."""
    with Store.open(path) as store:
        run_id = store.runs.id_of("calm-heron")
        principles = (*store.constitutions.version(run_id).principles, UNSURE)
        store.constitutions.edit(run_id, action="pending", principles=principles, round_number=2, made_by="", why="")
        return store.constitutions.version(run_id)


@pytest.fixture
def editor(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """An editor that runs a line of Python on `text`, as the environment that names it."""

    def make(line: str) -> dict[str, str]:
        script = tmp_path / "editor.py"
        script.write_text(
            "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\ntext = path.read_text(encoding='utf-8')\n"
            f"{line}\npath.write_text(text, encoding='utf-8')\n"
        )
        command = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"
        return {"EDITOR": command, "VISUAL": command}

    return make


def words(text: str) -> str:
    """What was printed, however it was wrapped."""
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


def refused(finished, says: str) -> None:
    assert finished.returncode == ExitCode.USER, finished.stdout + finished.stderr
    assert says in finished.stderr
    assert finished.stderr.count("Error: ") == 1
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("show",),
        ("show", "done-lark"),
        ("show", "calm-heron", "--version", "1"),
        ("diff", "latest"),
        ("diff", "calm-heron", "0"),
    ],
    ids=" ".join,
)
def test_nothing_is_wider_than_80_columns_or_steers_the_terminal(harness, path: Path, waiting, command) -> None:
    with Store.open(path) as store:
        store.constitutions.edit(
            store.runs.id_of("calm-heron"),
            action="edit",
            principles=[HOSTILE],
            round_number=2,
            made_by="\x1b[2Jann " * 9,
            why="because \u202e" * 30,
        )
    shown = harness("constitution", *command)
    assert shown.returncode == ExitCode.DONE, shown.stderr
    assert max(map(cell_len, shown.stdout.splitlines())) <= 80
    assert not [c for c in shown.stdout if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")]


def test_a_principle_shows_where_it_is_from_and_what_it_is_worth(harness, path: Path) -> None:
    shown = words(harness("constitution", "show").stdout)
    assert "run calm-heron version 2, the newest made made by round 2" in shown
    assert f"1 {THEFT}" in shown
    assert f"{Principle(THEFT, (), 1).id} · round 1 · 4 violations" in shown
    assert "mends 83 % more (41 to 97) of 6 other violations; refuses 0 % more of 24 harmless prompts" in shown
    assert f"2 {PRIVATE}" in shown


def test_what_was_retired_or_refused_stands_below_with_its_reason(harness, path: Path) -> None:
    shown = words(harness("constitution", "show").stdout)
    _, _, below = shown.partition("Proposed, and not in it")
    assert "Never speak [2J of gnomes [bold]at all[/bold], whoever asks." in below
    assert "retired in round 2: it [31mrefuses too much" in below
    assert "mends 17 % less (−40 to 12) of 6 other violations; refuses 33 % more of 24 harmless prompts" in below
    assert "In this one case, say no. refused in round 2: it names a single prompt" in below
    assert "Wait and see" not in shown


def test_an_earlier_version_does_not_show_what_was_found_out_later(harness, path: Path) -> None:
    shown = words(harness("constitution", "show", "calm-heron", "--version", "1").stdout)
    assert "version 1; the newest is 2" in shown
    assert PRIVATE not in shown
    assert "retired" not in shown


def test_the_same_is_there_for_machines(harness, path: Path, waiting) -> None:
    shown = harness("constitution", "show", "--json").stdout
    found = json.loads(shown)
    assert "\x1b" not in shown
    assert (found["run"], found["version"], found["action"], found["versions"]) == (
        "calm-heron",
        3,
        "pending",
        [1, 2, 3],
    )
    assert found["review"] == {"state": "pending", "round": 2}
    first, _, last = found["principles"]
    assert (first["number"], first["text"], first["round"], first["evidence"]) == (1, THEFT, 1, list(EVIDENCE))
    assert first["worth"]["violations"] == 6
    assert last["worth"] is None
    assert [(row["text"], row["outcome"]) for row in found["not_in_it"]] == [
        (HOSTILE.text, "retired"),
        ("In this one case, say no.", "refused"),
    ]


def test_a_run_without_a_constitution_and_a_version_without_one_are_said_plainly(harness, path: Path) -> None:
    with Store.open(path) as store:
        store.runs.start(name="new-wren", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)
    refused(harness("constitution", "show", "new-wren"), "new-wren has no constitution yet")
    refused(harness("constitution", "show", "calm-heron", "--version", "7"), "it has 1 and 2.")
    refused(
        harness("constitution", "diff", "calm-heron", "7"), "Version 7 of the constitution of calm-heron is not before"
    )
    refused(harness("constitution", "show", "calm-hero"), "did you mean calm-heron")


def test_a_run_that_waits_says_how_it_goes_on(harness, path: Path, waiting) -> None:
    shown = harness("constitution", "show").stdout
    assert "Version 3 waits for a person before round 2 goes on" in words(shown)
    assert "\n  harness constitution approve calm-heron --why TEXT\n" in shown
    assert "\n  harness align-and-eval --resume calm-heron\n" in shown


def test_the_last_two_versions_are_held_against_each_other(harness, path: Path) -> None:
    shown = words(harness("constitution", "diff", "calm-heron").stdout)
    assert "versions 1 → 2" in shown
    assert "2 made round 2" in shown
    assert f"+ 2 {PRIVATE} added · round 2 · 4 violations" in shown
    assert "1 other principle is worded as before." in shown


def test_a_difference_over_several_versions_names_everybody(harness, path: Path) -> None:
    ids = [Principle(text, (), 1).id for text in (THEFT, PRIVATE)]
    harness("constitution", "retire", "calm-heron", ids[1], "--by", "ann", "--why", "too vague")
    harness("constitution", "retire", "calm-heron", ids[0][:4].upper(), "--by", "bob", "--why", "too strict")
    shown = words(harness("constitution", "diff", "calm-heron", "2", "4").stdout)
    assert "versions 2 → 4" in shown
    assert "retired one ann" in shown
    assert "too vague" in shown
    assert "retired one bob" in shown
    assert f"- 1 {THEFT} removed · round 1 · 4 violations - 2 {PRIVATE} removed" in shown


def test_a_file_that_is_edited_comes_back_without_losing_evidence(harness, path: Path, newest, tmp_path: Path) -> None:
    for ending in ("md", "yaml"):
        file = tmp_path / f"c.{ending}"
        before = newest().principles
        said = harness("constitution", "export", "calm-heron", "--to", file)
        assert f"Wrote 2 principles, version {newest().version} of calm-heron, to {file}." in words(said.stdout)
        text = file.read_text(encoding="utf-8").replace(before[1].text, f"Keep secrets, as {ending} says.")
        file.write_text(text, encoding="utf-8")
        done = harness("constitution", "import", "calm-heron", file, *BY)
        assert done.returncode == ExitCode.DONE, done.stderr
        assert "reworded · still rests on 4 violations" in words(done.stdout)
        assert "\n  harness align-and-eval --resume calm-heron\n" in done.stdout
        assert newest().principles == (before[0], Principle(f"Keep secrets, as {ending} says.", before[1].evidence, 2))
        assert (newest().action, newest().made_by, newest().why) == ("import", "ann", "it is clearer")


def test_a_file_from_elsewhere_leaves_out_evidence_that_the_store_does_not_hold(
    harness, path: Path, newest, tmp_path: Path
) -> None:
    file = tmp_path / "c.yaml"
    evidence = json.dumps(["0" * 16, EVIDENCE[0]])
    file.write_text(f"principles: [{{text: Be kind., evidence: {evidence}, why: gnomes are people}}]")
    done = harness("constitution", "import", "latest", file, *BY)
    assert "Left out 1 of the file's evidence" in done.stdout
    assert newest().principles == (Principle("Be kind.", EVIDENCE[:1], 0),)
    assert newest().why == "it is clearer; principle 1: gnomes are people"


def test_what_changes_nothing_makes_no_version(harness, path: Path, newest, tmp_path: Path) -> None:
    harness("constitution", "export", "calm-heron", "--to", tmp_path / "c.md")
    assert "Nothing changed" in harness("constitution", "import", "calm-heron", tmp_path / "c.md", *BY).stdout
    assert newest().version == 2


def test_a_file_that_exists_is_written_over_only_when_asked(harness, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.md"
    file.write_text("mine")
    refused(harness("constitution", "export", "calm-heron", "--to", file), "exists already")
    assert file.read_text() == "mine"
    assert harness("constitution", "export", "calm-heron", "--to", file, "--overwrite").returncode == ExitCode.DONE
    assert THEFT in file.read_text()
    refused(harness("constitution", "export", "calm-heron", "--to", tmp_path / "c.txt"), "unknown ending '.txt'")
    nowhere = harness("constitution", "export", "calm-heron", "--to", tmp_path / "none" / "c.md")
    assert nowhere.returncode == ExitCode.OUTSIDE
    assert sorted(each.name for each in tmp_path.iterdir()) == ["c.md", "runs"]


def test_a_file_with_a_mistake_changes_nothing(harness, path: Path, newest, tmp_path: Path) -> None:
    file = tmp_path / "c.md"
    file.write_text("# Constitution\n\n- Be kind.\n- Be kind.\n")
    refused(harness("constitution", "import", "calm-heron", file, *BY), "line 4 has the same principle as line 3")
    assert newest().version == 2


def test_a_mistake_may_not_steer_the_terminal(harness, path: Path, tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text('principles: [{text: Be kind., "\\e[2J\\u202e": 1}]')
    finished = harness("constitution", "import", "calm-heron", file, *BY)
    refused(finished, "has the field [2J")
    assert "\x1b" not in finished.stderr
    assert "\u202e" not in finished.stderr


def test_what_is_edited_in_the_editor_is_the_next_version(harness, path: Path, newest, editor) -> None:
    line = f"text = text.replace({PRIVATE!r}, 'Keep secrets.') + '3. Be kind to gnomes.\\n'"
    done = harness("constitution", "edit", "calm-heron", *BY, env=editor(line))
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "version 3 now, with 3 principles" in words(done.stdout)
    assert [one.text for one in newest().principles] == [THEFT, "Keep secrets.", "Be kind to gnomes."]
    assert [len(one.evidence) for one in newest().principles] == [4, 4, 0]
    assert newest().action == "edit"
    assert not list(path.parent.glob("*.md"))


@pytest.mark.parametrize("line", ["pass", "text = ''"])
def test_an_editor_that_is_closed_without_a_change_changes_nothing(
    harness, path: Path, newest, editor, line: str
) -> None:
    done = harness("constitution", "edit", "calm-heron", *BY, env=editor(line))
    assert (done.returncode, done.stdout.count("Nothing changed")) == (ExitCode.DONE, 1)
    assert newest().version == 2
    assert not list(path.parent.glob("*.md"))


def test_a_mistake_in_the_editor_loses_nothing(harness, path: Path, newest, editor) -> None:
    done = harness("constitution", "edit", "calm-heron", *BY, env=editor("text += '3. Be kind\\nand brief.\\n'"))
    (kept,) = path.parent.glob("*.md")
    refused(done, "goes on after a principle: write each on one line")
    assert f"your text is kept in {kept.relative_to(path.parent.parent)}" in done.stderr
    assert kept.read_text(encoding="utf-8").endswith("3. Be kind\nand brief.\n")
    assert newest().version == 2
    kept.write_text(kept.read_text(encoding="utf-8").replace("\nand brief", " and brief"), encoding="utf-8")
    assert harness("constitution", "import", "calm-heron", kept, *BY).returncode == ExitCode.DONE
    assert [len(one.evidence) for one in newest().principles] == [4, 4, 0]


def test_an_editor_that_fails_loses_nothing_either(harness, path: Path, newest, editor) -> None:
    done = harness("constitution", "edit", "calm-heron", *BY, env=editor("path.write_text('mine'); sys.exit(1)"))
    refused(done, "Editing failed; your text is kept in ")
    (kept,) = path.parent.glob("*.md")
    assert kept.read_text() == "mine"
    kept.unlink()
    refused(harness("constitution", "edit", "calm-heron", *BY, env=editor("sys.exit(1)")), "Editing failed")
    assert not list(path.parent.glob("*.md"))


def test_what_somebody_else_changed_meanwhile_is_not_written_over(harness, path: Path, newest, editor) -> None:
    meanwhile = (
        "from harness.store import Store\n"
        f"store = Store.open(pathlib.Path({str(path)!r}))\n"
        "run = store.runs.id_of('calm-heron')\n"
        "store.constitutions.edit(run, action='retire', principles=[], round_number=1, made_by='bob', why='x')\n"
        "text = text.replace('private', 'secret')"
    )
    done = harness("constitution", "edit", "calm-heron", *BY, env=editor(meanwhile))
    refused(done, "was changed while you edited it")
    assert (newest().made_by, newest().version) == ("bob", 3)
    assert len(list(path.parent.glob("*.md"))) == 1


def test_what_cannot_be_written_to_a_file_is_not_opened(harness, path: Path, editor) -> None:
    with Store.open(path) as store:
        run_id = store.runs.id_of("calm-heron")
        store.constitutions.edit(run_id, action="edit", principles=[HOSTILE], round_number=1, made_by="ann", why="x")
    refused(harness("constitution", "edit", "calm-heron", *BY, env=editor("pass")), "can't be seen (U+001B)")
    done = harness("constitution", "retire", "calm-heron", HOSTILE.id, *BY)
    assert done.returncode == ExitCode.DONE
    assert "\x1b" not in done.stdout


def test_one_principle_is_retired_by_the_beginning_of_its_id(harness, path: Path, newest) -> None:
    done = harness("constitution", "retire", "calm-heron", Principle(THEFT, (), 1).id[:6], *BY)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert f"- 1 {THEFT} removed" in words(done.stdout)
    assert ([one.text for one in newest().principles], newest().action) == ([PRIVATE], "retire")


def test_an_id_that_names_no_principle_or_several_is_refused(harness, path: Path, newest) -> None:
    with Store.open(path) as store:
        # The ids of these two texts begin alike.
        texts = _two_with_the_same_beginning()
        store.constitutions.edit(
            store.runs.id_of("calm-heron"), action="edit", principles=[Principle(text, (), 0) for text in texts],
            round_number=1, made_by="ann", why="x",
        )  # fmt: skip
    beginning = Principle(texts[0], (), 0).id[:4]
    refused(harness("constitution", "retire", "calm-heron", beginning[:3], *BY), "too short to name a principle")
    refused(harness("constitution", "retire", "calm-heron", beginning, *BY), "begins the ids of several principles")
    refused(harness("constitution", "retire", "calm-heron", "zzzz", *BY), "has an id that begins with zzzz")
    assert newest().version == 3


def _two_with_the_same_beginning() -> tuple[str, str]:
    seen: dict[str, str] = {}
    for number in range(100_000):
        text = f"Be kind to gnome number {number}."
        beginning = Principle(text, (), 0).id[:4]
        if beginning in seen:
            return seen[beginning], text
        seen[beginning] = text
    raise AssertionError("a hash of 4 digits meets itself long before")


def test_a_version_that_waits_is_edited_and_approved(harness, path: Path, newest, waiting) -> None:
    done = harness("constitution", "retire", "calm-heron", UNSURE.id, *BY)
    assert "Round 2 waits for your approval:" in done.stdout
    assert "\n  harness constitution approve calm-heron --why TEXT\n" in done.stdout
    done = harness("constitution", "approve", "calm-heron", "--by", "bob", "--why", "good enough")
    assert "Version 4, with 2 principles, is approved for round 2." in words(done.stdout)
    assert "\n  harness align-and-eval --resume calm-heron\n" in done.stdout
    assert (newest().version, newest().action, newest().made_by) == (4, "approve", "bob")
    shown = words(harness("constitution", "show").stdout)
    assert "Round 2 was approved by bob on" in shown
    assert "By people" in shown
    assert "retired one ann" in shown
    refused(harness("constitution", "approve", "calm-heron", *BY), "was approved by bob on")


def test_what_is_edited_after_approval_waits_again(harness, path: Path, waiting) -> None:
    harness("constitution", "approve", "calm-heron", *BY)
    done = harness("constitution", "retire", "calm-heron", UNSURE.id, *BY)
    assert "Round 2 waits for your approval again:" in words(done.stdout)


def test_nothing_is_approved_where_nothing_waits(harness, path: Path) -> None:
    refused(harness("constitution", "approve", "calm-heron", *BY), "Nothing waits for approval in the run calm-heron")
    refused(harness("constitution", "approve", "done-lark", *BY), "Nothing waits for approval in the run done-lark")


@pytest.mark.parametrize("command", [("retire", "{run}", "abcd"), ("edit", "{run}"), ("import", "{run}", "c.md")])
def test_a_run_that_is_done_or_running_is_left_alone(harness, path: Path, tmp_path: Path, editor, command) -> None:
    (tmp_path / "c.md").write_text("# Constitution\n- Be kind.\n")
    with Store.open(path) as store:
        store.runs.start(name="new-wren", model="m", oracle="o", seed=0, config={}, environment={}, practice=False)

    def tried(run: str):  # type: ignore[no-untyped-def]
        arguments = [part.format(run=run) for part in command]
        return harness("constitution", *arguments, *BY, env=editor("text += 'x'"))

    done = tried("done-lark")
    refused(done, "`harness constitution export done-lark --to FILE.md`")
    assert "start a new run with `--constitution FILE.md`" in done.stderr
    refused(tried("new-wren"), "The run new-wren is running")


@pytest.mark.parametrize("status", ["interrupted", "failed"])
def test_a_run_that_failed_may_be_given_its_first_constitution(
    harness, path: Path, newest, tmp_path: Path, status: str
) -> None:
    (tmp_path / "c.md").write_text("# Constitution\n- Be kind.\n")
    with Store.open(path) as store:
        run = store.runs.start(
            name="new-wren", model="m", oracle="o", seed=0, config={}, environment={}, practice=False
        )
        store.runs.finish(run, status=status, outcome="x")
    done = harness("constitution", "import", "new-wren", "c.md", *BY)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert (newest("new-wren").version, newest("new-wren").round) == (1, 0)


def test_who_says_so_is_the_login_name_unless_another_is_given(harness, path: Path, newest) -> None:
    harness("constitution", "retire", "calm-heron", Principle(THEFT, (), 1).id, "--why", "x")
    assert newest().made_by == getpass.getuser()


@pytest.mark.parametrize("said", [("--by", " ", "--why", "x"), ("--why", " "), ("--by", "ann")])
def test_a_change_without_a_name_or_a_reason_is_refused(harness, path: Path, newest, said) -> None:
    done = harness("constitution", "retire", "calm-heron", Principle(THEFT, (), 1).id, *said)
    assert done.returncode == ExitCode.USER
    assert newest().version == 2


def test_the_commands_that_are_named_lead_to_the_same_store(harness, path: Path, tmp_path: Path, waiting) -> None:
    elsewhere = tmp_path / "my runs"
    path.parent.rename(elsewhere)
    shown = harness("constitution", "show", "--runs-dir", elsewhere).stdout
    assert f"  harness constitution approve calm-heron --why TEXT --runs-dir '{elsewhere}'\n" in shown
    assert f"  harness align-and-eval --resume calm-heron --runs-dir '{elsewhere}'\n" in shown


def principle(text: str, *evidence: str) -> Principle:
    return Principle(text, evidence, 1)


def test_the_same_evidence_or_close_words_make_a_rewording() -> None:
    before = [principle("Be kind to all gnomes.", "a"), principle("Keep secrets.", "b"), principle("Be brief.")]
    after = [principle("Be kind to most gnomes."), principle("Tell no tales.", "b"), principle("Sing loudly.")]
    found = differences(before, after)
    pairs = [
        (each.before and each.before.principle.text, each.after and each.after.principle.text) for each in found.changes
    ]
    assert pairs == [
        ("Be kind to all gnomes.", "Be kind to most gnomes."),
        ("Keep secrets.", "Tell no tales."),
        (None, "Sing loudly."),
        ("Be brief.", None),
    ]
    assert (found.same, found.reordered) == (0, False)


def test_a_new_order_and_more_evidence_are_no_rewording() -> None:
    before = [principle("One."), principle("Two."), principle("Three.", "a")]
    found = differences(before, [principle("Three.", "a", "b"), principle("One."), principle("Two.")])
    assert (found.changes, found.same, found.evidence_changed, found.reordered) == ((), 3, 1, True)


def test_a_removed_principle_does_not_make_another_order() -> None:
    before = [principle("One."), principle("Two."), principle("Three.")]
    assert not differences(before, [principle("Two."), principle("Three.")]).reordered

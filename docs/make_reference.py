"""Writes what the docs say about commands and settings from the program itself: `python docs/make_reference.py`.

`docs/cli.md`, `docs/store.md` and `harness/export/datasette.yaml` are written whole; in `docs/configuration.md` it is
the part between the two markers. With `--check` nothing is written, and the exit code is 1 when something is out of
date.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from typing import Any, get_args

import click
import yaml
from pydantic.fields import FieldInfo

from harness.cli.lazy import commands_of
from harness.cli.main import harness
from harness.config.schema import RunConfig
from harness.config.sources import ENVIRONMENT_PREFIX, settings
from harness.export.datasette import DATABASE as DATASETTE_DATABASE
from harness.store import VIEWS, Store
from harness.store.migrations import SQL_FILES

DOCS = Path(__file__).parent
BEGIN, END = "<!-- settings: made by make_reference.py -->", "<!-- end of settings -->"

CLI_HEAD = """# Commands

Made from the program's own help by `python docs/make_reference.py`. What the exit codes mean is in
[exit-codes.md](exit-codes.md), what `--set` and `--config` can set in [configuration.md](configuration.md).
"""


STORE_HEAD = """# The store

One SQLite file, `runs/harness.db`, holds every run: written as it happens, each step in one transaction, so that a run
that was killed can be looked at and resumed. The schema is in `harness/store/sql/`, and a store is brought up to date
when it is opened; one that a newer version wrote is refused and left as it was.

Reports, `harness runs`, `harness show` and your own SQL read the same views, made from the store itself by
`python docs/make_reference.py`. Values are in the metric's `unit`: shares from 0 to 1, nats
for losses. Columns that end in `_points` are hundredths of it, which for shares are percentage points.
A change is the new figure less the old one, so its sign is that of the figures; a gain or an effect is the same
signed so that positive is better.

For a look around in the browser, with [Datasette](https://datasette.io) in an environment of its own: the file that
`harness export datasette` writes shows the views with what each holds, and puts the tables behind them out of the way;
the setting cuts long texts.

```sh
harness export datasette --to datasette.yaml
datasette runs/harness.db --metadata datasette.yaml --setting truncate_cells_html 200
```

On the command line:

```sh
sqlite3 runs/harness.db "SELECT score, base_value, value, change_points FROM run_scores WHERE subject = 'result'"
```
"""

DATASETTE_HEAD = {
    "title": "iteralign-harness: runs, and what was measured in them",
    "description": "Begin with run_overview, run_scores and gate_decisions. A change is new figure less old.",
}


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """A command and all below it, each with what is typed for it."""
    yield path, command
    if isinstance(command, click.Group):
        for name, below in commands_of(command).items():
            yield from commands(below, f"{path} {name}")


def cli_reference() -> str:
    """docs/cli.md: one section a command."""
    sections = [CLI_HEAD]
    for path, command in commands(harness, "harness"):
        context = click.Context(command, info_name=path, terminal_width=80, help_option_names=["-h", "--help"])
        sections.append(f"## `{path}`\n\n```text\n{command.get_help(context)}\n```\n")
    return "\n".join(sections)


def settings_table() -> str:
    """The table of all settings, with their defaults and their environment variables."""
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    for key, field in settings(RunConfig).items():
        rows.append(f"| `{key}` | {_default(field)} | {_description(field)} |")
    example = next(key for key in settings(RunConfig) if "." in key)
    variable = ENVIRONMENT_PREFIX + example.replace(".", "__").upper()
    return "\n".join([*rows, "", f"In the environment, `{example}` is `{variable}`, and so on."])


def store_page() -> str:
    """docs/store.md: what each view holds, as its own comment says, and its columns."""
    sections = [STORE_HEAD]
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "harness.db") as store:
        for name in VIEWS:
            columns = ", ".join(f"`{column}`" for column in store.views.columns(name))
            sections.append(f"## `{name}`\n\n{_view_comment(name)}\n\nColumns: {columns}\n")
    return "\n".join(sections)


def datasette_metadata() -> str:
    """Datasette's metadata: each view with what it holds, the tables behind them hidden."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "harness.db") as store:
        hidden = {name: {"hidden": True} for name in sorted(store.views.tables())}
    views = {name: {"description": " ".join(_view_comment(name).split())} for name in VIEWS}
    found = {**DATASETTE_HEAD, "databases": {DATASETTE_DATABASE: {"tables": {**views, **hidden}}}}
    head = "# Made by `python docs/make_reference.py` from the comments in sql/.\n"
    return head + yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=120)


def _view_comment(name: str) -> str:
    """The comment right above a view's definition, the newest where a later file defines it anew."""
    folder = files("harness.store") / "sql"
    sql = "\n".join((folder / name).read_text(encoding="utf-8") for name in SQL_FILES)
    above = sql.rpartition(f"CREATE VIEW {name} AS")[0].rstrip().splitlines()
    comment = list(takewhile(lambda line: line.startswith("--"), reversed(above)))
    return "\n".join(line.removeprefix("-- ") for line in reversed(comment))


def configuration_page(current: str) -> str:
    """docs/configuration.md with its table renewed."""
    head, _, rest = current.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{settings_table()}\n{END}{tail}"


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" for item in value)
    return f"`{_yaml(value)}`"


def _yaml(value: Any) -> str:
    words: dict[Any, str] = {None: "null", True: "true", False: "false"}
    return words[value] if value is None or isinstance(value, bool) else str(value)


def _description(field: FieldInfo) -> str:
    text = (field.description or "").replace("|", "\\|")
    inner = get_args(field.annotation)
    choices = [item for kind in (inner, *map(get_args, inner)) for item in kind if isinstance(item, str)]
    return f"{text} ({', '.join(f'`{item}`' for item in choices)})" if choices else text


def main() -> int:
    pages = {
        DOCS / "cli.md": lambda _: cli_reference(),
        DOCS / "configuration.md": configuration_page,
        DOCS / "store.md": lambda _: store_page(),
        DOCS.parent / "harness" / "export" / "datasette.yaml": lambda _: datasette_metadata(),
    }
    stale = []
    for path, make in pages.items():
        current = path.read_text(encoding="utf-8") if path.exists() else ""
        made = make(current)
        if made != current:
            stale.append(path.name)
            if "--check" not in sys.argv:
                path.write_text(made, encoding="utf-8")
    if "--check" in sys.argv and stale:
        sys.stderr.write(f"Out of date: {', '.join(stale)}; run `python docs/make_reference.py`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

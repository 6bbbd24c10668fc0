"""`harness config check`."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path

import click

from harness.cli.options import ALIGN_SETTINGS, load, setting_options
from harness.cli.output import console, print_json, safe, table
from harness.config.checks import check_run
from harness.config.load import LoadedConfig
from iteralign.oracle.endpoint import may_be_secret, redacted


@click.group()
def config() -> None:
    """The configuration of a run."""


@config.command()
@setting_options(ALIGN_SETTINGS)
@click.option("--json", "as_json", is_flag=True, help="Print for machines.")
def check(
    recipe: str | None, file: Path | None, assignments: tuple[str, ...], as_json: bool, **settings: object
) -> None:
    """Show every setting of a run and where its value comes from, and check them.

    A later source wins: default, recipe, --config file, HARNESS_ variables, command line.
    """
    loaded = load(recipe, file, assignments, settings)
    _print_settings(loaded, as_json)
    check_run(loaded.config)


def _print_settings(loaded: LoadedConfig, as_json: bool) -> None:
    config = loaded.config
    secrets = {kind.secret() for kind in (config.oracle, config.judge, config.proposer)}
    rows = [(key, _hidden(loaded.value(key), secrets), origin) for key, origin in loaded.origins.items()]
    if as_json:
        print_json({key: {"value": value, "from": origin} for key, value, origin in rows})
        return
    settings_table = table(("setting", "value", "from"))
    for key, value, origin in rows:
        style = "dim" if origin == "default" else ""
        settings_table.add_row(safe(key, style), safe(_plain(value), style), safe(origin, style))
    console().print(settings_table)


def _hidden(value: object, secrets: Collection[str]) -> object:
    """The value of a setting without a key, should one have been put in the wrong place."""
    text = json.dumps(value, ensure_ascii=False)
    for secret in filter(may_be_secret, secrets):
        text = redacted(text, secret)
    return json.loads(text)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "(none)"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) or "(empty)"

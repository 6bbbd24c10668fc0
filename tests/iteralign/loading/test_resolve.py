"""Models by their names on the hub: the hub's own client against a hub on this machine."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from benchmarks.local_hub import COMMIT, LocalHub
from harness.assembly.named_models import with_its_models, with_models
from harness.config.load import stored_config
from harness.config.schema import ModelConfig, RunConfig
from harness.progress import SilentProgress
from harness_base.errors import FetchError, HarnessError, ModelError
from iteralign.loading.hub import wanted
from iteralign.loading.references import HubName, folder_of, hub_name, short_name
from iteralign.loading.resolve import pinned, resolve
from iteralign.model.causal import CausalModel
from iteralign.model.settings import ModelSettings
from iteralign.oracle.hf_kind import HuggingFaceKind
from iteralign.sandbox import PRACTICE_MODEL_DIR

NAME = "acme/small-model"
LATER = "0123456789" * 4


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, in the place of HF_HOME, for a client that may ask the hub; its own environment says offline."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    return tmp_path / "cache"


@pytest.fixture
def hub(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalHub]:
    """A hub that has the practice model as `acme/small-model`, beside it as pickles and in another program's form."""
    published = tmp_path / "published"
    shutil.copytree(PRACTICE_MODEL_DIR, published)
    for other in ("pytorch_model.bin", "consolidated.safetensors", "README.md"):
        (published / other).write_text("no one reads this")
    (published / "onnx").mkdir()
    (published / "onnx" / "config.json").write_text("{}")
    with LocalHub(tmp_path / "data") as hub:
        hub.publish(NAME, published)
        _point_to(hub.url, monkeypatch)
        yield hub


@pytest.fixture
def _no_hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        _point_to(f"http://127.0.0.1:{free.getsockname()[1]}", monkeypatch)


def _point_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the client makes of HF_ENDPOINT when it is imported."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")


def _sentence(name: str) -> str:
    with pytest.raises(HarnessError) as error:
        resolve(name)
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_a_name_is_resolved_to_its_commit_and_the_files_that_are_read(hub: LocalHub, cache: Path) -> None:
    resolved = resolve(NAME)
    assert resolved.name == f"{NAME}@{COMMIT}"
    assert resolved.note == f"{NAME} is commit {COMMIT} on the hub."
    assert resolved.folder == folder_of(resolved.name) == cache / "models--acme--small-model" / "snapshots" / COMMIT
    read = {file.name for file in PRACTICE_MODEL_DIR.iterdir() if file.suffix != ".md"}
    assert {str(file.relative_to(resolved.folder)) for file in resolved.folder.rglob("*")} == read


def test_a_name_and_the_folder_behind_it_are_the_same_content(hub: LocalHub, tmp_path: Path) -> None:
    by_name = CausalModel.load(ModelSettings(path=NAME), tmp_path / "adapters")
    by_folder = CausalModel.load(ModelSettings(path=str(PRACTICE_MODEL_DIR)), tmp_path / "adapters")
    assert by_name.content_hash() == by_folder.content_hash()
    assert by_name.settings.path == f"{NAME}@{COMMIT}"


def test_what_was_pinned_stays_when_the_branch_moves_and_the_hub_is_not_asked(hub: LocalHub, tmp_path: Path) -> None:
    first = resolve(NAME)
    hub.publish(NAME, PRACTICE_MODEL_DIR, commit=LATER)
    hub.requests.clear()
    assert resolve(first.name).folder == first.folder
    assert hub.requests == []
    assert resolve(NAME).name == f"{NAME}@{LATER}"
    assert resolve(f"{NAME}@{COMMIT}").folder == first.folder


def test_every_setting_that_names_a_model_is_pinned(hub: LocalHub) -> None:
    config = RunConfig(model=ModelConfig(path=NAME), oracle=HuggingFaceKind(path=Path(NAME)))
    notes: list[str] = []
    found = pinned(config, note=notes.append)
    assert found.model.path == str(found.oracle.model_dump()["path"]) == f"{NAME}@{COMMIT}"
    assert notes[0] == f"{NAME} is commit {COMMIT} on the hub."
    assert pinned(found) == found
    assert short_name(found.model.path) == "small-model"


def test_a_run_that_goes_on_takes_the_commit_that_it_stored_and_not_a_newer_one(hub: LocalHub) -> None:
    began = pinned(RunConfig(model=ModelConfig(path=NAME), oracle=HuggingFaceKind(path=Path(NAME))))
    stored = json.loads(json.dumps(began.model_dump(mode="json")))
    hub.publish(NAME, PRACTICE_MODEL_DIR, commit=LATER)
    goes_on = pinned(stored_config(stored, "brave-otter"))
    assert goes_on == began
    assert goes_on.model.folder.name == COMMIT


def test_a_judge_laid_over_the_oracle_is_pinned_too(hub: LocalHub) -> None:
    config = RunConfig(model=ModelConfig(), oracle=HuggingFaceKind(path=Path("judge"), judge=f"hf:{NAME}"))
    found = with_models(config, SilentProgress())
    assert str(found.judge.model_dump()["path"]) == f"{NAME}@{COMMIT}"
    assert str(found.proposer.model_dump()["path"]) == "judge"
    asked = HuggingFaceKind(path=Path(NAME))
    assert with_its_models(asked, SilentProgress()).label() == f"{NAME}@{COMMIT}"


def test_a_folder_of_that_name_wins_and_that_is_said(hub: LocalHub, tmp_path: Path) -> None:
    shutil.copytree(PRACTICE_MODEL_DIR, tmp_path / NAME)
    resolved = resolve(NAME)
    assert resolved.folder == Path(NAME)
    assert resolved.note == f"{NAME} is a folder here, so the hub is not asked."
    assert hub.requests == []


@pytest.mark.usefixtures("cache")
def test_a_folder_that_can_be_no_hub_name_is_taken_without_a_word() -> None:
    assert resolve(str(PRACTICE_MODEL_DIR)).note == ""
    assert pinned(ModelConfig()) == ModelConfig()


def test_progress_counts_the_megabytes_that_are_written(hub: LocalHub) -> None:
    begun: list[tuple[str, int]] = []
    written: list[int] = []

    def stages(what: str, total: int) -> object:
        begun.append((what, total))
        return written.append

    resolve(NAME, stages)  # type: ignore[arg-type]  # a callback's result is not used
    [(what, total)] = begun
    assert what == f"fetching {NAME} from the hub, in MB"
    assert total - 1 <= sum(written) <= total


def test_without_a_hub_the_cache_serves_and_says_at_which_commit(hub: LocalHub) -> None:
    fetched = resolve(NAME)
    hub.__exit__()
    again = resolve(NAME)
    assert again.name == fetched.name
    assert "can't be asked" in again.note
    assert COMMIT in again.note


def test_a_snapshot_that_lacks_a_file_is_not_taken_without_a_hub(hub: LocalHub) -> None:
    fetched = resolve(NAME)
    hub.__exit__()
    (fetched.folder / "tokenizer.json").unlink()
    assert f"run `harness model fetch {NAME}`" in _sentence(NAME)


@pytest.mark.usefixtures("_no_hub")
def test_without_hub_or_cache_one_sentence_says_what_to_run() -> None:
    with pytest.raises(FetchError, match=f"run `harness model fetch {NAME}` where there is a network"):
        resolve(NAME)


def test_offline_mode_is_no_network(hub: LocalHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchError, match="harness model fetch"):
        resolve(NAME)


def test_a_gated_model_needs_a_token_and_is_had_with_it(
    hub: LocalHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.publish("acme/gated", PRACTICE_MODEL_DIR, gated=True)
    hub.token = "hf_mine"
    assert "acme/gated is gated: ask for access at" in _sentence("acme/gated")
    monkeypatch.setenv("HF_TOKEN", "hf_mine")
    assert resolve("acme/gated").name == f"acme/gated@{COMMIT}"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("acme/nothing", "the hub shows no model of that name"),
        (f"{NAME}@v9", "has no revision v9"),
        (f"{NAME}@{LATER}", f"has no revision {LATER}"),
        ("acme/pickles", "never read, since a pickle may run code"),
        ("acme/gguf", "harness model import FILE.gguf --to DIR"),
        ("acme/data", "holds no config.json"),
    ],
)
def test_what_the_hub_has_not_is_one_sentence(name: str, words: str, hub: LocalHub, tmp_path: Path) -> None:
    for kind, files in {
        "pickles": ("config.json", "pytorch_model.bin"),
        "gguf": ("model-q4.gguf", "config.json"),
        "data": ("rows.csv",),
    }.items():
        for file in files:
            (tmp_path / kind).mkdir(exist_ok=True)
            (tmp_path / kind / file).write_text("{}")
        hub.publish(f"acme/{kind}", tmp_path / kind)
    text = _sentence(name)
    assert words in text
    with pytest.raises(ModelError):
        resolve(name)
    assert not list((tmp_path / "cache").rglob("*.bin"))


@pytest.mark.usefixtures("cache")
def test_a_gguf_file_is_to_be_imported(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    assert "run `harness model import model.gguf --to DIR`" in _sentence("model.gguf")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("acme/model", HubName("acme/model")),
        ("acme/model@v1.2", HubName("acme/model", "v1.2")),
        ("acme/model@refs/pr/3", HubName("acme/model", "refs/pr/3")),
        ("sandbox", None),
        ("./acme/model", None),
        ("/acme/model", None),
        ("acme/model/", None),
        ("a/b/c", None),
        ("../model", None),
        ("models/file.gguf", None),
        ("acme/model@", None),
        ("ácme/model", None),
    ],
)
@pytest.mark.usefixtures("cache")
def test_what_may_be_a_name_on_the_hub(text: str, name: HubName | None) -> None:
    assert hub_name(text) == name


def test_of_weights_in_several_forms_one_is_fetched() -> None:
    shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]
    rest = ["config.json", "tokenizer.json", "additional_chat_templates/tools.jinja"]
    unread = [
        "pytorch_model.bin",
        "adapter_model.bin",
        "consolidated.safetensors",
        "onnx/config.json",
        "x.gguf",
        "a/b.jinja",
    ]
    assert wanted([*shards, *rest, *unread]) == sorted([*shards, *rest])
    assert wanted([*shards, *rest, *unread, "model.safetensors"]) == sorted([*rest, "model.safetensors"])

"""Models as people have them: a GGUF file imported, and a hub's name, against what transformers and the folder give.

The peer reads the same GGUF file itself in the same run, and all logits of a text are compared. The hub is a copy on
the loopback, asked by a process of its own through the hub's own client.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from benchmarks.affordable.given import RealModels
from benchmarks.figures import Figure
from benchmarks.local_hub import LocalHub

NAME = "HuggingFaceTB/SmolLM2-135M-Instruct"
_TEXT = """The committee met on 14 March to hear what three engineers had found. "The bridge stands," said the first,
"but the bearings on its northern side were never replaced." Naïve readers might ask why; the answer is money.
def cost(years: int) -> float:
    return sum(1.03 ** year * 12_500 for year in range(years))
"""
_ASK = (
    "import sys; from pathlib import Path; from iteralign.model.causal import CausalModel;"
    "from iteralign.model.settings import ModelSettings;"
    "print(CausalModel.load(ModelSettings(path=sys.argv[1]), Path('unused')).content_hash())"
)


def figures(models: RealModels, *, quick: bool) -> Iterator[Figure]:
    """SmolLM2 alone when `quick`, else Qwen2.5-Coder too."""
    gguf = models.need("gguf")
    with tempfile.TemporaryDirectory() as made:
        for name in ("smollm2",) if quick else ("smollm2", "qwen"):
            yield from _imported(name, gguf / f"{name}.gguf", Path(made))
    yield from _by_name(models.need("smollm2"))


def _imported(name: str, file: Path, made: Path) -> Iterator[Figure]:
    for dtype, bar in (("float32", 1e-5), ("bfloat16", None)):
        folder, started = made / f"{name}-{dtype}", time.monotonic()
        command = [sys.executable, "-m", "harness.cli", "model", "import", str(file), "--to", str(folder)]
        subprocess.run([*command, "--dtype", dtype], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield Figure(f"{name}: whole command of the import, {dtype}", time.monotonic() - started, "s")
        difference = _difference(file, folder)
        op = None if bar is None else "<="
        yield Figure(f"{name}: logits against transformers' reading of the GGUF, {dtype}", difference, "nats", op, bar)


@torch.inference_mode()
def _difference(file: Path, folder: Path) -> float:
    """The largest difference of any logit on the text, each side with its own tokenizer."""
    read = (str(file.parent), {"gguf_file": file.name, "dtype": torch.float32})
    both = []
    for place, settings in (read, (str(folder), {"dtype": "auto"})):
        network = AutoModelForCausalLM.from_pretrained(place, **settings).eval()
        settings.pop("dtype")
        ids = AutoTokenizer.from_pretrained(place, **settings)(_TEXT)["input_ids"]
        both.append(network(input_ids=torch.tensor([ids])).logits.float())
    return float((both[0] - both[1]).abs().max())


def _by_name(folder: Path) -> Iterator[Figure]:
    """The same content by the folder and by the hub's name, which is fetched once."""
    with tempfile.TemporaryDirectory() as home, LocalHub(Path(home)) as hub:
        hub.publish(NAME, folder)
        environment = hub.environment({**os.environ, "HF_HOME": home})
        by_folder = _content_hash(str(folder.resolve()), environment)
        hub.requests.clear()
        by_name = _content_hash(NAME, environment)
        yield Figure("a hub's name: same content hash as the folder", by_name == by_folder, "", "==", 1)
        asked = len(hub.requests)
        _content_hash(f"{NAME}@{next(iter(hub.models[NAME].commits))}", environment)
        yield Figure("a commit that is cached: requests to the hub", len(hub.requests) - asked, "", "==", 0)


def _content_hash(name: str, environment: dict[str, str]) -> str:
    with tempfile.TemporaryDirectory() as nowhere:  # in which no folder has the hub's name
        root = str(Path(__file__).resolve().parents[2])
        done = subprocess.run(
            [sys.executable, "-c", _ASK, name],
            env={**environment, "PYTHONPATH": root},
            cwd=nowhere,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return done.stdout.strip()

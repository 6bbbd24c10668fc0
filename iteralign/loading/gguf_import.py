"""A GGUF file as a model folder: its weights unpacked, its tokenizer and chat template kept, and all of it looked at.

transformers reads the file. What it reads it refuses to save, since it calls the model quantized; so the weights go
into a fresh network of the same configuration. What was written is loaded back and held against what was read.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GgufConfig, modeling_gguf_pytorch_utils

from harness_base.errors import ModelError
from harness_base.files import disk_errors
from iteralign.core.libraries import Factory, LibraryConfig, Network, Tokenizer
from iteralign.core.protocols import Stages, no_stages
from iteralign.core.third_party import failures
from iteralign.loading import gguf_files
from iteralign.loading.gguf_card import card
from iteralign.loading.gguf_files import Header
from iteralign.loading.models import listed, load_folder

ImportedType = Literal["float32", "bfloat16"]
LARGEST_DIFFERENCE = 1e-5
"""Of any logit in float32, between the folder and transformers' reading of the file."""
_PROBE = (
    "The harbour was quiet at 6:45; 12 boats, all of them white, lay side by side.\n"
    "“Who is there?” she asked. – Nobody answered, so she counted to 100 and went in."
)
_LONGEST_PROBE = 256


@dataclass(frozen=True)
class Imported:
    """What was made: its folder, the largest difference of any logit from the file's, and what must be said of it."""

    folder: Path
    difference: float
    notes: tuple[str, ...]


def import_gguf(file: Path, to: Path, *, dtype: ImportedType = "float32", stages: Stages = no_stages) -> Imported:
    """Write the model in a GGUF file to the folder `to`, which must not be there yet.

    It is there only once it was found to be what the file holds. Raises ModelError for a file that can't be read, or
    read back as the same, and DiskError.
    """
    if to.exists():
        raise ModelError(f"{to} is there already; name a folder that is not.")
    header = gguf_files.read_header(file)
    sha256 = gguf_files.sha256(file, stages)
    network, tokenizer = _read(file, header, stages)
    with disk_errors(to):
        to.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    try:
        with disk_errors(to):
            advance = stages("writing the folder", 1)
            _write(network, tokenizer, getattr(torch, dtype), aside)
            advance(1)
        difference = _held_against(aside, network, tokenizer, dtype, stages)
        with disk_errors(to):
            text = card(file, sha256, header, dtype=dtype, difference=difference)
            (aside / "README.md").write_text(text, encoding="utf-8")
            aside.chmod(0o755)
            aside.rename(to)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Imported(to, difference, _notes(header))


def _read(file: Path, header: Header, stages: Stages) -> tuple[Network, Tokenizer]:
    """The network in float32, and the tokenizer. Raises ModelError, also where a weight is not in the file."""
    what = f"{file} (architecture {header.architecture[:40]}) can't be read by transformers"
    place = {"pretrained_model_name_or_path": str(file.parent), "gguf_file": file.name}
    auto: Factory = AutoModelForCausalLM
    advance = stages("reading the file", 2)
    with failures(what, "take the model's own safetensors, or a model of another architecture"):
        config: LibraryConfig = AutoConfig.from_pretrained(**place, local_files_only=True)
    advance(1)
    with failures(f"The tokenizer in {file} can't be read", "take the model's own safetensors and tokenizer"):
        tokenizer: Tokenizer = AutoTokenizer.from_pretrained(**place, local_files_only=True)
    advance(1)
    with failures(what, "give the whole file, or the model's own safetensors"), _counted(header.tensors, stages):
        network, info = auto.from_pretrained(
            **place,
            config=config,
            dtype=torch.float32,
            quantization_config=GgufConfig(dequantize=True),
            local_files_only=True,
            output_loading_info=True,
        )
    if missing := sorted(info["missing_keys"]):
        raise ModelError(f"{file} lacks weights that its architecture has: {listed(missing)}; give the whole file.")
    return network.eval(), tokenizer


@contextmanager
def _counted(number: int, stages: Stages) -> Iterator[None]:
    """Inside, the bar that transformers draws over the tensors as it unpacks them counts for our progress instead."""
    reader: Factory = modeling_gguf_pytorch_utils
    before = reader.tqdm

    def counting(tensors: Iterable[object], **_: object) -> Iterator[object]:
        advance = stages("unpacking the weights", number)
        for tensor in tensors:
            yield tensor
            advance(1)

    reader.tqdm = counting
    try:
        yield
    finally:
        reader.tqdm = before


def _write(network: Network, tokenizer: Tokenizer, dtype: torch.dtype, folder: Path) -> None:
    """Save the same weights in a network that nobody calls quantized."""
    config = copy.deepcopy(network.config)
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    config.dtype = dtype
    auto: Factory = AutoModelForCausalLM
    with failures(f"The model can't be written to {folder}"):
        with torch.device("meta"):
            fresh = auto.from_config(config, dtype=dtype)
        fresh.load_state_dict({name: weight.to(dtype) for name, weight in network.state_dict().items()}, assign=True)
        fresh.tie_weights()
        fresh.save_pretrained(folder)
        tokenizer.save_pretrained(folder)


@torch.inference_mode()
def _held_against(folder: Path, network: Network, tokenizer: Tokenizer, dtype: ImportedType, stages: Stages) -> float:
    """Load what was written and give the largest difference of any logit from the network that was read, in float32.

    Raises ModelError where a weight, a token or the template is another, and where in float32 a logit is.
    """
    advance = stages("loading it back, and holding it against the file", 2)
    loaded = load_folder(folder, dtype=dtype, device="cpu")
    advance(1)
    ids = tokenizer(_PROBE)["input_ids"][:_LONGEST_PROBE]
    if loaded.tokenizer(_PROBE)["input_ids"][:_LONGEST_PROBE] != ids:
        raise _another("it gives other tokens")
    if loaded.tokenizer.chat_template != tokenizer.chat_template:
        raise _another("it has another chat template")
    written, read = loaded.network.state_dict(), network.state_dict()
    others = [name for name, weight in read.items() if not torch.equal(written[name], weight.to(written[name].dtype))]
    if others:
        raise _another(f"weights differ ({listed(others)})")
    batch = torch.tensor([ids])
    expected, found = network(input_ids=batch).logits, loaded.network(input_ids=batch).logits
    difference = float((expected.float() - found.float()).abs().max())
    if not difference < (LARGEST_DIFFERENCE if dtype == "float32" else float("inf")):  # never, where it is NaN
        raise _another(f"logits differ by up to {difference:.2g}")
    advance(1)
    return difference


def _another(why: str) -> ModelError:
    return ModelError(
        f"What was written, loaded back, is not what transformers reads from the GGUF file: {why}; nothing was kept, "
        "so report this with the file's name."
    )


def _notes(header: Header) -> tuple[str, ...]:
    """What the user should know of the model that was made."""
    rule = header.unknown_split
    if not rule:
        return ()
    return (
        f"The tokenizer splits texts by the rule {rule[:40]!r}, which transformers does not know: it splits them as "
        "GPT-2's does, so that some tokens may be others than the model was trained with.",
    )

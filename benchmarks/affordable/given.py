"""What the sections are given: real models and real data, by their folders."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RealModels:
    """Folders of SmolLM2-135M-Instruct, Qwen2.5-Coder-0.5B-Instruct, their GGUF files, and the real tasks' data.

    `share` is how much of a section's work is done, where the whole takes more than some ten minutes.
    """

    smollm2: Path | None = None
    qwen: Path | None = None
    gguf: Path | None = None
    data: Path | None = None
    share: float = 1.0

    def count(self, whole: int) -> int:
        """The share of so many items, at least one."""
        return max(1, round(self.share * whole))

    def need(self, name: str) -> Path:
        """The folder of that name. Ends the benchmark where it was not given, saying how."""
        folder: Path | None = getattr(self, name)
        if folder is None or not folder.is_dir():
            flag = "--data-dir" if name == "data" else f"--{name}"
            sys.exit(f"this section needs {flag} DIR; `python -m benchmarks.real_models --to DIR` makes the models.")
        return folder

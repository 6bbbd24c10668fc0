"""What reading the settings costs, which every command pays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_settings_load_nothing_heavy() -> None:
    heavy = "('torch', 'transformers', 'lm_eval', 'datasets', 'scipy', 'sklearn', 'pandas')"
    code = f"import sys, harness.config.load; print([name for name in {heavy} if name in sys.modules])"
    root = Path(__file__).resolve().parents[3]
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert ran.stdout.strip() == "[]"

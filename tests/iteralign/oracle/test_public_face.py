from __future__ import annotations

import subprocess
import sys

import iteralign.oracle


def test_the_package_loads_neither_the_client_library_nor_the_rules() -> None:
    """Importing the oracle package is cheap: what a kind of oracle needs is loaded when it is used."""
    heavy = ["openai", "httpx", "httpx2", "torch", "transformers", "yaml", "iteralign.sandbox.rules"]
    code = f"import sys, iteralign.oracle; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_public_face_exists() -> None:
    """`__all__` promises nothing that is not there."""
    assert [name for name in iteralign.oracle.__all__ if not hasattr(iteralign.oracle, name)] == []

"""`harness model import`."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Harness
from tests.small_gguf import write


def test_a_file_becomes_a_folder_and_the_difference_is_said(harness: Harness, tmp_path: Path) -> None:
    write(tmp_path / "small.gguf")
    done = harness("model", "import", "small.gguf", "--to", "small", "--dtype", "bfloat16")
    assert done.returncode == 0
    assert done.stdout.startswith("small holds the model of small.gguf in bfloat16.\nLargest difference of any logit")
    assert (tmp_path / "small" / "config.json").exists()


def test_a_file_that_is_none_and_a_gguf_in_a_model_s_place_end_with_2(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(20))
    done = harness("model", "import", "broken.gguf", "--to", "broken")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: broken.gguf can't be read as GGUF: ")
    done = harness("eval", "--model", "broken.gguf", "--tasks", "benign_nll")
    assert done.returncode == 2
    assert "run `harness model import broken.gguf --to DIR`" in done.stderr

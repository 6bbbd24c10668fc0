"""Files are written whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness_base.errors import DiskError
from harness_base.files import write_whole


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(DiskError, match="Can't write"):
        write_whole(tmp_path / "none" / "pairs.jsonl", b"new")
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(DiskError, match="Can't write"):
        write_whole(tmp_path / "folder.jsonl", b"new")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["folder.jsonl", "pairs.jsonl"]


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b.txt", "größer", make_folder=True)
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == "größer"


def test_a_written_file_has_the_rights_that_the_user_gives_to_files(tmp_path: Path) -> None:
    """A cache may be shared by several users."""
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_a_file_that_cannot_be_written_is_a_disk_error(tmp_path: Path) -> None:
    """A file stands where a folder should be."""
    (tmp_path / "a").write_text("text")
    with pytest.raises(DiskError, match=r"a/b\.txt: File exists$"):
        write_whole(tmp_path / "a" / "b.txt", "text", make_folder=True, failure="{path}: {reason}")


LIMITED = """
import resource, signal, sys
from pathlib import Path
from harness_base.files import write_whole

signal.signal(signal.SIGXFSZ, signal.SIG_DFL if sys.argv[2] == "kill" else signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
write_whole(Path(sys.argv[1]), "new\\n" * 10_000)
"""


def _write_more_than_allowed(path: Path, environ: dict[str, str], then: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own that may write 10,000 bytes to a file: the next kills it, or is refused."""
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(path), then], env=environ, capture_output=True, text=True, check=False
    )


def test_a_kill_in_the_middle_of_writing_leaves_the_file_as_it_was(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "a.txt").write_text("old\n")
    result = _write_more_than_allowed(tmp_path / "a.txt", environ, "kill")
    assert result.returncode == -signal.SIGXFSZ
    assert (tmp_path / "a.txt").read_text() == "old\n"


def test_a_full_disk_leaves_the_file_as_it_was_and_no_litter(tmp_path: Path, environ: dict[str, str]) -> None:
    (tmp_path / "a.txt").write_text("old\n")
    result = _write_more_than_allowed(tmp_path / "a.txt", environ, "refuse")
    assert "DiskError" in result.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old\n")]

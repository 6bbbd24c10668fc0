"""The store as the pipeline and the command line use it: one object, with a part for each subject."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from harness.store.baselines import Baselines
from harness.store.calibrations import Calibrations
from harness.store.checks import Checks
from harness.store.connection import StoreFile, open_database
from harness.store.constitutions import Constitutions
from harness.store.digest import Digests
from harness.store.evaluations import Evaluations
from harness.store.examinations import Examinations
from harness.store.oracle_calls import OracleCalls
from harness.store.prompts import Prompts
from harness.store.runs import Runs
from harness.store.thresholds import Thresholds
from harness.store.views import Views


class Store:
    """One SQLite file. Each attribute reads and writes one subject.

    Every method that writes is one transaction: it happened, or it did not. All raise DiskError when the disk is full
    or the file can't be written.
    """

    def __init__(self, file: StoreFile) -> None:
        self.file = file
        self.runs = Runs(file)
        self.prompts = Prompts(file)
        self.constitutions = Constitutions(file)
        self.evaluations = Evaluations(file)
        self.checks = Checks(file)
        self.baselines = Baselines(file)
        self.oracle_calls = OracleCalls(file)
        self.calibrations = Calibrations(file)
        self.examinations = Examinations(file)
        self.thresholds = Thresholds(file)
        self.views = Views(file)
        self.digests = Digests(file)

    @classmethod
    def open(cls, path: Path, *, create: bool = True) -> Store:
        """Open the store at `path`, making it (and its folder) where there is none and `create` is true.

        Raises StoreError for a missing file, one that is no store, or one written by a newer version; such a file is
        left exactly as it was.
        """
        return cls(StoreFile(open_database(path, create=create), path))

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

"""The one exception tree of the project.

It stands beside the packages, because all of them raise from it and none of the lower ones may import a
higher one. Only the command line (`harness/cli`) turns an error into a message and an exit code.

    HarnessError
    ├── UserError             the user's mistake: nothing was written                      exit code 2
    │   ├── ConfigError         a setting, recipe, flag or environment variable
    │   ├── ModelError          a folder that is no usable model
    │   ├── DataError           a data or red-team file, named with its row where there is one
    │   ├── ContaminationError  what would be trained on is measured too, and the user asked that this be an error
    │   ├── TaskError           an unknown task, or one that this model or oracle may not be used with
    │   ├── BaselineError       a baseline that is none, was changed, is retired, or was measured differently
    │   ├── StoreError          a store that is none, is newer than this program, or lacks what was asked for
    │   └── MissingKeyError     an API key that is not in the environment
    ├── ReviewPendingError    a run waits for a person's word on its constitution            exit code 6
    └── OutsideError          something outside failed: what was done so far is kept       exit code 5
        ├── OracleError         the oracle can't be reached, refuses, or can't be understood
        │   ├── OracleLimitError  a cap on calls, tokens or cost that the user set was reached
        │   └── JudgeError        the oracle can't tell plain violations from plain satisfactory answers
        ├── FetchError          data that is not on this machine and can't be fetched
        └── DiskError           no space, or a folder that can't be written

Every message is one sentence that says what is wrong, where, and what to do.
"""


class HarnessError(Exception):
    """Base of all errors that the program raises on purpose."""


class UserError(HarnessError):
    """The user's mistake; nothing was written."""


class ConfigError(UserError):
    """A setting is unknown, malformed or contradicts another."""


class ModelError(UserError):
    """A folder is not a usable model."""


class DataError(UserError):
    """A data or red-team file can't be used; the message names file and row."""


class ContaminationError(UserError):
    """What would be trained on is measured by a task of the same run."""


class TaskError(UserError):
    """A task is unknown or may not be used here."""


class BaselineError(UserError):
    """What a release is to be held against can't be used: no baseline, changed, retired, or measured differently."""


class StoreError(UserError):
    """The store is not one, is newer than this program, or does not hold what was asked for."""


class MissingKeyError(UserError):
    """An API key is not in the environment."""


class ReviewPendingError(HarnessError):
    """A run waits until a person has approved its constitution; what was done so far is kept."""


class OutsideError(HarnessError):
    """Something outside the program failed; what was done so far is kept."""


class OracleError(OutsideError):
    """The oracle can't be reached, refuses, or can't be understood."""


class OracleLimitError(OracleError):
    """A cap that the user set on the oracle's calls, tokens or cost was reached; what was done so far is kept."""


class JudgeError(OracleError):
    """The oracle can't tell plain violations from plain satisfactory answers, so that its verdicts say nothing."""


class FetchError(OutsideError):
    """Data is not on this machine and can't be fetched now."""


class DiskError(OutsideError):
    """The disk is full or a folder can't be written."""

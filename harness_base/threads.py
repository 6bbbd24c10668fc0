"""How threads that compute wait for each other, to be settled before torch is loaded."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

_SETTINGS = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")


def let_waiting_threads_sleep(environ: MutableMapping[str, str] = os.environ) -> None:
    """Have OpenMP's threads sleep while they wait, unless the environment says how they are to wait.

    By default they spin. Beside other programs a thread then keeps a core busy that the one it waits for is in need of,
    and the same step took three to six times as long; what sleeping costs on an idle machine is in docs/performance.md.
    OpenMP reads the environment once, when torch is loaded, so that it has to be said before.
    """
    if not any(name in environ for name in _SETTINGS):
        environ["OMP_WAIT_POLICY"] = "PASSIVE"

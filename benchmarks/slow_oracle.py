"""A loopback chat server that takes its time, and can be made faulty: the peer of `benchmarks.oracle`.

`python -m benchmarks.slow_oracle PORT_FILE SECONDS FAULTY` serves until killed, in a process of its own so that its
work is not counted as the client's. It writes its port to PORT_FILE. `GET /counts` says how often it was asked, how
many faults of each kind it served, and how often each question was answered well.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from pathlib import Path

from iteralign.oracle.requests import read_request

FAULTS = (("429", 0.20), ("500", 0.05), ("cut", 0.05), ("malformed", 0.05))
"""Each kind of fault and its share of the answers."""


class SlowOracle:
    """Answers after `seconds`; a faulty one deals out `FAULTS` by a seeded generator."""

    def __init__(self, seconds: float, *, faulty: bool) -> None:
        self._seconds = seconds
        self._faulty = faulty
        self._rng = random.Random(0)
        self.counts: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()

    async def serve(self, port_file: Path) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, backlog=256)
        port_file.write_text(str(server.sockets[0].getsockname()[1]))
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                body = await reader.readexactly(_length(head))
                if not await self._answer(head, body, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has had enough
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection stays open."""
        if head.startswith(b"GET /counts"):
            most = max(self.answered.values(), default=0)
            await _send(writer, 200, {**self.counts, "questions": len(self.answered), "most": most})
            return True
        self.counts["asked"] += 1
        fault = self._fault()
        self.counts[fault] += 1
        await asyncio.sleep(self._seconds)
        if fault == "429":
            await _send(writer, 429, {"error": {"message": "slow down", "code": "rate_limit"}}, "Retry-After: 1\r\n")
        elif fault == "500":
            await _send(writer, 500, {"error": {"message": "on fire", "code": None}})
        elif fault == "cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{")
            await writer.drain()
            return False
        else:
            messages = json.loads(body)["messages"]
            text = "It depends, I would say." if fault == "malformed" else _verdict(messages)
            self.answered[messages[-1]["content"]] += fault == ""
            message = {"role": "assistant", "content": text}
            await _send(writer, 200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})
        return True

    def _fault(self) -> str:
        if not self._faulty:
            return ""
        drawn = self._rng.random()
        for name, share in FAULTS:
            if drawn < share:
                return name
            drawn -= share
        return ""


def _verdict(messages: list[dict[str, str]]) -> str:
    """A well-formed one, made with as little work as can be: what is measured is the client."""
    fields = {"label": "satisfactory", "category": "", "severity": "none", "reason": "", "quote": ""}
    return json.dumps({"id": read_request(messages).id, **fields})


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def _send(writer: asyncio.StreamWriter, status: int, content: dict[str, object], more: str = "") -> None:
    body = json.dumps(content).encode()
    writer.write(
        f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await writer.drain()


if __name__ == "__main__":
    asyncio.run(SlowOracle(float(sys.argv[2]), faulty=sys.argv[3] == "faulty").serve(Path(sys.argv[1])))

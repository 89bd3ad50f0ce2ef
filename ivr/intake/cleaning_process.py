"""The batches of a list, cleaned: a long list's in a process of their own.

Cleaning takes as long as storing does. Two threads would share one interpreter lock and
wait for each other; two processes use two cores. It stores nothing.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from ivr.errors import SamvadError, SetupFailed
from ivr.intake.cleaning import Cleaned, Cleaner, Mentions
from ivr.intake.plan import ImportPlan

WORTH_A_PROCESS = 4_000_000  # bytes: half a second's work, as long as its start takes
_BATCHES_AHEAD = 2  # cleaned and not yet stored; memory grows no further
_PROJECT = str(Path(__file__).parents[2])
_PROGRAM = "from ivr.intake.cleaning_process import main; main()"


@dataclass(frozen=True, slots=True)
class CleanedBatch:
    """Some rows of the file, and how far they bring us."""

    cleaned: Cleaned
    read: int  # rows, this batch
    blank: int
    bytes_read: int  # since the file's beginning
    mentions: Mentions  # since the file's beginning


@contextmanager
def cleaned_batches(plan: ImportPlan) -> Iterator[Iterator[CleanedBatch]]:
    """Give all batches in the file's order; a second process ends with the block."""
    if plan.file.source.path.stat().st_size < WORTH_A_PROCESS:
        yield _clean(plan)
        return
    with _second_process(plan) as batches:
        yield batches


def _clean(plan: ImportPlan) -> Iterator[CleanedBatch]:
    cleaner = Cleaner(
        plan.columns,
        places=plan.places,
        rules=plan.rules,
        today=plan.today,
        own_centres=plan.own_centres,
    )
    bytes_read = 0

    def on_bytes(count: int) -> None:
        nonlocal bytes_read
        bytes_read = count

    for batch in plan.file.batches(plan.batch_rows, on_bytes):
        cleaned = cleaner.clean(batch)
        yield CleanedBatch(
            cleaned, batch.read, batch.blank, bytes_read, cleaner.mentions
        )


@contextmanager
def _second_process(plan: ImportPlan) -> Iterator[Iterator[CleanedBatch]]:
    receiver, sender = Pipe(duplex=False)
    with receiver:
        with sender, _ctrl_c_held_back():
            # Not by multiprocessing: it would load the whole command line once more.
            process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, str(sender.fileno())],
                stdin=subprocess.PIPE,
                # Who reads our output waits for everybody who holds it.
                stdout=subprocess.DEVNULL,
                pass_fds=[sender.fileno()],
                env=os.environ | {"PYTHONPATH": _with_the_project()},
            )
        with process:
            try:
                yield _received(process, plan, receiver)
            finally:
                process.kill()  # it has ended, or nobody wants the rest


def _with_the_project() -> str:
    return os.pathsep.join(filter(None, [_PROJECT, os.environ.get("PYTHONPATH")]))


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Start a process that never sees Ctrl-C: what it means is decided here alone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _received(
    process: subprocess.Popen[bytes], plan: ImportPlan, receiver: Connection
) -> Iterator[CleanedBatch]:
    assert process.stdin is not None
    try:
        with process.stdin as to_process:
            pickle.dump(plan, to_process)
        while (told := pickle.loads(receiver.recv_bytes())) is not None:
            if isinstance(told, SamvadError):
                raise told
            yield told
    except (EOFError, BrokenPipeError) as exc:
        raise SetupFailed(
            f"the process that cleans the rows ended too early, with {process.wait()}"
        ) from exc


def main() -> None:
    """Clean the list whose plan comes in on stdin; called in the second process."""
    plan: ImportPlan = pickle.load(sys.stdin.buffer)
    gc.disable()  # as in the first one: see the importer
    with Connection(int(sys.argv[1]), readable=False) as sender:
        try:
            _send_all(plan, sender)
        except BrokenPipeError:
            return  # the first process is gone


def _send_all(plan: ImportPlan, sender: Connection) -> None:
    """Send every batch, then None; or, instead of the rest, the error."""

    def send(told: CleanedBatch | SamvadError | None) -> None:
        sender.send_bytes(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))

    with ThreadPoolExecutor(1, "sender") as thread:
        on_their_way: deque[Future[None]] = deque()
        end = None
        try:
            for batch in _clean(plan):
                on_their_way.append(thread.submit(send, batch))
                if len(on_their_way) > _BATCHES_AHEAD:
                    on_their_way.popleft().result()
        except SamvadError as exc:
            end = exc
        on_their_way.append(thread.submit(send, end))
        for one in on_their_way:
            one.result()

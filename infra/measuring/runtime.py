"""Lambda's Runtime API for one process at a time, and what the process took."""

import asyncio
import collections
import dataclasses
import json
import os
import pathlib
import subprocess
import tempfile
import time
import uuid

import serving

NEXT = "/2018-06-01/runtime/invocation/next"


@dataclasses.dataclass
class Run:
    """What one process took: seconds from its start and on a processor, mebibytes; what it answered."""

    init: float
    first: float
    processor: float
    peak: float
    answers: list


class Runtime:
    def __init__(self, events):
        self.events = collections.deque(events)
        self.asked = None
        self.answered = None
        self.answers = []
        self.failed = None
        self.idle = asyncio.Event()

    def handle(self, request):
        now = time.monotonic()
        if request.path == NEXT:
            self.asked = self.asked or now
            self.give(request)
            return
        request.answer(202, b"{}")
        if request.path.endswith("/response"):
            self.answered = self.answered or now
            self.answers.append(json.loads(request.body))
        else:
            self.failed = request.body.decode()
            self.idle.set()

    def give(self, request):
        if not self.events:
            self.idle.set()  # And the process waits, as it does on Lambda.
            return
        request.answer(200, self.events.popleft(), [
            ("Content-Type", "application/json"),
            ("Lambda-Runtime-Aws-Request-Id", uuid.uuid4()),
            ("Lambda-Runtime-Deadline-Ms", int((time.time() + 900) * 1000)),
            ("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:f"),
        ])


async def run(bootstrap, environment, events, seconds=300):
    """Starts a function, has it handle these events and ends it."""
    runtime = Runtime([json.dumps(event).encode() for event in events])
    server, address = await serving.serve(runtime.handle)
    environment = environment | {"AWS_LAMBDA_RUNTIME_API": address}
    with tempfile.TemporaryFile() as log:
        started = time.monotonic()
        process = subprocess.Popen([bootstrap], env=environment, stdout=log, stderr=log, close_fds=False)
        try:
            await idle(runtime, process, seconds)
            peak = peak_of(process.pid)
        finally:
            process.kill()
            _, process.returncode, used = os.wait4(process.pid, 0)
            server.close()
        log.seek(0)
        said = log.read().decode()[-3000:]
    if runtime.failed or runtime.events or runtime.answered is None:
        raise AssertionError(f"{bootstrap} failed: {runtime.failed}\n{said}")
    processor = used.ru_utime + used.ru_stime
    return Run(runtime.asked - started, runtime.answered - started, processor, peak, runtime.answers)


async def idle(runtime, process, seconds):
    """Waits until all is handled, or the process is no more."""
    deadline = time.monotonic() + seconds
    ended = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, process.pid, ended) is None and time.monotonic() < deadline:
        try:
            await asyncio.wait_for(runtime.idle.wait(), 1)
            return
        except asyncio.TimeoutError:
            pass


def peak_of(pid):
    """The most memory that a process had, in mebibytes."""
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return float("nan")
    lines = (line.split() for line in status.splitlines())
    kibibytes = [int(line[1]) for line in lines if line and line[0] == "VmHWM:"]
    return kibibytes[0] / 1024 if kibibytes else float("nan")

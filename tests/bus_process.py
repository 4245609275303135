"""`klantbus up` as the process it is."""

import signal

import psutil
from waiting import until


class Bus:
    """`klantbus up` in a process of its own, with the workers it starts; `words` follow `up`."""

    def __init__(self, terminal, *words: str) -> None:
        self.terminal = terminal
        self.said = terminal.folder / "up.log"
        with self.said.open("a") as talk:
            self.started = self.said.stat().st_size
            self.process = terminal.start("up", *words, stderr=talk, KLANTBUS_PORT="0")

    def address(self) -> str:
        def it_says_where_its_health_is():
            assert self.process.poll() is None, self.said.read_text()
            lines = self.said.read_bytes()[self.started :].decode().splitlines()
            found = [line for line in lines if line.startswith("health")]
            return found and found[0].split()[3].removesuffix("/health")

        return until(it_says_where_its_health_is)

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=120)

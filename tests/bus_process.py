"""`klantbus up` as the process it is."""

import signal

from waiting import until


class Bus:
    """`klantbus up` in a process of its own."""

    def __init__(self, terminal) -> None:
        self.terminal = terminal
        self.said = terminal.folder / "up.log"
        with self.said.open("w") as talk:
            self.process = terminal.start("up", stderr=talk, KLANTBUS_PORT="0")

    def address(self) -> str:
        def it_says_where_its_health_is():
            assert self.process.poll() is None, self.said.read_text()
            found = [line for line in self.said.read_text().splitlines() if line.startswith("health")]
            return found and found[0].split()[3].removesuffix("/health")

        return until(it_says_where_its_health_is)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)

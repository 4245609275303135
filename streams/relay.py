"""What one partition of the streams tells another, in `klantbus.relay`: records in, records out.

* **proposed**: a fact that says who is who (a merge, its undoing, a mending of either), for the registrar.
* **bearing**: the same, copied to all by the registrar.
* **handover**: a customer as it was judged so far, with all its facts, to where its group is judged now.
* **fact**: a later fact of a customer that is judged elsewhere.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from klantbus.bus.ports import PARTITIONS, Record, Stored
from klantbus.bus.topics import RELAY
from streams.pulses import KEYS

_KIND = "relay"
REGISTRAR = 0
"""The partition that puts merges in order."""


class Sent(NamedTuple):
    """A fact as it stood in the log: its name in the store, when it was published (µs), and its bytes."""

    place: str
    published: int
    value: bytes


class Proposed(NamedTuple):
    """A fact that bears on who is who, told to the registrar."""

    sent: Sent


class Bearing(NamedTuple):
    """The same, told by the registrar to all, so that all hear of such facts in one order."""

    sent: Sent


class Forwarded(NamedTuple):
    """A fact of customer `name`, judged elsewhere."""

    name: str
    sent: Sent


class Handover(NamedTuple):
    """What was judged as `key`, and is `name` from now on, goes to where the group of `name` lies.

    Because of fact `cause` that was published at `at` (µs). `state` is the judge's; `part` of `parts` carries
    these facts. `path` names who passed it on, and as what: a partition that had heard more.
    """

    key: str
    name: str
    cause: str
    at: int
    path: str
    state: bytes
    part: int
    parts: int
    facts: tuple[Sent, ...]

    @property
    def id(self) -> str:
        """The same for the same handover, however often it is told."""
        return f"{self.cause}:{self.key}:{self.path}:{self.name}"

    def passed_by(self, partition: int) -> "Handover":
        """Return it as `partition` passes it on: another one, even if it comes by there again."""
        return self._replace(path=f"{self.path}/{partition}/{self.name}")


Told = Proposed | Bearing | Forwarded | Handover


def proposed(sent: Sent) -> Record:
    """Return the record that tells the registrar of a bearing fact."""
    return _record(REGISTRAR, "proposed", [_plain(sent)])


def broadcast(sent: Sent) -> list[Record]:
    """Return the records that tell every partition of a bearing fact."""
    return [_record(partition, "bearing", [_plain(sent)]) for partition in range(PARTITIONS)]


def forwarded(partition: int, name: str, sent: Sent) -> Record:
    """Return the record that tells `partition` of a fact of `name`."""
    return _record(partition, "fact", [name, _plain(sent)])


def handed_over(partition: int, handover: Handover, most: int) -> list[Record]:
    """Return the records that hand a customer over to `partition`, in parts of `most` bytes of facts."""
    shares = list(_shares(handover.facts, most)) or [()]
    return [
        _record(partition, "handover", plain(handover._replace(part=part, parts=len(shares), facts=share)))
        for part, share in enumerate(shares)
    ]


def told_in(record: Stored) -> Told | None:
    """Return what a record of the relay tells; None for one that is none of ours."""
    kind = dict(record.headers).get(_KIND, b"").decode()
    said = orjson.loads(record.value or b"null")
    if kind == "proposed":
        return Proposed(_sent(said[0]))
    if kind == "bearing":
        return Bearing(_sent(said[0]))
    if kind == "fact":
        return Forwarded(said[0], _sent(said[1]))
    if kind == "handover":
        return handover_in(said)
    return None


def plain(handover: Handover) -> list[object]:
    """Return one part of a handover in plain values, for `handover_in`."""
    state = b64encode(handover.state).decode()
    return [*handover[:5], state, handover.part, handover.parts, [_plain(sent) for sent in handover.facts]]


def handover_in(said: Sequence[Any]) -> Handover:
    """Return the part of a handover that `plain` wrote."""
    key, name, cause, at, path, state, part, parts, facts = said
    return Handover(key, name, cause, at, str(path), b64decode(state), part, parts, tuple(map(_sent, facts)))


def _shares(facts: Sequence[Sent], most: int) -> Iterator[tuple[Sent, ...]]:
    share: list[Sent] = []
    size = 0
    for sent in facts:
        size += len(sent.value) * 4 // 3 + 100
        if share and size > most:
            yield tuple(share)
            share, size = [], 0
        share.append(sent)
    if share:
        yield tuple(share)


def _plain(sent: Sent) -> list[object]:
    return [sent.place, sent.published, b64encode(sent.value).decode()]


def _sent(said: Sequence[object]) -> Sent:
    place, published, value = said
    return Sent(str(place), int(str(published)), b64decode(str(value)))


def _record(partition: int, kind: str, said: Sequence[object]) -> Record:
    return Record(RELAY, KEYS[partition], orjson.dumps(said), ((_KIND, kind.encode()),))


def whole(parts: Mapping[int, Handover]) -> Handover:
    """Return the handover that `parts` make together."""
    facts = tuple(sent for number in sorted(parts) for sent in parts[number].facts)
    return parts[0]._replace(parts=1, part=0, facts=facts)

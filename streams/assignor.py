"""Who reads what: one worker has a partition number in *every* topic, because a customer's facts meet there.

Kafka's own assignors deal out topics one by one; while a department's topic is being added, workers that
know it and workers that do not would share a customer. Here the numbers are dealt out first, over all
members, and a topic only follows. A number goes to the member that a hash prefers, as long as that member
has not its fair share already: a worker that comes or goes moves few numbers.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata


def deal(numbers: Sequence[int], workers: Sequence[str]) -> dict[int, str]:
    """Return which of `workers` gets each partition number; shares differ by one at most."""
    if not workers:
        return {}
    most, over = divmod(len(numbers), len(workers))
    given = dict.fromkeys(workers, 0)
    owner: dict[int, str] = {}
    wishes = sorted((_preference(worker, number), number, worker) for number in numbers for worker in workers)
    for _, number, worker in wishes:
        full = given[worker] > most or (given[worker] == most and over == 0)
        if number in owner or full:
            continue
        owner[number] = worker
        given[worker] += 1
        over -= given[worker] == most + 1
    return owner


def _preference(worker: str, number: int) -> bytes:
    return hashlib.blake2b(f"{worker}/{number}".encode(), digest_size=8).digest()


class ByNumber(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka ships no types
    """Deals partition numbers to workers by their names (`worker`: this one's)."""

    name = "klantbus-by-number"
    version = 0

    def __init__(self, worker: str) -> None:
        self.worker = worker

    def assign(
        self,
        cluster: ClusterMetadata,
        members: Mapping[str, ConsumerProtocolMemberMetadata],
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """Return every member's lanes."""
        names = {member: metadata.user_data.decode() or member for member, metadata in members.items()}
        topics = {
            t: cluster.partitions_for_topic(t) or set() for m in members.values() for t in m.subscription
        }
        numbers = sorted(set().union(*topics.values())) if topics else []
        member_of = {name: member for member, name in sorted(names.items())}
        owner = {number: member_of[name] for number, name in deal(numbers, sorted(member_of)).items()}
        return {
            member: ConsumerProtocolMemberAssignment(
                self.version,
                [
                    (topic, sorted(n for n in topics[topic] if owner[n] == member))
                    for topic in sorted(metadata.subscription)
                ],
                b"",
            )
            for member, metadata in members.items()
        }

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """Return what this worker tells the group: its topics and its name."""
        return ConsumerProtocolMemberMetadata(self.version, sorted(topics), self.worker.encode())

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """Keep nothing: the next dealing depends on names alone."""

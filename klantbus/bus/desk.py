"""Where a department states its facts.

    desk = Desk(department="sales", system="crm", publisher=await log.publisher())
    fact = desk.state(PromiseMade(...), subject="10042")
    place = await desk.publish(fact)          # returns when the log has it

With an outbox, `leave` takes facts while the bus is away: it returns when the outbox has them.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import ValidationError
from uuid_utils import uuid7

from klantbus.bus.clock import now as wall_clock
from klantbus.bus.departments import Departments
from klantbus.bus.errors import FactRefused, Misuse
from klantbus.bus.outbox import Outbox
from klantbus.bus.ports import Place, Publisher, Record
from klantbus.bus.reading import record_of
from klantbus.bus.topics import topic_of
from klantbus.domain.events import Fact, Payload
from klantbus.domain.micros import micros


def new_id(now: datetime) -> str:
    """Return a fresh UUIDv7 of the moment `now`."""
    return str(uuid7(nanoseconds=micros(now) * 1000))


class Desk:
    """States facts for one system of one department.

    `departments`, when given, says which types the department may state; without it any type goes, and only
    the log's own permissions count. `now` returns the present, aware.
    """

    def __init__(
        self,
        *,
        department: str,
        system: str,
        publisher: Publisher | None = None,
        outbox: Outbox | None = None,
        departments: Departments | None = None,
        now: Callable[[], datetime] = wall_clock,
    ) -> None:
        self.department = department
        self.source = f"/{department}/{system}"
        self._topic = topic_of(department)
        self._publisher = publisher
        self._outbox = outbox
        self._departments = departments
        self._now = now

    def state(self, payload: Payload, *, subject: str, time: datetime | None = None, **envelope: str) -> Fact:
        """Return the fact that `payload` says about `subject`, with its id made once and for all.

        `time` is when it happened in the world (aware; the present when left out). `envelope` may name
        timezone, actor, sourceref, correlationid, causationid and traceparent. Raises `FactRefused`.
        """
        now = self._now()
        said = {"id": new_id(now), "source": self.source, "subject": subject, "recordedtime": now, **envelope}
        try:
            return Fact.model_validate({**said, "time": time or now, "data": payload})
        except ValidationError as error:
            raise _refusal(error) from None  # the cause would repeat what was said about a person

    def record(self, fact: Fact) -> Record:
        """Return the record that states `fact`. Raises `FactRefused` when that is not up to this desk."""
        if fact.source != self.source:
            raise FactRefused(f"this desk states facts of {self.source}", field="source")
        if self._departments and not self._departments.may_state(self.department, fact.type):
            raise FactRefused(
                f"{self.department} may not state {fact.type}; see departments.toml", field="type"
            )
        return record_of(fact, self._topic)

    async def publish(self, fact: Fact) -> Place:
        """Return the place of `fact` once the log has it. Raises as `publish_many`."""
        [place] = await self.publish_many([fact])
        return place

    async def publish_many(self, facts: Sequence[Fact]) -> Sequence[Place]:
        """Return the places of `facts`, in order, once the log has them all.

        Raises `FactRefused` and `RecordTooLarge` before anything is sent, `LogUnavailable` when the log did
        not answer in time: publish the same facts again then, their ids tell a repeat.
        """
        if self._publisher is None:
            raise Misuse("this desk was given no publisher; leave facts in its outbox")
        return await self._publisher.publish([self.record(fact) for fact in facts])

    async def leave(self, facts: Sequence[Fact]) -> None:
        """Return once the outbox has all `facts` (or raise, and it has none); it ships them in order."""
        if self._outbox is None:
            raise Misuse("this desk was given no outbox; publish, or give it one")
        await self._outbox.put([self.record(fact) for fact in facts])


def _refusal(error: ValidationError) -> FactRefused:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return FactRefused(first["msg"], field=".".join(str(step) for step in first["loc"]))

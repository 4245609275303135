"""`klantbus topic`: the topics and ACLs that departments.toml asks for, planned and made."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from apps.cli.paper import AsJson, LogUrl, put_json, put_rows, talk
from apps.settings import read_settings
from klantbus.bus.access import Grant, grants
from klantbus.bus.departments import load_departments
from klantbus.bus.kafka import KafkaLog
from klantbus.bus.open import open_log
from klantbus.bus.ports import Log, TopicSpec
from klantbus.bus.topics import topic_specs

app = typer.Typer(
    no_args_is_help=True,
    help="The topics and ACLs that departments.toml asks for.\n\n"
    "Example: klantbus topic plan --log kafka://127.0.0.1:9092; klantbus topic apply --log kafka://127.0.0.1:9092",
)

ListFile = Annotated[
    Path | None, typer.Option("--departments", help="The list; default: the one that comes with the sources.")
]
DIFFERENT = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked for, beside what is there. `acls` None: the log checks nobody."""

    specs: Sequence[TopicSpec]
    there: Mapping[str, int]
    grants: Sequence[Grant]
    acls: frozenset[Grant] | None

    @property
    def to_make(self) -> Sequence[TopicSpec]:
        """The topics that are missing."""
        return [spec for spec in self.specs if spec.name not in self.there]

    @property
    def different(self) -> Sequence[str]:
        """The topics that are there with another number of partitions, which cannot be mended in place."""
        return [
            spec.name for spec in self.specs if self.there.get(spec.name, spec.partitions) != spec.partitions
        ]

    @property
    def to_allow(self) -> Sequence[Grant]:
        """The grants that are missing; none where nobody is checked."""
        return [] if self.acls is None else [grant for grant in self.grants if grant not in self.acls]

    @property
    def beyond(self) -> Sequence[Grant]:
        """Grants on the bus's own topics that nobody planned; they stay, but somebody should look."""
        return sorted(grant for grant in (self.acls or ()) if _is_ours(grant) and grant not in self.grants)


@app.command("plan")
def plan_command(log: LogUrl = None, departments: ListFile = None, as_json: AsJson = False) -> None:
    """Show the topics and ACLs asked for, and which of them are there. Changes nothing.

    Example: klantbus topic plan --log kafka://127.0.0.1:9092
    """
    plan = asyncio.run(_planned(_url(log), departments))
    _show(plan, as_json)
    _judge(plan)


@app.command("apply")
def apply_command(log: LogUrl = None, departments: ListFile = None, as_json: AsJson = False) -> None:
    """Make what is missing; what is there stays as it is. ACLs too, where the cluster checks them.

    Example: klantbus topic apply --log kafka://127.0.0.1:9092
    """
    plan = asyncio.run(_applied(_url(log), departments))
    if as_json:
        put_json({"made": [spec.name for spec in plan.to_make], "allowed": [*plan.to_allow]})
    else:
        put_rows([{"made": spec.name} for spec in plan.to_make], empty="every topic was there")
        _tell_acls(plan)
    _judge(plan)


def _url(log: str | None) -> str:
    return read_settings(log=log).log_url


async def _planned(url: str, file: Path | None) -> Plan:
    log = await open_log(url)
    try:
        return await _compare(log, file)
    finally:
        await log.close()


async def _applied(url: str, file: Path | None) -> Plan:
    log = await open_log(url)
    try:
        plan = await _compare(log, file)
        await log.create(plan.to_make)
        if isinstance(log, KafkaLog):
            await log.allow(plan.to_allow)
    finally:
        await log.close()
    return plan


async def _compare(log: Log, file: Path | None) -> Plan:
    departments = load_departments(file or read_settings().departments)
    acls = await log.granted() if isinstance(log, KafkaLog) else None
    return Plan(topic_specs(departments), await log.topics(), grants(departments), acls)


def _is_ours(grant: Grant) -> bool:
    return grant.name.startswith("klantbus")


def _judge(plan: Plan) -> None:
    if plan.different:
        talk.print(
            f"these have another number of partitions, and must be made anew: {', '.join(plan.different)}"
        )
        raise typer.Exit(DIFFERENT)


def _tell_acls(plan: Plan) -> None:
    if plan.acls is None:
        talk.print("this log checks nobody (it has no authorizer): the ACLs were not made")
        return
    put_rows([_grant_row(grant, "allowed") for grant in plan.to_allow], empty="every ACL was there")


def _show(plan: Plan, as_json: bool) -> None:
    topics = [_topic_row(spec, plan) for spec in plan.specs]
    acls = [_grant_row(grant, _standing(grant, plan)) for grant in plan.grants]
    acls += [_grant_row(grant, "not planned") for grant in plan.beyond]
    if as_json:
        put_json({"topics": topics, "acls": acls})
        return
    put_rows(topics, title="Topics")
    put_rows(acls, title="ACLs")
    if plan.acls is None:
        talk.print("this log checks nobody (it has no authorizer): the ACLs are a plan only")


def _topic_row(spec: TopicSpec, plan: Plan) -> Mapping[str, object]:
    standing = "to make" if spec.name not in plan.there else "there"
    return {
        "topic": spec.name,
        "partitions": spec.partitions,
        "days": "for ever" if spec.retention_days is None else spec.retention_days,
        "standing": "different" if spec.name in plan.different else standing,
    }


def _standing(grant: Grant, plan: Plan) -> str:
    if plan.acls is None:
        return "plan only"
    return "there" if grant in plan.acls else "to allow"


def _grant_row(grant: Grant, standing: str) -> Mapping[str, object]:
    return {
        "principal": grant.principal,
        "operation": grant.operation.value,
        "on": f"{grant.kind.value.lower()} {grant.name}{'*' if grant.match.value == 'PREFIXED' else ''}",
        "standing": standing,
    }

"""Who may do what, as Kafka's own ACLs."""

import asyncio
import functools
from collections.abc import Sequence
from enum import Enum
from typing import Any, cast

from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._acl import AclBinding, AclBindingFilter, AclOperation, AclPermissionType
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourcePatternType, ResourceType

from klantbus.bus.access import Grant, Kind, Match, Operation
from klantbus.bus.kafka.client import Cluster, in_thread, within

ANYWHERE = "*"
"""The host: who somebody is counts, not where they sit."""


async def granted(cluster: Cluster, admin: AdminClient) -> frozenset[Grant] | None:
    """Return the grants in force, of the kinds we plan; None when the cluster has no authorizer."""
    async with within(cluster.patience, "tell its ACLs"):
        if not await _checks_anybody(cluster, admin):
            return None
        found = await asyncio.wrap_future(admin.describe_acls(_every(), request_timeout=cluster.patience))
    return frozenset(_grant(binding) for binding in found if _is_planned(binding))


async def allow(cluster: Cluster, admin: AdminClient, grants: Sequence[Grant]) -> None:
    """Put `grants` in force."""
    if not grants:
        return
    async with within(cluster.patience, "take ACLs"):
        answers = admin.create_acls([_binding(grant) for grant in grants], request_timeout=cluster.patience)
        await asyncio.gather(*map(asyncio.wrap_future, answers.values()))


async def _checks_anybody(cluster: Cluster, admin: AdminClient) -> bool:
    """Return whether the brokers have an authorizer; the client hides that error behind an empty list."""
    seen = await in_thread(None, functools.partial(admin.list_topics, timeout=cluster.patience))
    broker = ConfigResource(ResourceType.BROKER, str(min(seen.brokers)))
    (answer,) = admin.describe_configs([broker], request_timeout=cluster.patience).values()
    settings = await asyncio.wrap_future(answer)
    return bool(settings["authorizer.class.name"].value)


def _every() -> AclBindingFilter:
    anything: Any = None  # so the client spells it, against its own types
    return AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _binding(grant: Grant) -> AclBinding:
    return AclBinding(
        ResourceType[grant.kind.value],
        grant.name,
        ResourcePatternType[grant.match.value],
        grant.principal,
        ANYWHERE,
        AclOperation[grant.operation.value],
        AclPermissionType.ALLOW,
    )


def _grant(binding: AclBinding) -> Grant:
    return Grant(
        binding.principal,
        Operation(_word(binding.operation)),
        Kind(_word(binding.restype)),
        binding.name,
        Match(_word(binding.resource_pattern_type)),
    )


def _is_planned(binding: AclBinding) -> bool:
    """Return whether we have words for it; other people's finer ACLs are none of our business."""
    return (
        _word(binding.restype) in Kind.__members__
        and _word(binding.operation) in Operation.__members__
        and _word(binding.resource_pattern_type) in Match.__members__
        and binding.permission_type == AclPermissionType.ALLOW
        and binding.host == ANYWHERE
    )


def _word(value: object) -> str:
    """Return Kafka's word for one of the client's enums; what comes from a cluster is never a bare number."""
    return cast("Enum", value).name

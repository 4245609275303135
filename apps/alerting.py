"""Wiring of the alerter: its settings, its channels, its ledger, its place on the log."""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from alerts.channels.apprise import Apprise
from alerts.channels.http import Post
from alerts.channels.local import Console, FileOutbox
from alerts.channels.mail import Mail, Security
from alerts.channels.port import Channel
from alerts.channels.slack import Slack
from alerts.channels.teams import Teams
from alerts.channels.webhook import Webhook
from alerts.directory import company_of
from alerts.ledger import Ledger
from alerts.loop import Alerter, Setting
from alerts.policy import Policy
from alerts.sieve import Sieve
from apps.logs import opened
from apps.settings import Settings
from klantbus.bus.clock import now
from klantbus.bus.departments import load_departments
from klantbus.bus.errors import Misuse
from klantbus.bus.intake import Intake
from klantbus.bus.parking import Parking
from klantbus.bus.ports import Log
from klantbus.bus.topics import ALERTS, EVERY_DEPARTMENT

log = logging.getLogger(__name__)


class AlertSettings(BaseSettings):
    """What an operator may set for telling people, as `KLANTBUS_ALERTS_...`."""

    model_config = SettingsConfigDict(env_prefix="KLANTBUS_ALERTS_", frozen=True, extra="ignore")

    board: str = Field("http://127.0.0.1:8080", description="address of the board, which links point to")
    smtp_host: str = Field("127.0.0.1", description="mail server")
    smtp_port: int = Field(587, ge=1, le=65535, description="its port")
    smtp_security: Security = Field(Security.STARTTLS, description="starttls, tls, or none on loopback")
    smtp_user: str = Field("", description="name to log in with; empty does not log in")
    smtp_password: SecretStr = Field(SecretStr(""), description="password to log in with")
    mail_from: str = Field("klantbus@localhost.localdomain", description="address that mail comes from")
    webhook_secret: SecretStr = Field(SecretStr(""), description="key that webhooks are signed with")
    allowed_hosts: frozenset[str] = Field(
        frozenset(), description='hosts inside that may be called, as JSON: ["hooks.internal"]'
    )
    patience: float = Field(10.0, gt=0, le=60, description="seconds that a receiver may take")
    pauses: tuple[Annotated[float, Field(gt=0)], ...] = Field(
        (5, 20, 60, 300, 900), min_length=1, description="seconds before each next attempt, as JSON"
    )
    group_wait: float = Field(300.0, ge=0, le=3600, description="seconds that messages wait for their group")
    keep_days: int = Field(400, ge=30, description="days that the ledger remembers what is over")


def channels_of(settings: AlertSettings) -> Mapping[str, Channel]:
    """Return every channel by its name."""
    post = Post(now, settings.allowed_hosts, settings.patience)
    return {
        "mail": Mail(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.mail_from,
            clock=now,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            patience=settings.patience,
        ),
        "slack": Slack(post),
        "teams": Teams(post),
        "webhook": Webhook(post, now, settings.webhook_secret.get_secret_value().encode()),
        "file": FileOutbox(),
        "console": Console(),
        "apprise": Apprise(),
    }


def setting_of(settings: Settings, alerting: AlertSettings, heart: Path | None) -> Setting:
    """Return what an alerter works with."""
    company = company_of(load_departments(settings.departments))
    policy = replace(
        Policy(),
        group_wait=timedelta(seconds=alerting.group_wait),
        keep=timedelta(days=alerting.keep_days),
    )
    pauses = tuple(timedelta(seconds=pause) for pause in alerting.pauses)
    return Setting(company, policy, alerting.board, now, heart, pauses, dict(os.environ))


def ledger_path(settings: Settings) -> Path:
    """Return where the ledger stands when nobody says so."""
    return settings.data / "alerts.sqlite"


def heart_path(settings: Settings) -> Path:
    """Return where the alerter's heart beats when nobody says so."""
    return settings.data / "alerts.heartbeat.json"


async def tell(
    settings: Settings,
    ledger: Path,
    heart: Path,
    stop: asyncio.Event,
    *,
    channels: Mapping[str, Channel] | None = None,
) -> None:
    """Tell people until `stop`, through `channels` or those of the settings.

    Raises `Misuse` when another alerter has this ledger.
    """
    alerting = AlertSettings()
    ledger.parent.mkdir(parents=True, exist_ok=True)
    heart.parent.mkdir(parents=True, exist_ok=True)
    with alone(ledger):
        book = Ledger.open(ledger)
        try:
            async with opened(settings) as bus, _intake(bus, book) as (intake, sieve):
                setting = setting_of(settings, alerting, heart)
                hands = channels or channels_of(alerting)
                alerter = Alerter(book, intake, hands, setting, await bus.publisher())
                await alerter.run(stop, await sieve.ends())
        finally:
            book.close()


@asynccontextmanager
async def _intake(bus: Log, ledger: Ledger) -> AsyncIterator[tuple[Intake, Sieve]]:
    follower = await bus.follower([ALERTS, EVERY_DEPARTMENT], start=ledger.positions())
    sieve = Sieve(follower)
    intake = Intake(sieve, await Parking.open(bus), by="alerts")
    try:
        yield intake, sieve
    finally:
        await intake.close()


@contextmanager
def alone(ledger: Path) -> Iterator[None]:
    """Be the only alerter on a ledger: two would both send what is due."""
    with ledger.with_name(f"{ledger.name}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Misuse(f"another alerter is at work on {ledger}") from error
        yield

"""Settings: flags, then `KLANTBUS_*`, then `klantbus.toml`, then the defaults here.

A `klantbus.toml` stands in the folder from which the command is started; `KLANTBUS_FILE` names another.
"""

import os
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from klantbus.bus.errors import Misuse

PREFIX = "KLANTBUS_"


class Language(StrEnum):
    """The language in which people are spoken to."""

    DUTCH = "nl"
    ENGLISH = "en"


class Settings(BaseSettings):
    """What an operator may set. Each has a default that works on one machine, on loopback."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data: Path = Field(Path(".klantbus"), description="folder in which the bus keeps its files")
    log: str = Field("", description="address of the log; empty is the journal in the data folder")
    departments: Path | None = Field(None, description="departments.toml; none is the one that comes with it")
    policy: Path | None = Field(
        None, description="policy.toml: thresholds and grace; none is RULES' defaults"
    )
    memory: int = Field(600, ge=1, description="MB for customers kept decoded; it is fastest where all fit")
    host: str = Field("127.0.0.1", description="address that health and metrics listen on")
    port: int = Field(8600, ge=0, le=65535, description="port of health and metrics; 0 takes a free one")
    language: Language = Field(Language.DUTCH, description="language of messages: nl or en")

    @property
    def log_url(self) -> str:
        """The address of the log, the journal in the data folder when none is set."""
        return self.log or f"journal://{(self.data / 'journal.sqlite').absolute()}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  no .env: one file is enough
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  no secrets among these
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return where settings come from, the strongest first."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file()))


class Origin(NamedTuple):
    """One setting, its value, and where it came from."""

    name: str
    value: str
    origin: str
    meaning: str


def settings_file() -> Path:
    """Return the settings file: `KLANTBUS_FILE`, else `klantbus.toml` here."""
    return Path(os.environ.get(f"{PREFIX}FILE", "klantbus.toml"))


def read_settings(**flags: Any) -> Settings:  # noqa: ANN401  flags of any command
    """Return the settings; a flag that is None was not given. Raises `Misuse` naming the wrong one."""
    given = {name: value for name, value in flags.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(map(str, first["loc"]))
        raise Misuse(f"setting {name}: {first['msg']} (see: klantbus config show --origin)") from error
    except ValueError as error:
        raise Misuse(f"{settings_file()}: {error}") from error


def origins(settings: Settings) -> list[Origin]:
    """Return every setting with where its value came from."""
    filed = TomlConfigSettingsSource(Settings, settings_file())()
    return [
        Origin(name, str(getattr(settings, name) or ""), _origin(name, filed), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _origin(name: str, filed: dict[str, Any]) -> str:
    if (variable := f"{PREFIX}{name.upper()}") in os.environ:
        return variable
    return str(settings_file()) if name in filed else "default"

"""Every setting of a site, read once from `sync.yaml`; variables `SYNC__<SECTION>__<KEY>` go before the file."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from sync_operators.configuration import commands as of
from sync_operators.configuration.base import Section
from sync_operators.configuration.catalogue import ANY, Entry, Key, catalogue
from sync_operators.configuration.commands import FileCommand
from sync_operators.configuration.faults import in_order, sentences
from sync_operators.configuration.reading import Given, read_given
from sync_operators.configuration.sections import (
    STANDARD_ROLES,
    Approvals,
    Depot,
    Dialect,
    Drop,
    FileLimit,
    Guard,
    Guards,
    Limit,
    Moodle,
    Report,
    Retention,
    Roles,
    Scopes,
    Site,
)
from sync_operators.errors import ConfigurationError
from sync_operators.schedules import Schedules, config_path, load_schedules

__all__ = [
    "COMMANDS",
    "Dialect",
    "Drop",
    "FileCommand",
    "FileGuard",
    "FileLimit",
    "Guard",
    "Limit",
    "Loaded",
    "Schedules",
    "Scopes",
    "Settings",
    "Verb",
    "config_path",
    "entries",
    "load",
    "load_schedules",
    "load_settings",
]

Verb = Literal["create", "update", "suspend", "delete", "unenrol", "remove", "errors"]
FileGuard = Literal["all_changed", "identity_changed", "shrunk", "header"]


class Settings(Section):
    """Settings of Tool Sync for Airflow. Every key has a default; an empty file is valid."""

    site: Site = Site()
    depot: Depot = Field(default_factory=Depot)
    drop: Drop = Drop()
    dialect: Dialect = Dialect()
    moodle: Moodle = Moodle()
    roles: Roles = Field(
        default=dict(STANDARD_ROLES),
        description="Ids of the site's roles by shortname, beside the standard ones; null takes one away.",
        json_schema_extra={"x-allowed": "role shortnames, each with its id"},
    )
    schedules: Schedules = Schedules()
    guards: Guards = Guards()
    retention: Retention = Retention()
    report: Report = Report()
    approvals: Approvals = Approvals()
    users: of.Users = of.Users()
    users_delete: of.UsersDelete = of.UsersDelete()
    users_suspend: of.UsersSuspend = of.UsersSuspend()
    courses_create: of.CoursesCreate = of.CoursesCreate()
    courses_delete: of.CoursesDelete = of.CoursesDelete()
    courses_check: of.CoursesCheck = of.CoursesCheck()
    courses_reset: of.CoursesReset = of.CoursesReset()
    courses_meta: of.CoursesMeta = of.CoursesMeta()
    categories_clean: of.CategoriesClean = of.CategoriesClean()
    enrolments: of.Enrolments = of.Enrolments()
    cohorts: of.Cohorts = of.Cohorts()
    cohort_links: of.CohortLinks = of.CohortLinks()
    groups: of.Groups = of.Groups()
    group_members: of.GroupMembers = of.GroupMembers()
    pictures: of.Pictures = of.Pictures()

    @model_validator(mode="after")
    def _pass_the_dialect_down(self) -> Self:
        """A command's own dialect says only what differs; make it whole, so that nobody reads half of one."""
        for name in COMMANDS:
            section = getattr(self, name)
            if isinstance(section, FileCommand):
                self.__dict__[name] = section.model_copy(update={"dialect": _whole(section.dialect, self.dialect)})
        return self

    def section(self, command: str) -> Section:
        """The settings of any command; KeyError when there is none of that name."""
        if command not in COMMANDS:
            raise KeyError(command)
        found: Section = getattr(self, command)
        return found

    def command(self, name: str) -> FileCommand:
        """The settings of a command that reads CSV; KeyError for any other."""
        found = self.section(name)
        if not isinstance(found, FileCommand):
            raise KeyError(name)
        return found

    def guard(self, command: str, verb: Verb) -> Guard:
        """The limits of one verb of a command."""
        found: Guard = getattr(getattr(self.guards, command), verb)
        return found

    def file_guard(self, command: str, name: FileGuard) -> FileLimit:
        """The limit of one way in which a file of a command may be unlike the last one."""
        found: FileLimit = getattr(getattr(self.guards, command), name)
        return found

    def digest(self, command: str) -> str:
        """SHA-256 over the settings that change what a row of this command does."""
        told = {
            "command": self.section(command).model_dump(mode="json", exclude={"file"}),
            "timezone": self.site.timezone,
            "roles": dict(self.roles),
        }
        if command in ("users_delete", "users_suspend"):
            # They spare the accounts that `users` names: a plan made before that changed must be made again.
            told["spared"] = self.users.model_dump(mode="json", include={"protected", "allow_admins"})
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


COMMANDS = tuple(name for name in Settings.model_fields if name in Guards.model_fields)


def _whole(own: Dialect, general: Dialect) -> Dialect:
    return general.model_copy(update={name: getattr(own, name) for name in own.model_fields_set})


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings, and where each that is no default was given: `users.file` → `sync.yaml, line 14`."""

    settings: Settings
    origins: Mapping[str, str]


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings of a file and the environment; ConfigurationError with everything that is wrong."""
    return _checked(read_given(path, environ))


def load(path: Path | None, environ: Mapping[str, str]) -> Loaded:
    """Like `load_settings`, with the origin of each setting."""
    given = read_given(path, environ)
    return Loaded(_checked(given), MappingProxyType(_origins(given)))


def _checked(given: Given) -> Settings:
    faults = list(given.faults)
    try:
        settings = Settings.model_validate(given.values)
    except ValidationError as error:
        faults += sentences(error, given, entries())
    if faults:
        raise ConfigurationError("\n".join(in_order(faults)), remedy="Every setting: docs/reference/settings.md.")
    return settings


def _origins(given: Given) -> dict[str, str]:
    """The places of settings; sections and items of lists have none of their own."""
    known = entries()
    return {".".join(key): place for key, place in given.places.items() if _is_setting(key, known)}


def _is_setting(key: Key, known: Mapping[Key, Entry]) -> bool:
    entry = known.get(key) or known.get((*key[:-1], ANY))
    return entry is not None and not entry.keys and (*key, ANY) not in known


@cache
def entries() -> Mapping[Key, Entry]:
    """Every section and setting, for faults and manual."""
    return MappingProxyType(catalogue(Settings.model_json_schema()))


def json_schema() -> dict[str, Any]:
    """The JSON schema by which editors complete `sync.yaml`; a section may be left empty."""
    schema = _without_outer_defaults(Settings.model_json_schema())
    for name, node in schema["properties"].items():
        if "$ref" in node:
            schema["properties"][name] = {"anyOf": [{"$ref": node.pop("$ref")}, {"type": "null"}], **node}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _without_outer_defaults(node: Any) -> Any:
    """A section's default is that of its settings; told again at each level it makes up most of the schema."""
    if isinstance(node, list):
        return [_without_outer_defaults(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        name: _without_outer_defaults(below)
        for name, below in node.items()
        if name != "default" or not isinstance(below, dict)
    }

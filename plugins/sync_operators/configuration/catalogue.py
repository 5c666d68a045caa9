"""Every setting with its default and what it allows, read out of the JSON schema of the model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[str, ...]
Schema = Mapping[str, Any]

# Stands for any name, where names are the site's own (`roles`).
ANY = "*"


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting, or a section with the settings in it."""

    key: Key
    says: str
    allowed: str
    default: Any
    keys: tuple[str, ...] = ()
    unit: str = ""

    @property
    def name(self) -> str:
        """The name as people write it: `users.file`."""
        return ".".join(self.key)


def catalogue(schema: Schema) -> dict[Key, Entry]:
    """All sections and settings of a schema, outer ones first."""
    return {entry.key: entry for entry in _entries((), schema, schema, None)}


def _entries(key: Key, node: Schema, root: Schema, default: Any) -> Iterator[Entry]:
    node = _resolved(node, root)
    properties: Mapping[str, Schema] = node.get("properties", {})
    allowed = _keys_allowed(properties) if properties else _allowed(node)
    yield Entry(key, node.get("description", ""), allowed, default, tuple(properties), node.get("x-unit", ""))
    for name, below in properties.items():
        outer = default.get(name) if isinstance(default, Mapping) else None
        yield from _entries((*key, name), below, root, below.get("default") if outer is None else outer)
    if isinstance(node.get("additionalProperties"), Mapping):
        yield from _entries((*key, ANY), node["additionalProperties"], root, None)


def _resolved(node: Schema, root: Schema) -> Schema:
    """A node with what it refers to; its own description goes before that of the other."""
    if "$ref" not in node:
        return node
    other = root["$defs"][node["$ref"].rsplit("/", 1)[1]]
    return {**other, **{name: value for name, value in node.items() if name != "$ref"}}


def _keys_allowed(properties: Mapping[str, Schema]) -> str:
    return "the keys " + ", ".join(f"`{name}`" for name in properties)


def _allowed(node: Schema) -> str:
    if "anyOf" in node:
        return " or ".join(_allowed(one) for one in sorted(node["anyOf"], key=lambda one: one.get("type") == "null"))
    if "x-allowed" in node:
        return str(node["x-allowed"])
    if "enum" in node:
        return ", ".join(f"`{'tab' if one == chr(9) else one}`" for one in node["enum"])
    return _WORDS[node["type"]] + _bounds(node)


_WORDS = {
    "boolean": "`true` or `false`",
    "integer": "a whole number",
    "null": "`null`",
    "number": "a number",
    "object": "names with a value each",
    "string": "a text",
}


def _bounds(node: Schema) -> str:
    lowest = node["exclusiveMinimum"] + 1 if "exclusiveMinimum" in node else node.get("minimum")
    bounds = [f"{word} {value}" for word, value in (("from", lowest), ("to", node.get("maximum"))) if value is not None]
    if node.get("minLength"):
        bounds.append("that is not empty")
    if "maxLength" in node:
        bounds.append(f"of at most {node['maxLength']} character")
    if "pattern" in node:
        bounds.append(f"that matches `{node['pattern']}`")
    return "".join(f" {bound}" for bound in bounds)

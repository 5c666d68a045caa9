"""Values as the YAML file and the environment give them, each with the place it comes from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

Key = tuple[str, ...]
# How a line of a text is named in messages.
Place = Callable[[int], str]
PREFIX = "SYNC__"


@dataclass(frozen=True, slots=True)
class Given:
    """What was given: values by section and key, the place of each, and what could not be read."""

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[Key, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def place(self, key: Key) -> str:
        """Where a key, or what it is part of, was given."""
        while key and key not in self.places:
            key = key[:-1]
        return self.places.get(key, "")


def read_given(path: Path | None, environ: Mapping[str, str]) -> Given:
    """The values of a file, those of the environment over them."""
    given = Given()
    if path is not None:
        _read_file(path, given)
    _read_environment(environ, given)
    return given


def _read_file(path: Path, given: Given) -> None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        given.faults.append(f"{path}: cannot be read: {error.strerror}. `SYNC_CONFIG` names another file.")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        given.faults.append(f"{path.name}, line {line}: not UTF-8 (byte 0x{error.object[error.start]:02x}).")
    else:
        _read_text(text, lambda line: f"{path.name}, line {line}", given)


def _read_text(text: str, place: Place, given: Given) -> None:
    import yaml

    loader = _loader(text)
    try:
        node = loader.get_single_node()
        if isinstance(node, yaml.MappingNode):
            given.values.update(_Reader(loader, place, given).mapping(node, ()))
        elif node is not None and node.value != "":
            given.faults.append(f"{place(_line(node))}: sections are expected, such as `users:`, not {_shape(node)}.")
    except (yaml.YAMLError, RecursionError) as error:
        given.faults.append(_syntax(place, error))
    finally:
        loader.dispose()


def _loader(text: str) -> Any:
    """PyYAML's loader in C where it is built, ten times as fast."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)


def _line(node: "yaml.Node") -> int:
    return int(node.start_mark.line) + 1


def _name(node: "yaml.Node") -> str:
    """A key as it is written, so that `on` and `5` are names too."""
    return node.value if isinstance(node.value, str) else "…"


def _shape(node: "yaml.Node") -> str:
    return "a list" if isinstance(node.value, list) else "a single value"


_HINTS = {
    "alias": " A value that begins with `*` needs quotes.",
    "anchor": " A value that begins with `&` needs quotes.",
    "cannot start any token": " Put the value in quotes; indent with spaces.",
    "mapping values are not allowed": " A value with `: ` in it needs quotes.",
}


def _syntax(place: Place, error: Exception) -> str:
    """One line of what PyYAML says in six."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    said = [str(text) for text in (getattr(error, "context", None), getattr(error, "problem", None)) if text]
    problem = ", ".join(said) or str(error).splitlines()[0]
    hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
    return f"{place(mark.line + 1 if mark else 1)}: this is not YAML: {problem}.{hint}"


class _Reader:
    """Plain values of a tree of YAML nodes; notes the line of each."""

    def __init__(self, loader: Any, place: Place, given: Given) -> None:
        self._loader = loader
        self._place = place
        self._given = given
        self._open: set[int] = set()

    def mapping(self, node: "yaml.MappingNode", at: Key) -> dict[str, Any]:
        """The values of a mapping; of a key given twice the later is read and the fault noted."""
        self._note_twice(node, at)
        self._loader.flatten_mapping(node)
        values = {}
        for key_node, value_node in node.value:
            key = (*at, _name(key_node))
            self._given.places[key] = self._place(_line(key_node))
            values[key[-1]] = self.value(value_node, key)
        return values

    def _note_twice(self, node: "yaml.MappingNode", at: Key) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            key = (*at, _name(key_node))
            line = _line(key_node)
            if key[-1] in first:
                self._fault(line, f"`{'.'.join(key)}` was given in line {first[key[-1]]} too.")
            first.setdefault(key[-1], line)

    def _fault(self, line: int, says: str) -> None:
        self._given.faults.append(f"{self._place(line)}: {says}")

    def value(self, node: "yaml.Node", at: Key) -> Any:
        if id(node) in self._open:
            self._fault(_line(node), f"`{'.'.join(at)}` contains itself.")
            return None
        self._open.add(id(node))
        try:
            return self._content(node, at)
        finally:
            self._open.discard(id(node))

    def _content(self, node: "yaml.Node", at: Key) -> Any:
        import yaml

        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*at, str(index))) for index, item in enumerate(node.value)]
        return self._scalar(node, at)

    def _item(self, node: "yaml.Node", at: Key) -> Any:
        self._given.places[at] = self._place(_line(node))
        return self.value(node, at)

    def _scalar(self, node: "yaml.Node", at: Key) -> Any:
        import yaml

        try:
            return self._loader.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):  # `2026-13-45`, `!python/name:os.system`
            self._fault(_line(node), f"`{'.'.join(at)}` cannot be read; put it in quotes.")
            return None


def _read_environment(environ: Mapping[str, str], given: Given) -> None:
    """Variables over the file, shallow ones first: the more exact a variable, the more it counts."""
    seen: dict[Key, str] = {}
    for key, variable in sorted(_variables(environ), key=lambda pair: (len(pair[0]), pair[1])):
        if key in seen:
            given.faults.append(f"{variable}: the same setting as {seen[key]}; remove one.")
        seen[key] = variable
        if not all(key):
            given.faults.append(f"{variable}: names no setting; write {PREFIX}<SECTION>__<KEY>.")
        elif environ[variable].strip():
            _overlay(key, variable, environ[variable], given)


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[Key, str]]:
    for variable in environ:
        if variable.upper().startswith(PREFIX):
            yield tuple(variable[len(PREFIX) :].lower().split("__")), variable


def _overlay(key: Key, variable: str, text: str, given: Given) -> None:
    read = Given()
    value = _environment_value(text, key, lambda _line: variable, read)
    given.faults.extend(read.faults)
    if read.faults:
        return
    for stale in [place for place in given.places if place[: len(key)] == key and not isinstance(value, dict)]:
        del given.places[stale]
    for depth in range(1, len(key)):
        given.places.setdefault(key[:depth], variable)
    given.places.update({key: variable, **read.places})
    _put(given.values, key, value)


def _environment_value(text: str, key: Key, place: Place, read: Given) -> Any:
    """The value of a text as YAML; text that is none (`*/10 * * * *`), or a comment (`#`), is taken as it is."""
    import yaml

    loader = _loader(text)
    try:
        node = loader.get_single_node()
        return text.strip() if node is None else _Reader(loader, place, read).value(node, key)
    except (yaml.YAMLError, RecursionError) as error:
        if text.lstrip().startswith(("{", "[")):
            read.faults.append(_syntax(place, error))
        return text.strip()
    finally:
        loader.dispose()


def _put(values: dict[str, Any], key: Key, value: Any) -> None:
    """Lay a value over others; mappings are joined, anything else is replaced."""
    for part in key[:-1]:
        if values.get(part) is None:
            values[part] = {}
        values = values[part]
        if not isinstance(values, dict):
            return  # a fault of the file, told when the values are checked
    values[key[-1]] = _joined(values.get(key[-1]), value)


def _joined(under: Any, over: Any) -> Any:
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    return under | {key: _joined(under.get(key), value) for key, value in over.items()}

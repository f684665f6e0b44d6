"""What the official REST SDK may send and gets: read from the installed package, whatever its release.

Each method of its resources is called with a client that only notes verb, path, types of query and body, and the type of
the answer. Bodies are held against the types as the service would: a missing or unknown field, a wrong type, a value that
no enumeration has."""
import datetime
import importlib
import inspect
import json
import pkgutil
import types
import typing

import pydantic
import stigg.resources
import typing_extensions
from stigg._utils import PropertyInfo


class Route(typing.NamedTuple):
    method: str
    template: str
    body: typing.Any
    query: typing.Any
    answer: typing.Any


class Client:
    """Stands for the SDK's client: notes what a resource would send."""

    def __init__(self, found):
        self.found = found

    def note(self, method):
        def call(path, *, body=None, options=None, cast_to=None, page=None, model=None, **_):
            query = (options or {}).get("query")
            self.found.append(Route(method, path, body, query, page or cast_to))
        return call


def routes():
    """All of them, by `METHOD template`."""
    found = []
    for module in pkgutil.walk_packages(stigg.resources.__path__, "stigg.resources."):
        module = importlib.import_module(module.name)
        for name in ("maybe_transform",):
            if hasattr(module, name):
                setattr(module, name, lambda data, kind: kind)
        module.path_template = lambda template, **_: template
        module.make_request_options = lambda *, query=None, **_: {"query": query}
        for name, kind in vars(module).items():
            if not inspect.isclass(kind) or kind.__module__ != module.__name__ or name.startswith("Async"):
                continue
            if not name.endswith("Resource"):
                continue
            resource = object.__new__(kind)
            client = Client(found)
            for verb in ("get", "post", "put", "patch", "delete"):
                setattr(resource, f"_{verb}", client.note(verb.upper()))
            resource._get_api_list = client.note("GET")
            for method_name, method in inspect.getmembers(kind, inspect.isfunction):
                if method_name.startswith("_"):
                    continue
                needed = {
                    argument.name: "x" for argument in inspect.signature(method).parameters.values()
                    if argument.default is argument.empty and argument.name != "self"}
                method(resource, **needed)
    return {f"{route.method} {route.template}": route for route in found}


def hints(kind):
    """The fields of a typed dictionary as they travel: their type, and whether they must be there."""
    fields = {}
    for name, hint in typing_extensions.get_type_hints(kind, include_extras=True).items():
        required = False
        alias = name
        while True:
            origin = typing_extensions.get_origin(hint)
            if origin in (typing_extensions.Required, typing.Required):
                required, hint = True, hint.__args__[0]
            elif origin is typing_extensions.Annotated:
                for note in hint.__metadata__:
                    if isinstance(note, PropertyInfo) and note.alias:
                        alias = note.alias
                hint = hint.__origin__
            else:
                break
        if not alias.startswith("X-"):
            fields[alias] = (hint, required)
    return fields


def problem(value, kind, place, text=False):
    """Why `value` is none of `kind`; None where it is one. In a query everything is text."""
    origin, arguments = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin is typing_extensions.Annotated:
        return problem(value, arguments[0], place, text)
    if kind in (object, typing.Any):
        return None
    if kind is type(None):
        return None if value is None else f"{place} must be null"
    if origin in (typing.Union, types.UnionType):
        found = [problem(value, one, place, text) for one in arguments]
        # Of several objects that it might be, the one that it is nearest to says what is missing.
        return None if None in found else max(found, key=lambda one: one.count("."))
    if origin in (typing.Literal, typing_extensions.Literal):
        return None if value in arguments else f"{place} is {value!r}, which is none of {arguments[:12]}"
    if typing_extensions.is_typeddict(kind):
        return object_problem(value, kind, place, text)
    if origin is dict or kind is dict:
        if not isinstance(value, dict):
            return f"{place} must be an object, not {value!r}"
        inner = arguments[1] if arguments else object
        return next((found for name, one in value.items() if (found := problem(one, inner, f"{place}.{name}", text))), None)
    if kind is str:
        return None if isinstance(value, str) else f"{place} must be text, not {value!r}"
    if kind is bool:
        fits = value in ("true", "false") if text else isinstance(value, bool)
        return None if fits else f"{place} must be true or false, not {value!r}"
    if kind in (int, float):
        if text:
            try:
                kind(value)
                return None
            except ValueError:
                return f"{place} must be a number, not {value!r}"
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and (kind is float or value == int(value))
        return None if fits else f"{place} must be a number, not {value!r}"
    if kind is datetime.datetime:
        try:
            datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
            return None
        except (AttributeError, ValueError):
            return f"{place} must be a time, not {value!r}"
    # Lists of several spellings: List, Iterable, the SDK's SequenceNotStr.
    if text and isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list):
        return f"{place} must be a list, not {value!r}"
    inner = arguments[0] if arguments else object
    return next(
        (found for number, one in enumerate(value) if (found := problem(one, inner, f"{place}[{number}]", text))), None)


def object_problem(value, kind, place, text=False):
    if not isinstance(value, dict):
        return f"{place} must be an object, not {value!r}"
    fields = hints(kind)
    for name in value:
        if name not in fields:
            return f"{place}.{name} is not known"
    for name, (hint, required) in fields.items():
        if name not in value:
            if required:
                return f"{place}.{name} is missing"
            continue
        if found := problem(value[name], hint, f"{place}.{name}", text):
            return found
    return None


def nested(query):
    """A query as an object: `createdAt[gte]=…` is a part of `createdAt`."""
    members = {}
    for name, value in query:
        if name.endswith("]") and "[" in name:
            outer, inner = name[:-1].split("[", 1)
            members.setdefault(outer, {})[inner] = value
        elif name in members:
            return None
        else:
            members[name] = value
    return members


def pruned(value, kind):
    """An answer with nothing but what the SDK's types have: what the service does not return stays away."""
    origin, arguments = typing_extensions.get_origin(kind), typing_extensions.get_args(kind)
    if origin is typing_extensions.Annotated:
        return pruned(value, arguments[0])
    if origin in (typing.Union, types.UnionType):
        if value is None:
            return None
        options = [one for one in arguments if one is not type(None)]
        for one in options:
            marks = [
                field for field in getattr(one, "model_fields", {}).values()
                if typing_extensions.get_origin(field.annotation) is typing.Literal]
            if marks and isinstance(value, dict) and all(
                    value.get(mark.alias) in typing_extensions.get_args(mark.annotation) for mark in marks
                    if mark.alias in ("type",)):
                return pruned(value, one)
        return pruned(value, options[0]) if options else value
    if inspect.isclass(kind) and issubclass(kind, pydantic.BaseModel) and isinstance(value, dict):
        known = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
        return {name: pruned(one, known[name]) for name, one in value.items() if name in known}
    if isinstance(value, list):
        return [pruned(one, arguments[0] if arguments else object) for one in value]
    if origin is dict and isinstance(value, dict):
        return {name: pruned(one, arguments[1]) for name, one in value.items()}
    return value


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def fault(route, names, body, query):
    """Why the service would not take a request of a route, whose path has `names`; None where it would."""
    def checked(value, kind, place, text=False):
        if not typing_extensions.is_typeddict(kind):
            found = [checked(value, one, place, text) for one in typing_extensions.get_args(kind)]
            return None if None in found else found[0]
        # What the path says the SDK lists among the fields, and takes out.
        return problem({**{name: "x" for name in names if name in hints(kind)}, **value}, kind, place, text)

    if query and route.query is None:
        return f"the query {query} is not known"
    members = nested(query)
    if members is None:
        return "a name stands twice in the query"
    if route.query is not None and (found := checked(members, route.query, "query", text=True)):
        return found
    if route.body is None:
        return None if not body or json.loads(body) == {} else f"a body is not known: {body[:200]!r}"
    try:
        value = json.loads(body)
    except ValueError:
        return "the body is no JSON"
    return checked(value, route.body, "body")


def pruned_answer(answer, route):
    kind = route.answer
    if typing_extensions.get_origin(kind) is not None or not hasattr(kind, "model_fields"):
        return answer
    kept = pruned(answer, kind)
    return kept if "data" in kept else answer

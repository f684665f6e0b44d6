"""Documents held against the service's GraphQL schema, as the official client `stigg-api-client` carries it."""
import importlib.util

from graphql import parse

SCALARS = {
    "String": str, "ID": str, "UUID": str, "DateTime": str, "Int": int, "Float": (int, float), "Boolean": bool,
    "JSON": object, "ConnectionCursor": str}


class Refused(Exception):
    pass


class Schema:
    def __init__(self, path):
        spec = importlib.util.spec_from_file_location("schema", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.types = module.schema

    def fields(self, name):
        kind = getattr(self.types, name, None)
        if kind is None:
            raise Refused(f"there is no type {name}")
        return {field.graphql_name: field for field in kind if hasattr(field, "graphql_name")}

    def check(self, text, variables):
        """Raises Refused for a document that the service would not execute; the name of its root field."""
        document = parse(text)
        (operation,) = document.definitions
        declared = {}
        for definition in operation.variable_definitions or []:
            name, kind = definition.variable.name.value, definition.type
            declared[name] = kind
            self.value(variables.get(name), kind, f"${name}")
        for name in variables:
            if name not in declared:
                raise Refused(f"${name} is not declared")
        root = "Query" if operation.operation.value == "query" else "Mutation"
        self.selections(operation.selection_set, root, declared)
        return operation.selection_set.selections[0].name.value

    def selections(self, selections, name, declared):
        for selection in selections.selections:
            if selection.kind == "inline_fragment":
                self.selections(selection.selection_set, selection.type_condition.name.value, declared)
                continue
            field_name = selection.name.value
            if field_name == "__typename":
                continue
            members = getattr(getattr(self.types, name), "__types__", None)
            if members:
                raise Refused(f"{name} is a union: {field_name} needs a fragment")
            field = self.fields(name).get(field_name)
            if field is None:
                raise Refused(f"{name} has no field {field_name}")
            known = {argument.graphql_name: argument for argument in field.args.values()}
            given = {argument.name.value: argument.value for argument in selection.arguments}
            for argument, kind in known.items():
                if kind.type.__name__.endswith("!") and argument not in given:
                    raise Refused(f"{name}.{field_name} needs {argument}")
            for argument, value in given.items():
                if argument not in known:
                    raise Refused(f"{name}.{field_name} has no argument {argument}")
                mine = str_type(declared[value.name.value])
                if mine.rstrip("!") != known[argument].type.__name__.rstrip("!"):
                    raise Refused(f"{name}.{field_name}({argument}) is {known[argument].type.__name__}, not {mine}")
            inner = field.type.__name__.replace("[", "").replace("]", "").replace("!", "")
            is_leaf = inner in SCALARS or hasattr(getattr(self.types, inner), "__choices__") or not (
                hasattr(getattr(self.types, inner), "__types__") or list(getattr(self.types, inner)))
            if is_leaf and selection.selection_set:
                raise Refused(f"{name}.{field_name} has no fields")
            if not is_leaf:
                if not selection.selection_set:
                    raise Refused(f"{name}.{field_name} needs a selection")
                self.selections(selection.selection_set, inner, declared)

    def value(self, value, kind, place):
        """Of a type of the document's own syntax."""
        if kind.kind == "non_null_type":
            if value is None:
                raise Refused(f"{place} must not be null")
            kind = kind.type
        self.named(value, str_type(kind), place)

    def named(self, value, name, place):
        if name.endswith("!"):
            if value is None:
                raise Refused(f"{place} must not be null")
            name = name[:-1]
        if value is None:
            return
        if name.startswith("["):
            for number, item in enumerate(value if isinstance(value, list) else [value]):
                self.named(item, name[1:-1], f"{place}[{number}]")
            return
        if name in SCALARS:
            fits = isinstance(value, SCALARS[name]) and (name in ("Boolean", "JSON") or not isinstance(value, bool))
            if not fits:
                raise Refused(f"{place} must be {name}, not {value!r}")
            return
        kind = getattr(self.types, name, None)
        if hasattr(kind, "__choices__"):
            if value not in kind.__choices__:
                raise Refused(f"{place} is {value!r}, which is none of {name}")
            return
        if not isinstance(value, dict):
            raise Refused(f"{place} must be an object, not {value!r}")
        known = self.fields(name)
        for member in value:
            if member not in known:
                raise Refused(f"{place} has no {member}")
        for member, field in known.items():
            self.named(value.get(member), field.type.__name__, f"{place}.{member}")


def str_type(kind):
    if kind.kind == "non_null_type":
        return str_type(kind.type) + "!"
    if kind.kind == "list_type":
        return f"[{str_type(kind.type)}]"
    return kind.name.value

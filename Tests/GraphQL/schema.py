"""The types that we declare are the service's: each has a field of the same name and type there, and root fields their
arguments; inputs have no other fields than there.

schema.py SCHEMA: the module that the official client `stigg-api-client` has the service's schema in.
"""
import importlib.util
import pathlib
import re
import sys

from graphql import parse
from graphql.language import print_ast

spec = importlib.util.spec_from_file_location("schema", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
theirs = module.schema
# Of ours that the service does not have by these names.
OURS = {("CouponChangeVariables", "newCoupon"), ("RecurringCreditsChangeVariables", "changeType")}

folder = pathlib.Path(__file__).resolve().parents[2] / "Sources/TidemillGraphQL/Schema"
source = "\n".join(path.read_text() for path in sorted(folder.glob("SchemaText*.swift")))
texts = dict(re.findall(r'let (\w+) = """\n(.*?)\n\s*"""', source, re.S))
document = parse("\n".join(
    re.sub(r"\\\((\w+)\)", lambda found: texts[found[1]], text) for name, text in texts.items() if not name.endswith("Fields")))


def fields(name):
    kind = getattr(theirs, name, None)
    return {} if kind is None else {field.graphql_name: field for field in kind if hasattr(field, "graphql_name")}


problems, count = [], 0
for definition in document.definitions:
    name = definition.name.value
    if definition.kind == "union_type_definition":
        known = {kind.__name__ for kind in getattr(theirs, name).__types__}
        problems += [f"{name} has no {kind.name.value}" for kind in definition.types if kind.name.value not in known]
    if definition.kind == "enum_type_definition":
        known = getattr(theirs, name).__choices__
        problems += [f"{name} has no {value.name.value}" for value in definition.values if value.name.value not in known]
    if definition.kind == "input_object_type_definition":
        known = fields(name)
        count += len(definition.fields)
        problems += [f"{name}.{field.name.value}: the service takes no such field" for field in definition.fields
                     if field.name.value not in known]
    if definition.kind != "object_type_definition":
        continue
    known = fields(name)
    for field in definition.fields:
        count += 1
        if (name, field.name.value) in OURS:
            continue
        other = known.get(field.name.value)
        if other is None:
            problems.append(f"{name}.{field.name.value}: the service has no such field")
        elif other.type.__name__ != print_ast(field.type):
            problems.append(f"{name}.{field.name.value}: {print_ast(field.type)}, the service's is {other.type.__name__}")
        for argument in field.arguments:
            given = other and {one.graphql_name: one for one in other.args.values()}.get(argument.name.value)
            if other and (given is None or given.type.__name__ != print_ast(argument.type)):
                problems.append(f"{name}.{field.name.value}({argument.name.value}): the service's is "
                                f"{given and given.type.__name__}")
print("\n".join(problems) or f"the schema: {count} fields, each is the service's")
sys.exit(1 if problems else 0)

"""Every operation's own example, by its name and by its route: the answer is what the OpenAPI document says. What the
examples made stays in the server, so that what is tried afterwards finds something."""
import json
import subprocess
import sys
import urllib.parse

import requests
import schemathesis
from schemathesis.core.failures import Failure, FailureGroup

PROGRAM, URL = sys.argv[1:]
# Whoever asks this server is no operator: what they change is refused, with an answer that conforms, too.
session = requests.Session()
session.headers["X-API-KEY"] = "test"


def table(*arguments):
    return json.loads(subprocess.run(
        [PROGRAM, "operations", *arguments, "--json"], check=True, capture_output=True, text=True).stdout)


def named(operation, fields):
    return session.post(f"{URL}/operations/{operation}", json=fields)


def word(value):
    return value if isinstance(value, str) else json.dumps(value)


def fits(route, fields):
    """Whether the example gives what the path names: an invoice's id is made by the server, and so in no example."""
    return all(part[1:-1] in fields for part in route.split("/") if part.startswith("{"))


def routed(route, fields):
    """As clients of the API write it: names of the path, the rest in the query of a GET and in the body of others."""
    method, template = route.split(" ")
    fields = dict(fields)
    path = "/".join(
        urllib.parse.quote(fields.pop(part[1:-1]), safe="") if part.startswith("{") else part
        for part in template.split("/"))
    if method not in ("GET", "DELETE"):
        return session.request(method, URL + path, json=fields)
    query = {}
    for name, value in fields.items():
        if isinstance(value, dict):
            query.update({f"{name}[{part}]": word(inner) for part, inner in value.items()})
        elif value is not None:
            query[name] = ",".join(map(word, value)) if isinstance(value, list) else word(value)
    return session.request(method, URL + path, params=query)


def main():
    schema = schemathesis.openapi.from_dict(session.get(f"{URL}/openapi.json").json())
    found, answered = [], 0

    def judge(what, path, method, response):
        nonlocal answered
        answered += response.status_code == 200
        try:
            schema[path][method].validate_response(response)
        except (Failure, FailureGroup) as fault:
            found.append(f"{what}: {response.status_code} {response.text[:300]}")
            found.extend(str(one) for one in getattr(fault, "exceptions", [fault]))

    def snapshot():
        return session.post(f"{URL}/snapshots").json()["id"]

    empty = snapshot()
    rows = [table(row["operation"]) for row in table()]
    for row in rows:
        operation, example = row["operation"], row["example"]
        for way in ("name", "route"):
            if way == "route" and (row["audience"] != "client" or not fits(row["route"], example["input"])):
                continue
            # What reads leaves the world as it was.
            if way == "name" or row["effect"] == "write":
                session.post(f"{URL}/snapshots/{empty}/restore")
                for step in example["after"]:
                    named(step["operation"], step["input"])
            if way == "name":
                judge(operation, f"/operations/{operation}", "POST", named(operation, example["input"]))
            else:
                method, path = row["route"].split(" ")
                judge(f"{operation} by {row['route']}", path, method, routed(row["route"], example["input"]))
    session.post(f"{URL}/snapshots/{empty}/restore")
    for row in rows:
        for step in [*row["example"]["after"], {"operation": row["operation"], "input": row["example"]["input"]}]:
            if not step["operation"].startswith(("archive", "remove", "cancel", "delete", "void", "revoke")):
                named(step["operation"], step["input"])
    for fault in found:
        print(f"conformance: {fault}", file=sys.stderr)
    if found:
        return 1
    assert answered > len(rows), answered
    print(f"conformance: {answered} answers to examples are what docs/openapi.json says")
    return 0


sys.exit(main())

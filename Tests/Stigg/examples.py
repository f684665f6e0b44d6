"""Every operation's own example, sent to the strict fake by `tidemill call` with client.backend = "stigg".

What the fake takes is what the service takes; what it answers has each field that the embedded engine answers, except those
that the program itself says do not come back.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import stage

PROGRAM = sys.argv[1]
# Made by the server: no example can know it.
UNKNOWN_IDS = {"updateCreditGrant", "voidCreditGrant", "releaseCreditReservation"}


def table(*arguments):
    return json.loads(subprocess.run(
        [PROGRAM, "operations", *arguments, "--json"], check=True, capture_output=True, text=True).stdout)


def paths(value, fields, prefix=""):
    """The paths of an answer, as far as the table names them."""
    found = set()
    if isinstance(value, list):
        for item in value:
            found |= paths(item, fields, prefix)
    elif isinstance(value, dict):
        for field in fields:
            if value.get(field["name"]) is not None:
                found.add(prefix + field["name"])
                found |= paths(value[field["name"]], field.get("fields", []), prefix + field["name"] + ".")
    return found


def main():
    faults, sent, refused = [], 0, 0
    missing = {}
    with stage.Stage(PROGRAM, *sys.argv[2:]) as there:
        rows = [table(row["operation"]) for row in table() if row["audience"] == "client"]
        for row in rows:
            name, example = row["operation"], row["example"]
            there.empty()
            steps = [(step["operation"], step["input"]) for step in example["after"]] + [(name, example["input"])]
            ours = None
            for operation, fields in steps:
                status, ours = there.direct(operation, fields)
            there.empty()
            theirs, code = None, None
            for operation, fields in steps:
                fields = there.known(operation, fields, theirs)
                code, theirs = there.call(operation, fields)
                if code == "not_on_stigg" and operation != name:
                    # What the service has by other means is there all the same.
                    code, theirs = None, there.direct(operation, fields)[1]
                if code and code != "not_on_stigg":
                    faults.append(f"{name}: {operation}: {theirs}")
            if code == "not_on_stigg":
                refused += 1
                continue
            sent += 1
            if code is None and status == 200:
                gone = sorted(paths(ours, row["output"]) - paths(theirs, row["output"]))
                gone = [path for path in gone if not any(path.startswith(other + ".") for other in gone)]
                if gone:
                    missing[name] = gone
        for name, gone in sorted(missing.items()):
            declared = table(name).get("missingOnStigg", [])
            extra = [path for path in gone if path not in declared]
            if extra:
                faults.append(f"{name}: these do not come back, and nobody says so: {extra}")
    print("\n".join(faults) or
          f"stigg: {sent} operations' examples are what the service takes, {refused} are refused by name")
    return 1 if faults else 0


sys.exit(main())

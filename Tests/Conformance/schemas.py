"""packaging/schemas against what the program takes and writes: every shipped configuration and example, every snippet of
docs/records.md, the result files of the examples, and what --json prints of commands that fail. What is wrong on purpose must
be refused, too."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib

from jsonschema import Draft202012Validator

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(sys.argv[1]).resolve()
SCHEMAS = {}
for file in (ROOT / "packaging/schemas").glob("*.json"):
    schema = json.loads(file.read_text())
    Draft202012Validator.check_schema(schema)
    SCHEMAS[file.name.split(".")[0]] = Draft202012Validator(schema)
assert set(SCHEMAS) == {"config", "records", "result", "error"}, sorted(SCHEMAS)
# What --json prints of each command; OutputSchemaTests holds the commands to them.
for file in (ROOT / "packaging/schemas/output").glob("*.json"):
    Draft202012Validator.check_schema(json.loads(file.read_text()))
faults, counts = [], dict.fromkeys(SCHEMAS, 0)


def hold(kind, value, where):
    counts[kind] += 1
    for fault in SCHEMAS[kind].iter_errors(value):
        faults.append(f"{where}: {fault.json_path}: {fault.message[:200]}")


def refuse(kind, value):
    if SCHEMAS[kind].is_valid(value):
        faults.append(f"{kind}.schema.json takes {json.dumps(value)}")


def run(*arguments, status=None):
    ended = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if status is not None and ended.returncode != status:
        faults.append(f"{' '.join(map(str, arguments))} ended with {ended.returncode}: {ended.stderr[:500]}")
    return ended


def records(text):
    text = text.strip()
    if text.startswith("["):
        return json.loads(text)
    if text.startswith("{") and "\n" not in text:
        return [json.loads(text)]
    try:
        return [json.loads(text)]
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    for template in ("small", "example"):
        run("init", folder / template, "--with", template, status=0)

    shipped = (ROOT / "config.toml").read_text()
    configurations = {"config.toml": shipped}
    # All of it with what is commented out.
    configurations["config.toml, whole"] = re.sub(r"(?m)^# (?=\[|[a-z_]+ = )", "", shipped)
    for file in [*ROOT.glob("examples/**/config.toml"), *folder.glob("*/config.toml")]:
        configurations[str(file)] = file.read_text()
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]:
        for number, block in enumerate(re.findall(r"(?ms)^```toml\n(.*?)^```", page.read_text())):
            configurations[f"{page.name}, {number}"] = block
    for name, text in configurations.items():
        hold("config", tomllib.loads(text), name)
    refuse("config", {"environmnt": "dev"})
    refuse("config", {"worker": {"concurrency": 0}})
    refuse("config", {"spool": {"settle": 2}})
    refuse("config", {"log": {"level": "loud"}})

    wrong = {"cut-off.json", "some-bad.ndjson"}
    files = [file for file in ROOT.glob("examples/deliveries/*") if file.name not in wrong]
    for file in [*files, *folder.glob("*/deliveries/*")]:
        for record in records(file.read_text()):
            hold("records", record, file.name)
    for block in re.findall(r"(?ms)^```json\n(.*?)^```", (ROOT / "docs/records.md").read_text()):
        for record in records(block):
            hold("records", record, "docs/records.md")
    refuse("records", {"customerId": "acme"})
    refuse("records", {"operation": "provisonCustomer", "input": {}})

    # The shipped setup with the shipped deliveries, some of which are bad.
    mill = folder / "mill"
    mill.mkdir()
    shutil.copytree(ROOT / "scripts", mill / "scripts")
    (mill / "config.toml").write_text("[spool]\nsettle = \"0s\"\n")
    shutil.copytree(ROOT / "examples/deliveries", mill / "spool/inbox")
    run("run", "--once", "--config", mill / "config.toml", status=1)
    for file in [*mill.glob("spool/done/*/*.result.json"), *mill.glob("spool/failed/*.error.json")]:
        hold("result", json.loads(file.read_text()), file.name)
    refuse("result", {"delivery": "d"})

    (mill / "bad.toml").write_text("[worker]\nconcurency = 2\n")
    for command in (
        ["usage", "--nope"], ["nonsense"], ["status", "--config", mill / "none.toml"], ["status", "--config", mill / "bad.toml"],
        ["call", "getCustomer", '{"id":"nobody"}', "--config", mill / "config.toml"],
        ["runs", "show", "none", "--config", mill / "config.toml"], ["init", mill],
    ):
        ended = run(*command, "--json")
        if ended.returncode == 0:
            faults.append(f"{command} did not fail")
        hold("error", json.loads(ended.stdout), " ".join(map(str, command)))
    refuse("error", {"message": "bare"})

for kind, least in {"config": 6, "records": 25, "result": 6, "error": 7}.items():
    if counts[kind] < least:
        faults.append(f"{kind}: only {counts[kind]} documents were held against it")
print("\n".join(faults) if faults else "schemas: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
sys.exit(1 if faults else 0)

"""What an operation by the remote backend adds to the service's own time.

operations.py PROGRAM SCHEMA: a job asks the fake of the service (Tests/Stigg) for a customer again and again, over the
program's kept connection; then a bare client does the same over one of its own. What is compared is the time from one
request's arrival to the next one's. Run it with a release build; the target is under 1 ms more at p50.
"""
import http.client
import pathlib
import statistics
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests/Stigg"))
import stage  # noqa: E402

# Fewer than may follow each other at once: the pace is not what is measured.
COUNT = 400
JOB = f"""
job {{ name = "look", run = function()
  for _ = 1, {COUNT} do client.getCustomer {{ id = "customer-acme" }} end
end }}
"""


def gaps(log):
    times = [one["at"] for one in log if one["path"] == "/api/v1/customers/customer-acme"]
    assert len(times) == COUNT, len(times)
    return sorted(later - earlier for earlier, later in zip(times, times[1:]))


def main():
    with stage.Stage(*sys.argv[1:3]) as there:
        there.empty()
        there.direct("provisionCustomer", {"id": "customer-acme"})
        there.project({"jobs.lua": JOB})
        there.log()
        there.run("fire", "look", check=True)
        ours = gaps(there.log())
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(there.url).netloc)
        for _ in range(COUNT):
            connection.request("GET", "/api/v1/customers/customer-acme", headers={"X-API-KEY": stage.KEY})
            connection.getresponse().read()
        bare = gaps(there.log())
        added = (statistics.median(ours) - statistics.median(bare)) * 1000
        print(f"operation: p50 {statistics.median(ours) * 1000:.2f} ms, of it the service and a bare client "
              f"{statistics.median(bare) * 1000:.2f} ms: {added:.2f} ms added (target: 1)")
        return 0 if added < 1 else 1


sys.exit(main())

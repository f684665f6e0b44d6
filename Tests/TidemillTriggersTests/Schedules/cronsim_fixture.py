#!/usr/bin/env python3
"""Writes cronsim.txt: fire times by PyPI cronsim 2.8, which behaves as Debian's cron does.

    pip install cronsim==2.8 && python3 cronsim_fixture.py > cronsim.txt

One line a case: expression | zone | start | instants. Starts lie outside second passes of repeated hours, where cronsim
may answer an instant before the start; shifts of three hours and more are left out.
"""
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "America/Sao_Paulo",
         "Asia/Kolkata", "Pacific/Auckland", "Africa/Casablanca", "America/St_Johns"]
FIXED = ["30 2 * * *", "0,30 2 * * *", "*/15 * * * *", "0 3 * * *", "0 * * * *", "15 */2 * * *", "5 0 * * *",
         "0 0 1 * *", "0 0 29 2 *", "0 12 13 * 5", "0 0 */2 * MON", "0 0 1,15 * *", "59 23 31 12 *", "0 0 * * 7",
         "0 0 * * 5-7", "*/100,1-7 9 * * *", "0 0 31 2 1", "1-59/7 2-4 * 3,10 *", "0 7-9,16-18 * * 1-5", "5/20 4 * * *",
         "30 1 * * *", "0 0 * JAN,jul SUN", "0 0 29 2 */7", "* * 29 3 *", "0 2 25-31 3,10 0", "0 0 1-7 * */7"]
STARTS = ["2026-03-28T12:00:00", "2026-10-24T12:00:00", "2026-10-31T12:00:00", "2026-04-04T01:00:00",
          "2024-02-28T23:59:00", "2026-01-01T00:00:00", "2018-11-03T12:00:00", "2026-03-29T00:59:30"]


def field(random, low, high):
    kind = random.randrange(6)
    a, b = sorted(random.sample(range(low, high + 1), 2))
    return ["*", f"*/{random.randint(1, high)}", str(a), f"{a}-{b}", f"{a}-{b}/{random.randint(1, 9)}", f"{a},{b}"][kind]


def stepped(rng):
    """A field each that begins at a number and goes on in steps: to the end of its range, where Sunday is 7 as well."""
    fields = []
    for low, high in [(0, 59), (0, 23), (1, 28), (1, 12), (0, 7)]:
        fields.append(f"{rng.randint(low, high)}/{rng.randint(1, 9)}")
    return fields


def main():
    rng = random.Random(20261122)
    cases = [(e, z, s) for e in FIXED for z, s in zip(ZONES, rng.choices(STARTS, k=len(ZONES)))]
    for _ in range(240):
        text = " ".join([field(rng, 0, 59), field(rng, 0, 23), field(rng, 1, 28), field(rng, 1, 12), field(rng, 0, 6)])
        cases.append((text, rng.choice(ZONES), rng.choice(STARTS)))
    steps = random.Random(20261128)
    for weekday in range(8):
        cases += [(f"0 0 * * {weekday}/{step}", "UTC", STARTS[weekday]) for step in (1, 2, 3, 5, 9)]
    for _ in range(60):
        fields = stepped(steps)
        for index in steps.sample(range(5), 3):
            fields[index] = "*" if index else "0"
        cases.append((" ".join(fields), steps.choice(ZONES), steps.choice(STARTS)))
    for text, zone, start in cases:
        begin = datetime.fromisoformat(start).replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
        if begin.fold == 1:
            continue
        found = []
        try:
            simulation = CronSim(text, begin)
            while len(found) < 8:
                instant = next(simulation).astimezone(timezone.utc)
                if not found or instant > found[-1]:
                    found.append(instant)
        except StopIteration:
            pass
        print(f"{text}|{zone}|{start}Z|" + ",".join(i.strftime("%Y-%m-%dT%H:%M:%SZ") for i in found))


main()

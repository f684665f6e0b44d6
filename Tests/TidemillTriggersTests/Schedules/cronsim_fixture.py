#!/usr/bin/env python3
"""Writes cronsim.txt: fire times by PyPI cronsim 2.8, which behaves as Debian's cron does.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install cronsim==2.8 tzdata
    /tmp/v/bin/python cronsim_fixture.py > cronsim.txt

One line a case: expression | zone | start | instants. Starts lie outside second passes of repeated hours, where cronsim
may answer an instant before the start; shifts of three hours and more are left out.
"""
import calendar
import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError


def is_own(part):
    return part.startswith("L-") or (part.endswith("W") and part != "LW")


class Nearest(CronSim):
    """L-n and nW as Quartz has them, which cronsim does not know: the engine is cronsim's, the two days are counted here.

    L-3 is the day three days before the last; 15W the day from Monday to Friday nearest to the 15th within the month, and
    no day in a month without that date.
    """

    def __init__(self, text, begin):
        fields = text.split()
        parts = fields[2].split(",")
        self.marks = [p for p in parts if is_own(p)]
        rest = [p for p in parts if p not in self.marks]
        # A part that never matches alone keeps the field from being empty.
        fields[2] = ",".join(rest) if rest else "1"
        super().__init__(" ".join(fields), begin)
        if not rest:
            self.days = {self.NEVER}

    NEVER = -5

    def match_dom(self, d):
        return super().match_dom(d) or any(self.marked(d, mark) for mark in self.marks)

    @staticmethod
    def marked(d, mark):
        last = calendar.monthrange(d.year, d.month)[1]
        if mark.startswith("L-"):
            return d.day == last - int(mark[2:])
        wanted = int(mark[:-1])
        if wanted > last:
            return False
        weekday = calendar.weekday(d.year, d.month, wanted)  # Monday is 0
        if weekday == 5:
            wanted += 2 if wanted == 1 else -1
        elif weekday == 6:
            wanted += -2 if wanted == last else 1
        return d.day == wanted

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


def marked(rng):
    """Days that are others in each month, in one of the day fields or both."""
    dom = lambda: rng.choice(["L", "LW", f"L-{rng.randint(1, 30)}", f"{rng.randint(1, 31)}W", str(rng.randint(1, 28))])
    name = lambda: rng.choice(["SUN", "mon", "TUE", "3", "4", "fri", "6", "7", "0"])
    dow = lambda: rng.choice([f"{name()}#{rng.randint(1, 5)}", f"{rng.randint(0, 7)}L", str(rng.randint(0, 7))])
    days = rng.choice(["*", "*/2", ",".join(dom() for _ in range(rng.randint(1, 3)))])
    weekdays = rng.choice(["*", "*/3", ",".join(dow() for _ in range(rng.randint(1, 3)))])
    if days.startswith("*") and weekdays.startswith("*"):
        days = dom()
    month = rng.choice(["*", "*", "*", "2", "1-6", "*/5", "4,FEB"])
    time = rng.choice(["30 2", "0 0", "*/30 9", "15 */6", "59 23"])
    return f"{time} {days} {month} {weekdays}"


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
    marks = random.Random(20261130)
    for text in ["0 9 L * *", "0 9 L-1 2 *", "0 9 L-30 * *", "0 9 LW * *", "0 9 1W * *", "0 9 31W * *", "0 9 15W,L * *",
                 "0 9 * * 1#1", "0 9 * * 5L", "0 9 * * 7L", "0 9 * * 0#5", "0 9 * 2 MON#5", "0 9 L * 5L", "0 9 */2 * 3#2"]:
        cases.append((text, marks.choice(ZONES), marks.choice(STARTS)))
    cases += [(marked(marks), marks.choice(ZONES), marks.choice(STARTS)) for _ in range(300)]
    for text, zone, start in cases:
        begin = datetime.fromisoformat(start).replace(tzinfo=timezone.utc).astimezone(ZoneInfo(zone))
        if begin.fold == 1:
            continue
        found = []
        try:
            is_marked = any(is_own(part) for part in text.split()[2].split(","))
            simulation = (Nearest if is_marked else CronSim)(text, begin)
            while len(found) < 8:
                instant = next(simulation).astimezone(timezone.utc)
                if not found or instant > found[-1]:
                    found.append(instant)
        except StopIteration:
            pass
        except CronSimError:
            continue
        if not found:
            continue  # no month has such a day: such an expression is refused
        print(f"{text}|{zone}|{start}Z|" + ",".join(i.strftime("%Y-%m-%dT%H:%M:%SZ") for i in found))


main()

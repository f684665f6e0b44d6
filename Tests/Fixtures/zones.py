#!/usr/bin/env python3
"""Makes zones.tsv beside it: files of this machine's tz database, and what Python's zoneinfo reads of them: seconds ahead of
UTC around every change, and at instants of a few hundred years."""
import base64
import datetime
import pathlib
import random
import struct
import zoneinfo

FOLDER = pathlib.Path(__file__).resolve().parent
DATABASE = pathlib.Path("/usr/share/zoneinfo")
NAMES = [
    "Africa/Casablanca", "America/New_York", "America/Nuuk", "America/Sao_Paulo", "America/Vancouver", "Antarctica/Troll",
    "Asia/Kolkata", "Asia/Tehran", "Australia/Lord_Howe", "Etc/GMT+5", "Europe/Berlin", "Europe/Dublin", "Pacific/Apia", "UTC",
]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def changes(data):
    """The instants at which clocks change, of the block with times of eight bytes."""
    first = struct.unpack(">6l", data[20:44])
    start = 44 + first[3] * 5 + first[4] * 6 + first[5] + first[2] * 8 + first[1] + first[0]
    times = struct.unpack(">6l", data[start + 20:start + 44])[3]
    return struct.unpack(f">{times}q", data[start + 44:start + 44 + 8 * times])


def main():
    source = random.Random(11)
    lines = []
    for name in NAMES:
        data = (DATABASE / name).read_bytes()
        with (DATABASE / name).open("rb") as file:
            zone = zoneinfo.ZoneInfo.from_file(file, name)
        around = [at + step for at in changes(data) for step in (-1, 0, 1)]
        picked = source.sample(around, min(60, len(around)))
        picked += [source.randrange(-5_000_000_000, 12_000_000_000) for _ in range(40)]
        # The hours around the turns of the rule's years.
        picked += [source.randrange(2_200_000_000, 4_000_000_000) // 3600 * 3600 for _ in range(40)]
        offsets = []
        for at in sorted(set(picked)):
            if not -60_000_000_000 < at < 200_000_000_000:
                continue
            shown = (EPOCH + datetime.timedelta(seconds=at)).astimezone(zone)
            offsets.append(f"{at}:{int(shown.utcoffset().total_seconds())}")
        lines.append(f"{name}\t{base64.b64encode(data).decode()}\t{' '.join(offsets)}")
    (FOLDER / "zones.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

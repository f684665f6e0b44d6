#!/usr/bin/env python3
"""Makes decimals.tsv and nearest.tsv beside it: what every reader of decimals and every search for a misspelt word is held
to, whatever language it is written in. The decimals come from Python's decimal, the words from the textbook's recursion."""
import decimal
import functools
import pathlib
import random

FOLDER = pathlib.Path(__file__).resolve().parent
decimal.getcontext().prec = 2000


def plain(value):
    """The shortest text of a decimal, without an exponent."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def expected(text):
    """The text of the value; `none` for no number, `large` and `fine` for one that has too many digits."""
    # What Python also takes for a number: blanks, underscores, a sign before, a point at either end, other digits.
    digits = text[1:] if text.startswith("-") else text
    if not digits or not digits[0] in "0123456789" or any(c not in "0123456789.eE+-" for c in digits) or "." in (
            digits[-1], digits.lower().split("e")[0][-1]):
        return "none"
    mantissa, sign, exponent = text.lower().partition("e")
    try:
        # Beyond a hundred thousand decimal refuses exponents that are well-formed.
        value = decimal.Decimal(f"{mantissa}{sign}{max(-10**5, min(10**5, int(exponent)))}" if sign else mantissa)
    except (decimal.InvalidOperation, ValueError):
        return "none"
    if value == 0:
        return "0"
    if abs(value) >= decimal.Decimal(10) ** 18:
        return "large"
    if value != value.quantize(decimal.Decimal("1e-9"), rounding=decimal.ROUND_DOWN):
        return "fine"
    return plain(value)


def decimals():
    dice = random.Random(14)
    texts = """0 -0 0.0 -0.0 00 007 -007 12 -0.5 1.50 0.000000001 -0.000000001 0.0000000001 1.0000000001 1.0000000010
        999999999999999999.999999999 -999999999999999999.999999999 999999999999999999.9999999991 1000000000000000000
        -1000000000000000000 1e3 1.25E2 12500e-2 5e-9 5e-10 1e17 1e18 1e+17 1e999 1e-999 0e999999999999 0e-999999999999 -0e5
        100e15 100e16 0.001e20 0.0001e22 1.5000000000000000000 9007199254740993 0.1 1000000000000000000.0000000001
        1234567890123456789012345678e-10 123456789012345678901234567e-9 1234567890123456789012345670e-10 1e99999999999999999999
        1e-99999999999999999999 0.00000000000000000000000000000000000000001e41 100000000000000000000000000000000000000000e-41
        - -- . -. .5 1. -1. 1.e5 e5 1e 1e+ 1e- 1E 1e5.5 1..2 1.2.3 +1 +0 1_000 0x10 NaN nan Infinity -Infinity inf abc 1a a1 1e5x
        1,5 1e1e1 --1 -+1 1- ١ １ 1½ 1.5- 1e--5 1e+-5 1.-5 -.5 0.e1 1.0e 1234567890123456789012345678x""".split()
    for _ in range(150):
        whole = "".join(dice.choice("0123456789") for _ in range(dice.choice([1, 1, 2, 5, 9, 17, 18, 19, 20, 27])))
        text = dice.choice(["", "", "-"]) + (whole.lstrip("0") or "0")
        if dice.random() < 0.7:
            text += "." + "".join(dice.choice("0000123456789") for _ in range(dice.choice([1, 2, 3, 8, 9, 10, 12])))
        if dice.random() < 0.4:
            text += dice.choice("eE") + dice.choice(["", "+", "-", "-"]) + str(dice.choice([0, 1, 2, 5, 9, 10, 17, 18, 27, 300]))
        texts.append(text)
    yield "# Decimals as they come, and the one text for each; `none` where it is no number, `large` where it has more than"
    yield "# 18 digits before the point, `fine` where it has more than 9 after it. Made by vectors.py with Python's decimal."
    for text in texts:
        yield f"{text}\t{expected(text)}"


def edits(left, right):
    """Letters added, taken away, replaced, or swapped with their neighbour: the definition, word for word."""
    @functools.cache
    def between(i, j):
        if i == 0 or j == 0:
            return i + j
        found = min(between(i - 1, j) + 1, between(i, j - 1) + 1, between(i - 1, j - 1) + (left[i - 1] != right[j - 1]))
        if i > 1 and j > 1 and left[i - 1] == right[j - 2] and left[i - 2] == right[j - 1]:
            found = min(found, between(i - 2, j - 2) + 1)
        return found
    return between(len(left), len(right))


def lowered(word):
    return "".join(c.lower() if c.isascii() else c for c in word)


def nearest(word, known):
    allowed = max(1, len(word) // 3)
    found = []
    for candidate in known:
        if not word or max(len(word), len(candidate)) > 64:
            continue
        wrong = edits(lowered(word), lowered(candidate))
        if wrong <= allowed and wrong < max(len(word), len(candidate)):
            found.append((wrong, candidate.encode(), candidate))
    return min(found)[2] if found else "-"


def words():
    dice = random.Random(15)
    lists = [
        ["customerId", "featureId", "value", "resourceId", "updateBehavior"],
        ["customerId", "resourceId", "eventName", "timestamp", "dimensions"],
        ["second", "minute", "hour", "day", "week", "month", "quarter", "year"],
        ["grantCredits", "getCreditBalance", "getCreditLedger", "listCreditGrants", "revokeCreditGrant"],
        ["Köln", "köln", "Kölner", "straße", "größe", "日本語", "日本", "naïve"],
        ["rat", "cat", "Bat", "bats", "tab"],
    ]
    yield "# A misspelt word, the known ones with commas between them, and the one that was meant, or - where none is near."
    yield "# Made by vectors.py with the recursive definition of the distance."
    cases = [
        ("custmerId", 0), ("customer_id", 0), ("CUSTOMERID", 0), ("vlaue", 0), ("featureID", 0), ("updateBehaviour", 0),
        ("x", 0), ("quantity", 0), ("id", 0), ("quater", 2), ("mont", 2), ("dya", 2), ("yaer", 2), ("w", 2), ("da", 2),
        ("bat", 5), ("BAT", 5), ("atb", 5), ("hat", 5), ("t", 5), ("KÖLN", 4), ("koln", 4), ("strasse", 4), ("grösse", 4),
        ("日木語", 4), ("語", 4), ("naive", 4), ("grantCredit", 3), ("getCredits", 3), ("creditGrants", 3),
    ]
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJ_-0é語"
    for _ in range(150):
        at = dice.randrange(len(lists))
        word = list(dice.choice(lists[at]))
        for _ in range(dice.randint(1, 4)):
            place = dice.randrange(len(word) + 1)
            change = dice.randrange(4)
            if change == 0:
                word.insert(place, dice.choice(letters))
            elif change == 1 and len(word) > 1:
                del word[place - 1]
            elif change == 2 and place < len(word):
                word[place] = dice.choice(letters)
            elif change == 3 and place + 1 < len(word):
                word[place], word[place + 1] = word[place + 1], word[place]
        cases.append(("".join(word), at))
    for word, at in cases:
        yield f"{word}\t{','.join(lists[at])}\t{nearest(word, lists[at])}"
    for length in (63, 64, 65):
        word = "a" * length
        known = [word[1:] + "b", "b" * length]
        yield f"{word}\t{','.join(known)}\t{nearest(word, known)}"


for name, lines in (("decimals.tsv", decimals()), ("nearest.tsv", words())):
    (FOLDER / name).write_text("\n".join(lines) + "\n")

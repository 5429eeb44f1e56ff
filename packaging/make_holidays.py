"""Write resources/holidays/uk.toml from the `holidays` package: a development tool the product never calls.

Run `python packaging/make_holidays.py > resources/holidays/uk.toml`, look at the difference, and check it against the
three lists on https://www.gov.uk/bank-holidays before it goes out. Days that were proclaimed, not fixed by rule, carry
the date on which they were announced; add new ones to ANNOUNCED.
"""

import sys
from datetime import date

import holidays

FIRST_YEAR, LAST_YEAR = 2018, 2028
BY_RULE = date(2017, 1, 1)
"""Days that follow from standing rules count as known since before the table begins."""

PLACES = {
    "EW": ("England and Wales", "ENG"),
    "SCT": ("Scotland", "SCT"),
    "NIR": ("Northern Ireland", "NIR"),
}

ANNOUNCED = {
    date(2020, 5, 8): date(2019, 6, 7),
    date(2022, 6, 2): date(2020, 11, 12),
    date(2022, 6, 3): date(2020, 11, 12),
    date(2022, 9, 19): date(2022, 9, 10),
    date(2023, 5, 8): date(2022, 11, 6),
    date(2026, 6, 15): date(2026, 2, 5),
}

NAMES = {
    "Coronation of Charles III": "Coronation of King Charles III",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "May Day": "Early May bank holiday",
    "New Year Holiday": "2 January holiday",
    "Platinum Jubilee of Elizabeth II": "Platinum Jubilee bank holiday",
    "Saint Andrew's Day": "St Andrew's Day",
    "Saint Patrick's Day": "St Patrick's Day",
    "Scotland's participation in the FIFA World Cup final": "World Cup bank holiday (Scotland)",
    "Spring Bank Holiday": "Spring bank holiday",
    "State Funeral of Queen Elizabeth II": "State funeral of Queen Elizabeth II",
    "Summer Bank Holiday": "Summer bank holiday",
}

HEAD = f"""\
# Bank holidays in the United Kingdom, {FIRST_YEAR} to {LAST_YEAR}, weekdays only (a weekend is never a working day).
# Written by packaging/make_holidays.py; a council may add a line by hand when a holiday is proclaimed.
# known_since is the day from which anyone could have known: clocks set before it were right to ignore the holiday then.
# {LAST_YEAR} holds the holidays that follow from standing rules; anything proclaimed later must be added.
first_year = {FIRST_YEAR}
last_year = {LAST_YEAR}
"""


def plain_name(name: str) -> str:
    """Give the everyday English name, with "substitute day" where the holiday moved off a weekend."""
    parts = name.split("; ")
    chosen = next((part for part in parts if part.startswith("New Year's Day")), parts[0])
    moved = chosen.endswith(" (observed)")
    base = chosen.removesuffix(" (observed)")
    return NAMES.get(base, base) + (" (substitute day)" if moved else "")


def table(code: str, title: str, subdivision: str) -> str:
    """Write one calendar as TOML."""
    found = holidays.country_holidays("GB", subdiv=subdivision, years=range(FIRST_YEAR, LAST_YEAR + 1))
    lines = [f'[[calendar]]\ncode = "{code}"\nname = "{title}"\nholidays = [']
    for day in sorted(day for day in found if day.weekday() < 5):
        known = ANNOUNCED.get(day, BY_RULE)
        lines.append(f'  {{ day = {day}, name = "{plain_name(found[day])}", known_since = {known} }},')
    return "\n".join([*lines, "]"])


def whole_table() -> str:
    """Write the whole file."""
    tables = [table(code, title, subdivision) for code, (title, subdivision) in PLACES.items()]
    return "\n\n".join([HEAD.rstrip(), *tables]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(whole_table())

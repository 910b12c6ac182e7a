"""Calendars, and the whole days that icalendar and recurring_ical_events find in them.

Prints JSON: a list of {"name", "text" (base64), "days": {"2024-01-01", …}}.
  calendars.py countries        what the package `holidays` writes, of many countries and languages
  calendars.py random SEED N    made up, with every spelling and rule that the reader knows
"""

import base64
import datetime
import json
import random
import sys
import warnings

import icalendar
import recurring_ical_events

warnings.simplefilter("ignore")
FIRST, LAST = datetime.date(2024, 1, 1), datetime.date(2030, 12, 31)
DAY = datetime.timedelta(days=1)


def whole_days(event):
    """The days of an event that begins and ends at midnight, or has dates alone."""
    start = event["DTSTART"].dt
    end = event["DTEND"].dt if "DTEND" in event else None
    if not isinstance(start, datetime.datetime):
        if isinstance(end, datetime.datetime):
            end = end.date()
        if end is None:
            end = start + (event["DURATION"].dt if "DURATION" in event else DAY)
        count = max(1, (end - start).days)
    else:
        if end is None:
            if "DURATION" not in event:
                return []
            end = start + event["DURATION"].dt
        midnight = datetime.time(0)
        if start.time() != midnight or end.time() != midnight or end.date() <= start.date():
            return []
        start, end = start.date(), end.date()
        count = (end - start).days
    return [start + DAY * ahead for ahead in range(count)]


def reference(text):
    calendar = icalendar.Calendar.from_ical(text)
    days = set()
    span = (FIRST - 400 * DAY, LAST + 400 * DAY)
    for event in recurring_ical_events.of(calendar).between(*span):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        days.update(day for day in whole_days(event) if FIRST <= day <= LAST)
    return sorted(day.isoformat() for day in days)


def entry(name, text):
    data = text if isinstance(text, bytes) else text.encode()
    plain = data.decode("utf-8-sig")
    return {"name": name, "text": base64.b64encode(data).decode(), "days": reference(plain)}


def countries():
    import holidays
    from holidays.ical import ICalExporter

    found = []
    # Every third: some 140 of them.
    for code, _ in sorted(holidays.list_supported_countries().items())[::3]:
        languages = sorted(holidays.list_localized_countries().get(code, []))
        if not languages:
            continue
        # The country's own language, English, and one more.
        for language in sorted({languages[0], languages[-1]} | ({"en_US"} & set(languages))):
            days = holidays.country_holidays(code, years=range(2024, 2031), language=language)
            text = ICalExporter(days, show_language=True).generate()
            found.append(entry(f"{code} {language}", text))
    return found


WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def rule(chance):
    frequency = chance.choice(["YEARLY"] * 4 + ["MONTHLY", "WEEKLY", "DAILY"])
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.4:
        parts.append(f"INTERVAL={chance.randint(1, 6)}")
    end = chance.random()
    if end < 0.3:
        parts.append(f"COUNT={chance.randint(1, 40)}")
    elif end < 0.6:
        parts.append(f"UNTIL=20{chance.randint(22, 31)}{chance.randint(10, 12)}15")
    if chance.random() < 0.5:
        parts.append("BYMONTH=" + ",".join(str(m) for m in chance.sample(range(1, 13), chance.randint(1, 3))))
    kind = chance.random()
    if kind < 0.35:
        days = chance.sample(WEEKDAYS, chance.randint(1, 2))
        numbers = ["", "1", "2", "3", "-1", "-2"] if frequency in ("YEARLY", "MONTHLY") else [""]
        # Some with a number and some without: dateutil asks for both at once, the RFC for either.
        few = chance.choice([numbers[:1], numbers[1:] or numbers])
        parts.append("BYDAY=" + ",".join(chance.choice(few) + day for day in days))
    elif kind < 0.6 and frequency != "WEEKLY":
        days = chance.sample([1, 2, 13, 24, 25, 29, 30, 31, -1, -2], chance.randint(1, 3))
        parts.append("BYMONTHDAY=" + ",".join(map(str, days)))
        if chance.random() < 0.4:
            parts.append("BYDAY=" + ",".join(chance.sample(WEEKDAYS, 2)))
    elif kind < 0.65 and frequency == "YEARLY":
        parts.append(f"BYYEARDAY={chance.choice([1, 60, 100, 366, -1, -60])}")
    if len(parts) > 2 and frequency != "DAILY" and chance.random() < 0.25 and any(
        part.startswith("BY") for part in parts
    ):
        parts.append(f"BYSETPOS={chance.choice(['1', '-1', '1,-1', '2'])}")
    if frequency == "WEEKLY" and chance.random() < 0.3:
        parts.append("WKST=SU")
    chance.shuffle(parts)
    return ";".join(parts)


def fold(line, chance):
    """Folds anywhere, also within a character, as programs that count bytes do."""
    data = line.encode()
    if len(data) < 20 or chance.random() < 0.5:
        return data
    place = chance.randint(10, len(data) - 5)
    return data[:place] + chance.choice([b"\r\n ", b"\r\n\t"]) + data[place:]


def date(day, chance, name, parameters=""):
    if chance.random() < 0.7:
        return f"{name};VALUE=DATE{parameters}:{day:%Y%m%d}"
    return f"{name}{parameters}:{day:%Y%m%d}" if not parameters else f"{name};VALUE=DATE{parameters}:{day:%Y%m%d}"


def event(chance, number):
    start = datetime.date(2019, 1, 1) + DAY * chance.randint(0, 3500)
    uid = f"{number}@example.org"
    name = chance.choice(["Neujahr", "Épiphanie\\, férié", "元旦の休日", "Día de la Constitución"])
    lines = [f"UID:{uid}", f"SUMMARY;LANGUAGE=x:{name}"]
    kind = chance.random()
    repeats = chance.random() < 0.6
    moved = []
    if kind < 0.65:
        lines.append(f"DTSTART;VALUE=DATE:{start:%Y%m%d}")
        if chance.random() < 0.5:
            lines.append(f"DTEND;VALUE=DATE:{start + DAY * chance.randint(1, 3):%Y%m%d}")
        elif chance.random() < 0.3:
            lines.append(f"DURATION:P{chance.randint(1, 2)}D")
        if repeats:
            lines.append("RRULE:" + rule(chance))
            if chance.random() < 0.4:
                first = reference(calendar([lines]).decode())
                picks = [datetime.date.fromisoformat(day) for day in first][:: max(1, len(first) // 3)][:3]
                for pick in picks:
                    what = chance.random()
                    if what < 0.4:
                        lines.append(f"EXDATE;VALUE=DATE:{pick:%Y%m%d}")
                    else:
                        moved.append([
                            f"UID:{uid}", f"RECURRENCE-ID;VALUE=DATE:{pick:%Y%m%d}", "SUMMARY:moved",
                            f"DTSTART;VALUE=DATE:{pick + DAY * chance.randint(1, 4):%Y%m%d}",
                        ])
        elif chance.random() < 0.3:
            days = [start + DAY * chance.randint(5, 400) for _ in range(2)]
            lines.append("RDATE;VALUE=DATE:" + ",".join(f"{day:%Y%m%d}" for day in days))
    elif kind < 0.85:
        # Midnight to midnight.
        lines.append(f"DTSTART:{start:%Y%m%d}T000000")
        lines.append(f"DTEND:{start + DAY * chance.randint(1, 2):%Y%m%d}T000000")
        if repeats:
            lines.append("RRULE:" + rule(chance))
    else:
        # With a time of day: no holiday.
        lines.append(f"DTSTART:{start:%Y%m%d}T090000Z")
        lines.append(f"DTEND:{start:%Y%m%d}T100000Z")
    if chance.random() < 0.1:
        lines.append("STATUS:CONFIRMED")
    if chance.random() < 0.1:
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:x", "END:VALARM"]
    return [lines] + moved


def calendar(events, chance=None):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN"]
    for one in events:
        lines += ["BEGIN:VEVENT"] + one + ["END:VEVENT"]
    lines.append("END:VCALENDAR")
    data = [fold(line, chance) if chance else line.encode() for line in lines]
    return b"\r\n".join(data) + b"\r\n"


def made_up(seed, count):
    found = []
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        events = [one for part in range(chance.randint(1, 4)) for one in event(chance, part)]
        name = f"seed {seed}, number {number}"
        plain = calendar(events)
        data = calendar(events, chance)
        days = reference(plain.decode())
        # What the reference does not read, some calendar writes all the same.
        if chance.random() < 0.2:
            data = data.replace(b"\r\n", b"\n")
        elif chance.random() < 0.1:
            data = data.replace(b"\r\n", b"\r")
        if chance.random() < 0.3:
            data = b"\xef\xbb\xbf" + data
        found.append({"name": name, "text": base64.b64encode(data).decode(), "days": days})
    return found


if __name__ == "__main__":
    if sys.argv[1] == "countries":
        result = countries()
    else:
        result = made_up(int(sys.argv[2]), int(sys.argv[3]))
    json.dump(result, sys.stdout)

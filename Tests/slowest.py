#!/usr/bin/env python3
"""Says which tests were slowest, and that each ran once.

slowest.py LIST XUNIT...: what `swift test list` prints, and what `--xunit-output` wrote.
"""
import collections
import sys
import xml.etree.ElementTree

with open(sys.argv[1], encoding="utf-8") as file:
    known = [line.strip() for line in file if "/" in line]
took = collections.defaultdict(list)
for path in sys.argv[2:]:
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        # A test that was skipped has no time.
        name = f"{case.get('classname')}/{case.get('name')}"
        took[name].append(float(case.get("time") or 0))

print("The slowest tests:")
for name in sorted(took, key=lambda name: -sum(took[name]))[:10]:
    print(f"{sum(took[name]):7.1f} s  {name}")
counts = {name: len(took.get(name, [])) for name in known}
wrong = [f"{name} ran {count} times" for name, count in counts.items() if count != 1]
wrong += [f"{name} is in no list" for name in took.keys() - set(known)]
for line in wrong:
    print(line, file=sys.stderr)
seconds = sum(map(sum, took.values()))
print(f"{len(took)} of {len(known)} tests ran, {seconds:.0f} s one after the other")
sys.exit(1 if wrong or not known else 0)

"""Holds configs against a JSON Schema, with a validator that is not ours.

Reads {"schema": {…}, "configs": [text, …]} from standard input; prints, for each config, null where
it is valid, else the first error. A schema that is none ends it with an error.
"""

import json
import re
import sys

import yaml
from jsonschema import Draft202012Validator


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: dates, times and `yes` are texts."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, letters in [
    ("bool", "^(true|false)$", "tf"),
    ("null", "^(null|~|)$", ["n", "~", ""]),
    ("int", "^-?[0-9]+$", list("-0123456789")),
    ("float", r"^-?[0-9]+\.[0-9]+$", list("-0123456789")),
]:
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(letters))

question = json.load(sys.stdin)
Draft202012Validator.check_schema(question["schema"])
validator = Draft202012Validator(question["schema"])
answers = []
for text in question["configs"]:
    found = validator.iter_errors(yaml.load(text, Loader))
    errors = sorted(found, key=lambda error: [str(part) for part in error.path])
    answers.append(f"{list(errors[0].path)}: {errors[0].message[:200]}" if errors else None)
json.dump(answers, sys.stdout)

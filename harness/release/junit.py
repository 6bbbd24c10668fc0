"""A verdict as JUnit XML: one test case a metric that decides, and the shown ones as skipped.

A metric that got worse, or of which the data can't say that it did not, is a failure; one that could not be measured or
compared is an error. So a dashboard that reads nothing else never takes an open question for a pass.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from harness.release.evidence import Evidence
from harness.release.wording import Row, change, passes

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(found: Evidence, seconds: float) -> str:
    """The XML of an evidence object; `seconds` is what measuring took."""
    rows = found["comparisons"]
    suite = ElementTree.Element("testsuite")
    counts = {"failure": 0, "error": 0, "skipped": 0}
    for row in rows:
        kind, case = _case(row, found["outcome"])
        suite.append(case)
        if kind:
            counts[kind] += 1
    general = _general(found)
    if general is not None:
        suite.append(general)
        counts["failure"] += 1
    suite.attrib |= {
        "name": "harness check",
        "tests": str(len(suite.findall("testcase"))),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
        "time": f"{seconds:.3f}",
    }
    if found["notes"]:
        # First, where the schema of JUnit wants properties; and as output too, since few dashboards show properties.
        properties = ElementTree.Element("properties")
        for note in found["notes"]:
            ElementTree.SubElement(properties, "property", {"name": "note", "value": _text(note)})
        suite.insert(0, properties)
        ElementTree.SubElement(suite, "system-out").text = _text("\n".join(f"Note: {one}" for one in found["notes"]))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _case(row: Row, outcome: str) -> tuple[str, ElementTree.Element]:
    case = ElementTree.Element("testcase", {"classname": f"harness.{row['role']}", "name": _text(row["metric"])})
    reason = _text(row["reason"] or change(row))
    if row["role"] == "show":
        ElementTree.SubElement(case, "skipped", {"message": f"shown, decides nothing: {reason}"})
        return "skipped", case
    if row["result"] == "invalid":
        ElementTree.SubElement(case, "error", {"message": reason, "type": "invalid"})
        return "error", case
    if not passes(row, outcome):
        ElementTree.SubElement(case, "failure", {"message": reason, "type": row["result"]}).text = _text(change(row))
        return "failure", case
    return "", case


def _general(found: Evidence) -> ElementTree.Element | None:
    """A test case for a verdict that no single metric carries, such as a required task that was not measured."""
    bad = [row for row in found["comparisons"] if row["role"] != "show" and not passes(row, found["outcome"])]
    if found["outcome"] == "accept" or bad:
        return None
    case = ElementTree.Element("testcase", {"classname": "harness", "name": "verdict"})
    message = _text("; ".join(found["reasons"]))
    ElementTree.SubElement(case, "failure", {"message": message, "type": found["outcome"]})
    return case


def _text(value: str) -> str:
    """Without what XML can't hold, even escaped."""
    return _NOT_XML.sub("\ufffd", value)

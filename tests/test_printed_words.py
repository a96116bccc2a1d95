"""The words on paper: no abbreviation that is known to be misread, no unit in the code of a record."""

from __future__ import annotations

import re

import pytest

from building import packaged_rules
from printed import PAPERS, example_sheets, items, together
from thalsafety.rendering.sheets import plainly

# From the "List of Error-Prone Abbreviations, Symbols, and Dose Designations" of the Institute for Safe Medication
# Practices (ISMP, edition of 2024), which includes the "Do Not Use" list of the Joint Commission. The entries for
# apothecary units, for eyes and ears and for single drips are left out where no text here could mean them.
ERROR_PRONE = {
    "microgram, nanogram, million, thousand": r"\d ?(?:[µμ]g|ug|nanog|ng|MM|M|K|mcg\.)\b",
    "units": r"\d ?(?:U|u|IU|iu)\b|\b[IU]U\b|(?<!\d)/ ?U\b",
    "cubic centimetre, litre and millilitre in small letters": r"\d ?(?:cc|l|ml)\b|/(?:l|ml|dl)\b",
    "once daily, every other day": r"\b(?:QD|qd|q\.d\.|Q\.D\.|QOD|qod|q\.o\.d\.|OD|o\.d\.|q1d|Q1D)(?!\w)",
    "at bedtime, every night": r"\b(?:BT|HS|hs|h\.s\.|qhs|QHS|Qhs|qn|QN)(?!\w)",
    "times a week or a day": r"\b(?:BID|bid|b\.i\.d\.|TID|tid|QID|qid|TIW|tiw|BIW|biw|q\d+ ?[hdw]|x ?\d+ ?d)(?!\w)",
    "as directed, as needed": r"\b(?:UD|ut dict|prn|PRN|p\.r\.n\.)(?!\w)",
    "routes": r"\b(?:SC|SQ|sq|sub ?q|subq|per os|PO|p\.o\.|IN|IT|IJ|SL|IM|IV|i\.v\.)(?!\w)",
    "eyes and ears": r"\b(?:AD|AS|AU|OS|OU)\b",
    "discharge or discontinue": r"\b[Dd]/[Cc]\b|\bd/c'd\b",
    "sliding scale, one half": r"\b(?:SSI|SSRIs?|ss)\b",
    "names of drugs": (
        r"\b(?:APAP|ASA|AZT|ARA ?A|CPZ|DTO|DPT|HCl|HCT|HCTZ|MgSO4|MSO4|MS|MTX|NoAC|NOAC|PCA|PNV|PTU|T3|TAC|TNK"
        r"|TPA|tPA|TXA|ZnSO4)\b"
    ),
    "a trailing zero": "\\b\\d+\\.0+ ?(?:[mk]?g|mcg|m?L|units?|per|\N{MULTIPLICATION SIGN}|day|week|month|year|%)",
    "a naked decimal point": r"(?<![\d.])\.\d",
    "a dose and its unit run together": r"\b\d+(?:mg|mcg|g|mL|L|units?)\b",
    "an abbreviation with a full stop after it": r"\d (?:mg|mL|kg)\.(?= [a-z])",
    "a slash for per": r"\d ?(?:mg|mcg|g|mL|units?|capsules?|tablets?|doses?)/ ?(?:d|day|wk|week|h|hour|min|kg)\b",
    "a large number without a comma": r"(?<![\d.])\d{5,}(?:\.\d+)? (?:mg|mcg|g|mL|units)\b",
    "a sign for a comparison": r"[<>≤≥≦≧]",
    "a sign for a word": r"[@&°↑↓∅ΦΔ#]|(?<!T\d\d:\d\d)(?<![a-z])\+",
    "apothecary": r"\b(?:gr|dram|minim)\b|[ʒ℥]",
}
"""What not to print, as patterns; a plus is let be in a time with its distance from UTC, as the
record has it, and in the name of a profile with add-ons."""

CODED = re.compile(
    r"10[*^]\d|\[[a-zA-Z_]+\]|\{\w|mm3|(?<=\d )(?:d|wk|mo|a|h|min|/\w+|u[A-Z]\S*|u(?:g|mol|kat)\b\S*|Cel)\b"
)
"""A unit of the Unified Code for Units of Measure that nobody says."""

SAID = {
    "%",
    "1",
    "cm",
    "g",
    "g/L",
    "g/dL",
    "kPa",
    "kg",
    "kg/m2",
    "m",
    "mV",
    "mg",
    "mg/L",
    "mg/dL",
    "mm[Hg]",
    "mmol/L",
    "pmol/L",
}
"""Units that readers know as they are written."""


def error_prone(text: str) -> list[str]:
    """Return what in a text is prone to be misread."""
    return [
        f"{name}: …{text[max(0, found.start() - 25) : found.end() + 15]}…"
        for name, pattern in ERROR_PRONE.items()
        for found in re.finditer(pattern, text)
    ]


def coded(text: str) -> list[str]:
    """Return the units in a text that stand there as in a record."""
    return [text[max(0, found.start() - 25) : found.end() + 15] for found in CODED.finditer(text)]


@pytest.mark.parametrize(
    "text",
    [
        "50 mg QD",
        "4 U",
        "10 IU",
        "200 µg",
        "5 cc",
        "at HS",
        "D/C it",
        "1.0 mg",
        ".5 mg",
        "count > 5",
        "≥ 2",
        "BT",
        "SC",
        "sub q",
        "MgSO4",
        "10mg",
        "100 mg/day",
        "100000 units",
        "aspirin & heparin",
        "5 ml",
        "x3d",
        "38 °C",
    ],
)
def test_the_list_finds_what_is_on_it(text: str) -> None:
    """Each of these is found, so that the tests below would find it too."""
    assert error_prone(text)


@pytest.mark.parametrize("text", ["5 10*9/L", "7 d", "4 wk", "3 /uL", "2 m[IU]/mL", "6 mo", "18 a", "9 umol/L", "2 uV"])
def test_coded_units_are_found(text: str) -> None:
    """Each of these is found, and put into words."""
    assert coded(text)
    assert not coded(plainly(text))


@pytest.mark.untraced
@pytest.mark.parametrize("paper", PAPERS)
def test_pages_have_no_error_prone_abbreviation(paper: str) -> None:
    """No page of an example patient has an abbreviation, sign or dose designation of the list."""
    printed = together(paper)
    texts = [printed.text(), *(page.around for page in printed.pages)]
    assert [found for text in texts for found in error_prone(text)] == []


@pytest.mark.untraced
def test_sheets_have_no_error_prone_abbreviation() -> None:
    """Nor has any reason or remark that a close setting leaves out."""
    texts = {
        text
        for sheet in example_sheets().values()
        for _, item in items(sheet)
        for text in (item.action, item.settle, item.sources, *item.reasons, *item.remarks)
    }
    assert len(texts) > 200
    assert [found for text in sorted(texts) for found in error_prone(text)] == []


def test_rules_have_no_error_prone_abbreviation() -> None:
    """No action, no title and no label of the vocabulary has one, so that no other patient's page will."""
    rule_set = packaged_rules()
    rules = rule_set.rules.values()
    assert len(rules) > 150
    texts = [text for rule in rules for text in (rule.title, rule.recommend.action)]
    texts += [term.label for term in rule_set.lexicon.terms.values()]
    assert [found for text in texts for found in error_prone(text)] == []


@pytest.mark.untraced
@pytest.mark.parametrize("paper", PAPERS)
def test_no_unit_stands_on_paper_as_in_a_record(paper: str) -> None:
    """Units on pages are words or signs that everybody reads alike."""
    assert coded(together(paper).text()) == []
    texts = [text for sheet in example_sheets().values() for _, item in items(sheet) for text in item.reasons]
    assert [found for text in texts for found in coded(text)] == []


@pytest.mark.untraced
@pytest.mark.parametrize("paper", PAPERS)
def test_no_code_stands_on_paper(paper: str) -> None:
    """Words joined by underscores are for files; on paper there are none but lines to write on."""
    printed = together(paper)
    assert re.findall(r"\w+_\w*[^\W_]\w*", printed.text()) == []


def test_every_unit_can_be_said() -> None:
    """Every unit that the vocabulary takes or that a number of the rules has is said in words, or is known as it is."""
    rule_set = packaged_rules()
    units = {unit for term in rule_set.lexicon.terms.values() for unit, _ in term.factors}
    units |= {parameter.unit for parameter in rule_set.parameters.values()}
    assert len(units) > 30
    assert sorted(unit for unit in units - SAID if unit in plainly(f"2 {unit}").removeprefix("2 ").split(" per ")) == []
    assert [found for unit in sorted(units) for found in coded(plainly(f"2 {unit}, and 3.5 {unit}†."))] == []


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("1 d", "1 day"),
        ("28 d.", "28 days."),
        ("1.5 a", "1.5 years"),
        ("-1 wk", "-1 week"),
        ("0.4 10*9/L", "0.4 \N{MULTIPLICATION SIGN} 10⁹/L"),
        ("vitamin B12 d", "vitamin B12 d"),
        ("day 28 days", "day 28 days"),
        ("in 2 doses", "in 2 doses"),
        ("3 mL/min/{1.73_m2}", "3 mL per minute per 1.73 m²"),
        ("4.90 ukat/L", "4.90 microkatal per L"),
        ("tanner_3, signed_off_2", "tanner 3, signed off 2"),
        ("second identifier ____", "second identifier ____"),
    ],
)
def test_numbers_are_said_with_their_units(written: str, printed: str) -> None:
    """Only a unit after a number is put into words, and only a whole one; codes are taken apart."""
    assert plainly(written) == printed

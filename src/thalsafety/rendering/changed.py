"""What changed since an earlier check, in words: for pages of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.checklists.changes import Change, Lack, Standing

if TYPE_CHECKING:
    from thalsafety.checklists.changes import Gone, Mark, Since

_NEW = {
    Standing.COVERED: "covered by a graver item then",
    Standing.NOT_IN_FORCE: "its rule was not in force then",
    Standing.NOT_IN_RULE_SET: "its rule was not in the rule set then",
}
_BECAME = {
    Standing.DOES_NOT_APPLY: "does not apply now",
    Standing.NOT_IN_FORCE: "its rule is not in force now, so it was not checked",
    Standing.NOT_IN_RULE_SET: "its rule is no longer in the rule set, so it was not checked",
    Standing.ERROR: "its rule is in error now, so it was not checked",
}


def tag(mark: Mark | None, since: Since) -> str:
    """Return the word beside an open finding; none for what the earlier check did not show."""
    if mark is None or mark.before is Standing.NOT_SHOWN:
        return ""
    words = {
        Change.NEW: "NEW",
        Change.STILL_OPEN: f"STILL OPEN since {since.as_of}",
        Change.NOT_COMPARED: "NOT CHECKED BEFORE",
    }
    return f"[{words[mark.change]}]"


def detail(mark: Mark | None, outcome: str) -> str:
    """Return how an open finding stood before, where that says more than its tag; `outcome` is today's."""
    if mark is None:
        return ""
    if mark.before is Standing.ERROR:
        return "its rule was in error then"
    if mark.change is not Change.STILL_OPEN:
        return _NEW.get(mark.before, "")
    words = []
    if mark.before != outcome:
        before = mark.before is Standing.CANNOT_TELL
        words.append("could not be told before, now applies" if before else "applied before, cannot be told now")
    words += [f"severity was {mark.severity_before}"] if mark.severity_before else []
    words += ["due on another date than before"] if mark.due_changed else []
    return "; ".join(words)


def summary(since: Since) -> str:
    """Return how much changed since which day; or why nothing can be said."""
    if since.lack is not None:
        return f"{lack(since)}: nothing is marked"
    left_out = since.count(Change.NOT_COMPARED)
    counts = [
        f"{since.count(Change.NEW)} new",
        f"{since.count(Change.STILL_OPEN)} still open",
        f"{len(since.resolved)} resolved",
        *([f"{len(since.covered)} covered by a graver item"] if since.covered else []),
        *([f"{len(since.unchecked)} not checked now"] if since.unchecked else []),
        *([f"{left_out} not compared"] if left_out else []),
    ]
    return f"since the check of {since.as_of}: {', '.join(counts)}"


def lack(since: Since) -> str:
    """Return why there is nothing to compare with."""
    return {
        None: "",
        Lack.NO_CHECK: "no previous check of this patient",
        Lack.NO_IDENTITY: "no label and no identifier, so no previous check of this patient can be found",
        Lack.LATER: f"the previous check of this patient is of a later day, {since.as_of}",
        Lack.AMBIGUOUS: f"more than one previous check of this patient, the latest of the same day, {since.as_of}",
    }[since.lack]


def warnings(since: Since) -> list[str]:
    """Return what else than the patient may have made a difference."""
    words = []
    if since.rule_set_differs:
        digest = since.digest[:12]
        words.append(f"the previous check used another rule set, {digest}: differences may come from the rules")
    if since.profile_differs:
        words.append(
            f"the previous check was under another profile, {since.profile}: differences may come from the profile"
        )
    if since.selection:
        words.append(f"the previous check showed only {since.selection}: what it did not show is not marked")
    return words


def became(gone: Gone) -> str:
    """Return what became of an earlier finding."""
    doubt = "could not be told; " if gone.before is Standing.CANNOT_TELL else ""
    if gone.became is Standing.COVERED:
        return f"{doubt}covered now by {', '.join(gone.covered_by)}"
    return doubt + _BECAME[gone.became]

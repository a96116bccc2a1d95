"""Profiles with add-ons: `us+enl` is profile `us`, and beside its sources those that the add-on `enl` puts in force."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from thalsafety.errors import Place, Problem, UnknownNameError
from thalsafety.loading.suggesting import did_you_mean
from thalsafety.model.plain import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thalsafety.model.knowledge import Profile


def named(profiles: Mapping[str, Profile], addons: Mapping[str, Profile], name: str, root: str) -> Profile:
    """Return a profile with the add-ons that its name asks for; `UnknownNameError` when one is unknown."""
    base, *wanted = canonical(name).split("+")
    if base not in profiles:
        if base in addons:
            message = f"`{base}` is an add-on, and no profile by itself"
            takes = ", ".join(f"{one}+{base}" for one in addons[base].adds_to or ())
            raise UnknownNameError([Problem(Place(root), message, f"add it to a profile: {takes}")])
        message = f"`{base}` is not a profile of this rule set"
        raise UnknownNameError([Problem(Place(root), message, did_you_mean(base, profiles))])
    made = profiles[base]
    for one in wanted:
        if one not in addons:
            message = f"`{one}` is not an add-on of this rule set"
            raise UnknownNameError([Problem(Place(root), message, did_you_mean(one, addons))])
        if base not in (addons[one].adds_to or ()):
            message = f"add-on `{one}` cannot be added to profile `{base}`"
            known = ", ".join(addons[one].adds_to or ())
            raise UnknownNameError([Problem(Place(root), message, f"it can be added to: {known}")])
        made = _together(made, addons[one])
    return made


@lru_cache(maxsize=256)
def _together(profile: Profile, addon: Profile) -> Profile:
    """Return a profile with an add-on."""
    return profile.model_copy(
        update={
            "profile": f"{profile.profile}+{addon.profile}",
            "title": f"{profile.title}, with {addon.title}",
            "version": profile.version if profile.version == addon.version else f"{profile.version}+{addon.version}",
            "description": f"{profile.description} {addon.description}",
            "sources": tuple(dict.fromkeys((*profile.sources, *addon.sources))),
        }
    )

"""Which names of profiles exist, without the profiles themselves: every start needs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thalsafety.model.plain import canonical

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


class ProfileNames:
    """The profiles, and for each add-on those that it can be added to."""

    def __init__(self, profiles: Sequence[str], addons: Mapping[str, Collection[str]]) -> None:
        """Take the names of profiles, and for each add-on the profiles that take it."""
        self._profiles = sorted(profiles, key=lambda name: (name != "us", name))
        self._addons = addons

    def __contains__(self, name: object) -> bool:
        """Whether a profile exists, with the add-ons that its name asks for, in whatever order."""
        base, *wanted = canonical(str(name)).split("+")
        return base in self._profiles and all(base in self._addons.get(one, ()) for one in wanted)

    def __iter__(self) -> Iterator[str]:
        """Yield every profile, alone and with each one of its add-ons: alone first, and `us` before others."""
        yield from self._profiles
        for name, taken in sorted(self._addons.items()):
            yield from (f"{base}+{name}" for base in self._profiles if base in taken)

    def __len__(self) -> int:
        """Return how many names are yielded; with several add-ons there are more."""
        return sum(1 for _ in self)

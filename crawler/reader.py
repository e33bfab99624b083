"""Reads pages and assesses texts in the parse box, and falls back where the box had to be killed."""

from __future__ import annotations

from dataclasses import replace

from crawler.work import Assess, Read
from spiders.box import BoxError, ParseBox
from spiders.fallback import read_fallback
from wildtrade.records import Assessment, Label, Listing, Page, PageReading
from wildtrade.settings import Workspace
from wildtrade.sources import Source


class Reader:
    """One child process for all runs of this process. A workspace's own lexicon and detection policy count."""

    def __init__(self, workspace: Workspace) -> None:
        policy = workspace.policy / "detection.yaml"
        self._nothing = Assess(
            listings=(),
            lexicon=workspace.lexicon if workspace.lexicon.is_dir() else None,
            policy=policy if policy.is_file() else None,
        )
        self._box = ParseBox("crawler.work:work", warm_up=self._nothing)

    async def warm(self) -> None:
        """Start the child and wait until its lexicon and model are loaded."""
        await self._box.run(self._nothing)

    async def read(self, page: Page, source: Source) -> PageReading:
        """Read one page; where the parser hung or died, by the linear fallback reader."""
        try:
            reading: PageReading = await self._box.run(Read(page, source))
        except BoxError:
            return read_fallback(page, source)
        return reading

    async def assess(self, listings: tuple[Listing, ...]) -> list[Assessment]:
        """Assess listings, in their order. One that cannot be assessed is left to a person: unsure, without signals."""
        try:
            assessments: list[Assessment] = await self._box.run(replace(self._nothing, listings=listings))
        except BoxError:
            if len(listings) == 1:
                return [Assessment(label=Label.UNSURE, score=0.5, bias=0.0)]
            return [opinion for listing in listings for opinion in await self.assess((listing,))]
        return assessments

    def close(self) -> None:
        """End the child."""
        self._box.close()

"""Reads pages and assesses texts in parse boxes, and falls back where a box had to be killed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from classifiers.learning.versions import current_model
from classifiers.learning.workspace import own_policy
from classifiers.taxonomy import FOLDER
from crawler.work import Read, Setup
from spiders.box import BoxError, ParseBox
from spiders.fallback import read_fallback
from wildtrade.personal import load_allow_list
from wildtrade.records import Assessment, Label, Listing, Page, PageReading
from wildtrade.settings import Workspace
from wildtrade.sources import Source


class Reader:
    """Two child processes for all runs of this process: one reads pages, one assesses texts, so that neither waits for
    the other. A workspace's own lexicon, detection policy and model count."""

    def __init__(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        setup = Setup(
            lexicon=workspace.lexicon if workspace.lexicon.is_dir() else None,
            policy=own_policy(workspace),
            model=current_model(workspace.root),
            taxa=workspace.root / FOLDER,
        )
        self._kept = load_allow_list(workspace.policy)
        self._sources = tuple(sources)
        self._reading = ParseBox("crawler.work:read", warm_up=self._sources)
        self._assessing = ParseBox("crawler.work:assess", warm_up=setup)

    async def warm(self) -> None:
        """Start both children and wait until parsers, lexicon and model are loaded."""
        await asyncio.gather(self._reading.run(self._sources), self._assessing.run(()))

    async def read(self, page: Page, source: Source) -> tuple[PageReading, str]:
        """Read one page. Where the parser hung or died, the linear fallback reader reads it: the text is there, most
        else is not; the second value then says why. What the policy does not keep of a listing goes here, so that
        nobody behind sees it."""
        unread = ""
        try:
            reading: PageReading = await self._reading.run(Read(page, source.id))
        except BoxError as error:
            unread = f"the page could not be read ({error})"
            reading = read_fallback(page, source, unread)
        return replace(reading, listings=tuple(map(self._kept.only, reading.listings))), unread

    async def assess(self, listings: tuple[Listing, ...]) -> list[Assessment]:
        """Assess listings, in their order. One that cannot be assessed is left to a person: unsure, without signals."""
        try:
            assessments: list[Assessment] = await self._assessing.run(listings)
        except BoxError:
            if len(listings) == 1:
                return [Assessment(label=Label.UNSURE, score=0.5, bias=0.0)]
            return [opinion for listing in listings for opinion in await self.assess((listing,))]
        return assessments

    def close(self) -> None:
        """End the children."""
        self._reading.close()
        self._assessing.close()

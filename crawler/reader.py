"""Reads pages and assesses texts in the parse box, and falls back where the box had to be killed."""

from __future__ import annotations

from collections.abc import Sequence

from classifiers.learning.versions import current_model
from classifiers.learning.workspace import own_policy
from classifiers.taxonomy import FOLDER
from crawler.work import Answer, Assess, Read, Setup
from spiders.box import BoxError, ParseBox
from spiders.fallback import read_fallback
from wildtrade.records import Assessment, Label, Listing, Page
from wildtrade.settings import Workspace
from wildtrade.sources import Source


class Reader:
    """One child process for all runs of this process. A workspace's own lexicon, detection policy and model count."""

    def __init__(self, workspace: Workspace, sources: Sequence[Source]) -> None:
        setup = Setup(
            sources=tuple(sources),
            lexicon=workspace.lexicon if workspace.lexicon.is_dir() else None,
            policy=own_policy(workspace),
            model=current_model(workspace.root),
            taxa=workspace.root / FOLDER,
        )
        self._box = ParseBox("crawler.work:work", warm_up=setup)

    async def warm(self) -> None:
        """Start the child and wait until its lexicon and model are loaded."""
        await self._box.run(Assess(()))

    async def read(self, page: Page, source: Source, *, assess: bool = False, known: str | None = None) -> Answer:
        """Read one page, and give an opinion of its one listing where ``assess`` asks for it (see ``work.Read``).

        Where the parser hung or died, the linear fallback reader reads it, without opinion.
        """
        job = Read(page, source.id, assess, known)
        # Where reading and assessing together were too much, the page may still be readable.
        for attempt in (job, Read(page, source.id)) if assess else (job,):
            try:
                answer: Answer = await self._box.run(attempt)
            except BoxError:
                continue
            return answer
        return read_fallback(page, source), ()

    async def assess(self, listings: tuple[Listing, ...]) -> list[Assessment]:
        """Assess listings, in their order. One that cannot be assessed is left to a person: unsure, without signals."""
        try:
            assessments: list[Assessment] = await self._box.run(Assess(listings))
        except BoxError:
            if len(listings) == 1:
                return [Assessment(label=Label.UNSURE, score=0.5, bias=0.0)]
            return [opinion for listing in listings for opinion in await self.assess((listing,))]
        return assessments

    def close(self) -> None:
        """End the child."""
        self._box.close()

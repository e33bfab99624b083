"""Pictures of listings as what they look like: one row per file, who shows it, and what looks the same in groups."""

from __future__ import annotations

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.models.base import Base, Key


class Picture(Base):
    """A captured picture that was looked at. Without ``hash`` it cannot be like another; ``problem`` says why."""

    __tablename__ = "picture"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True, comment="of the file, see artifact")
    hash: Mapped[int | None] = mapped_column(Key, comment="perceptual hash, 64 bits as a signed number")
    width: Mapped[int | None] = mapped_column(comment="pixels")
    height: Mapped[int | None] = mapped_column(comment="pixels")
    problem: Mapped[str] = mapped_column(Text, default="", comment="why there is no hash")
    group_id: Mapped[int | None] = mapped_column(
        Key, index=True, comment="smallest picture id of those that look alike"
    )


class PictureBand(Base):
    """16 of the 64 bits of a picture's hash, to look up what is near it."""

    __tablename__ = "picture_band"

    value: Mapped[int] = mapped_column(
        Key, primary_key=True, autoincrement=False, comment="which 16 bits, and the bits"
    )
    picture_id: Mapped[int] = mapped_column(ForeignKey("picture.id"), primary_key=True)


class PictureUse(Base):
    """A captured file and the picture it holds, with a listing that shows it; one row at least for every file, so that
    those without one are still to be looked at."""

    __tablename__ = "picture_use"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    artifact_id: Mapped[int] = mapped_column(Key, index=True, comment="where the file lies")
    picture_id: Mapped[int] = mapped_column(ForeignKey("picture.id"), index=True)
    listing_id: Mapped[int | None] = mapped_column(ForeignKey("listing.id"), index=True, comment="None: nothing new")

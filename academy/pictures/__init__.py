"""Drawn pictures of our own: flat shapes, no photograph of any animal, person or seller."""

from academy.pictures.draw import picture_png as picture_png

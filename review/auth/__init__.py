"""Who is asking, and may they: what a page needs of it is ``require``, ``CurrentUser``, ``Read``, ``Write``."""

from review.auth.access import PUBLIC as PUBLIC
from review.auth.access import SIGNED_IN as SIGNED_IN
from review.auth.access import Access as Access
from review.auth.access import CurrentUser as CurrentUser
from review.auth.access import Read as Read
from review.auth.access import Write as Write
from review.auth.access import actor as actor
from review.auth.access import require as require

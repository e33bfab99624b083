"""One spelling for one address: the canonical URL that identifies a page across visits."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

# Parameters that say how a visitor came, never what the page is.
_TRACKING = re.compile(
    r"^(?:utm_\w+|mc_[ce]id|fbclid|gclid|dclid|msclkid|yclid|igshid|ref|ref_src|ref_url|referrer|spm|scm|"
    r"_trksid|_trkparms|tracking_id|share|share_id|source_impression_id|__cft__.*|__tn__)$",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_SAFE = "/:@!$&'()*+,;=~-._"


def canonical_url(url: str) -> str:
    """The same page always gives the same string: lower-case host, no default port, no fragment (unless it is a
    ``#!`` route), no tracking parameters, sorted query, percent-escapes normalised.

    Raises ValueError for a URL that is not http(s) or has no host.
    """
    parts = urlsplit(url.strip())
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").rstrip(".")
    if scheme not in _PORTS or not host:
        raise ValueError(f"not an http(s) URL: {url[:200]!r}")
    if ":" in host:
        host = f"[{host}]"
    netloc = host if parts.port in (None, _PORTS[scheme]) else f"{host}:{parts.port}"
    path = quote(unquote(parts.path, errors="surrogateescape"), safe=_SAFE, errors="surrogateescape") or "/"
    if "/." in path:
        slash = "/" if path.endswith("/") else ""
        path = posixpath.normpath(path).replace("//", "/").rstrip("/") + slash or "/"
    pairs = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(k)]
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    return urlunsplit((scheme, netloc, path, urlencode(sorted(pairs)), fragment))

"""Passkeys (WebAuthn), where the page's address allows them: https, or the name localhost."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from storage.models import Passkey, TicketKind, User, utcnow
from storage.signin import find_passkey, new_ticket, passkeys_of, use_ticket

_VALID = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Site:
    """Where passkeys are bound to: the host name, and the whole origin of the page."""

    name: str
    origin: str


def site_of(request: Request) -> Site | None:
    """The site of a request; None where browsers give no passkeys: plain http, or an address instead of a name."""
    host = request.url.hostname or ""
    if host != "localhost" and (request.url.scheme != "https" or _is_address(host)):
        return None
    return Site(host, f"{request.url.scheme}://{request.url.netloc}")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def registration_options(session: Session, site: Site, user: User) -> str:
    """What the browser is asked for to make a passkey, as JSON."""
    challenge = new_ticket(session, TicketKind.PASSKEY, _VALID, user_id=user.id)
    known = [PublicKeyCredentialDescriptor(id=key.credential_id) for key in passkeys_of(session, user.id)]
    options = generate_registration_options(
        rp_id=site.name,
        rp_name="wildtrade",
        user_name=user.name,
        user_id=str(user.id).encode(),
        challenge=challenge.encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=known,
    )
    return options_to_json(options)


def register(session: Session, site: Site, user: User, answer: str, name: str) -> Passkey | None:
    """Keep the passkey a browser made; None where its answer does not fit."""
    challenge = _challenge(answer)
    ticket = use_ticket(session, challenge, TicketKind.PASSKEY) if challenge else None
    if ticket is None or ticket.user_id != user.id:
        return None
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    key = Passkey(
        user_id=user.id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
    )
    session.add(key)
    session.flush()
    return key


def sign_in_options(session: Session, site: Site) -> str:
    """What the browser is asked for to sign in with any passkey of this site, as JSON."""
    challenge = new_ticket(session, TicketKind.PASSKEY, _VALID)
    options = generate_authentication_options(
        rp_id=site.name, challenge=challenge.encode(), user_verification=UserVerificationRequirement.REQUIRED
    )
    return options_to_json(options)


def sign_in(session: Session, site: Site, answer: str) -> User | None:
    """The person whose passkey signed the challenge; None where anything does not fit."""
    challenge = _challenge(answer)
    found = find_passkey(session, _credential_id(answer)) if challenge else None
    ticket = use_ticket(session, challenge, TicketKind.PASSKEY) if challenge else None
    if found is None or ticket is None or ticket.user_id is not None:
        return None
    key, user = found
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge.encode(),
            expected_rp_id=site.name,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except WebAuthnException:
        return None
    key.sign_count, key.used_at = verified.new_sign_count, utcnow()
    return user


def _challenge(answer: str) -> str:
    """Which challenge an answer says it is to; whether it really is, the library checks. Empty where it is none."""
    try:
        client = json.loads(base64url_to_bytes(json.loads(answer)["response"]["clientDataJSON"]))
        return base64url_to_bytes(client["challenge"]).decode("ascii")
    except (ValueError, TypeError, KeyError):
        return ""


def _credential_id(answer: str) -> bytes:
    try:
        return base64url_to_bytes(json.loads(answer)["rawId"])
    except (ValueError, TypeError, KeyError):
        return b""

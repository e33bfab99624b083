"""``wildtrade serve``."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import typer

from review.serving import LOOPBACK, address_of, listen, run
from wildtrade.errors import WildtradeError

serve = typer.Typer()


@serve.command()
def serve_command(
    host: str = typer.Option("", "--host", help="Address to listen on; default: review.host of wildtrade.toml."),
    port: int = typer.Option(
        -1, "--port", min=-1, max=65535, help="Port; default: review.port of wildtrade.toml; 0: any free one."
    ),
    tls: bool = typer.Option(False, "--tls", help="Serve over https with a self-made certificate; for a network."),
    name: list[str] = typer.Option([], "--name", help="With --tls: another name people open the page under."),
    actor: str = typer.Option("", "--as", help="First start: name of the first user; default: your login name."),
    json: bool = typer.Option(False, "--json", help="Print the address as one JSON object."),
) -> int:
    """Serve the review page until interrupted. The first start makes a first user and prints how to sign in."""
    from review.certificate import certificate_in
    from review.first import first_link, login_name
    from storage.custody.workspace import custody_of
    from wildtrade.output import print_json
    from wildtrade.settings import open_workspace

    workspace = open_workspace()
    review = workspace.settings.review
    chosen = host or review.host
    listener = listen(chosen, review.port if port < 0 else port, tls=tls)
    certificate, fingerprint = certificate_in(workspace.root / "data" / "tls", name) if tls else (None, "")
    shown = "localhost" if chosen in LOOPBACK else (name[0] if name else "")
    told = _Told(address_of(listener, shown, tls=tls), fingerprint)
    try:
        link = first_link(workspace.database_url, actor or login_name(), workspace.policy)
    except WildtradeError:
        listener.close()
        raise

    def announce() -> None:
        told.sign_in = f"{told.url}link/{link}" if link else ""
        if json:
            print_json({"url": told.url, "sign_in": told.sign_in or None, "fingerprint": fingerprint or None})
        else:
            sys.stdout.write(told.text())
            sys.stdout.flush()

    return run(
        workspace.database_url,
        listener,
        announce,
        certificate=certificate,
        name=workspace.root.name,
        custody=custody_of(workspace),
        home=workspace.root,
    )


@dataclass
class _Told:
    url: str
    fingerprint: str
    sign_in: str = ""

    def text(self) -> str:
        lines = [f"review page: {self.url}  (Ctrl+C ends it)"]
        if self.fingerprint:
            lines.append(f"certificate: SHA-256 {self.fingerprint}")
            lines.append("             compare it with what the browser shows before you go on")
        if self.sign_in:
            lines.append(f"first user:  set a password within 24 hours at {self.sign_in}")
        return "\n".join(lines) + "\n"

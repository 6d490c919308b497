"""Runs a hook against a stand-in for Stripe: a server on loopback with a certificate of its own.

    python stripe.py [hook.wasm]

Without a component it builds examples/stripe/hook.ts.
"""

import json
import ssl
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

from backfill_host.config import host_of
from backfill_host.guest import LogLine
from backfill_host.runtime import Runtime

ROOT = Path(__file__).parents[2]
KEY = "sk_test_backfill"
ADDRESS = "93.184.216.34"


class Stripe(BaseHTTPRequestHandler):
    """Customers, for whoever shows the key."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answers each path alike."""
        known = self.headers["authorization"] == f"Bearer {KEY}"
        customers = [{"id": "cus_123", "name": "Ada"}, {"id": "cus_456", "name": "Grace"}]
        body = json.dumps({"object": "list", "data": customers} if known else {}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Shows a call that is allowed, and one that is not."""
    authority = trustme.CA()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stripe)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.stripe.com").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    runtime = Runtime()
    program = runtime.load(component(), ROOT / "dist" / "http.wasm")
    for entry in ("https://api.stripe.com/v1/*", "https://api.example.com/*"):
        host = host_of(
            {
                "permissions": [entry],
                "secrets": {"stripe_api_key": {"value": KEY}},
                "ca": authority.cert_pem.bytes().decode(),
            },
            runtime,
            on_log=show,
            look_up=lambda _host: [ADDRESS],
            dial=lambda _address, _port: ("127.0.0.1", server.server_port),
        )
        print(f"permissions {entry}")
        try:
            print("  result", host.run(program, "{}"))
        except Exception as error:  # noqa: BLE001 - whatever ended it is shown
            print("  ended ", error)
    server.shutdown()


def component() -> Path:
    """The component that was named, or the one of the example in AssemblyScript."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    built = Path(tempfile.mkdtemp()) / "hook.wasm"
    node = ROOT / "node_modules" / ".bin" / "node"
    source = "examples/stripe/hook.ts"
    build = [str(node), "dist/bin.js", "build", source, "--output", str(built)]
    subprocess.run(build, cwd=ROOT, check=True)
    return built


def show(line: LogLine) -> None:
    """Prints a line of the hook's log."""
    print("  log   ", line.level, line.message, json.dumps(line.fields or {}))


if __name__ == "__main__":
    main()

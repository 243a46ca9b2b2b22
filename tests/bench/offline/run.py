"""Runs the packed benchmark on a machine with neither Node nor network. `gpu.ts --pack` writes it beside its files.

    python3 run.py --browser PATH --out FOLDER [--limit SECONDS] [--flags "..." ...]

Serves this folder, opens the page in a headless Chromium, and writes what the page reports to
FOLDER/report.jsonl, line by line, so that a run that is cut short keeps what it has. Each --flags is a set of
switches to try; the first with which the browser finds a GPU that is no software one is taken. Exit code 1 where
none does or the time is up before the page is done.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PROBE = b"""<!doctype html><script type="module">
let found;
try {
	const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
	const { vendor, architecture, device, description } = adapter?.info ?? {};
	found = { gpu: !!navigator.gpu, adapter: !!adapter, vendor, architecture, device, description };
	await adapter?.requestDevice();
} catch (error) { found = { ...found, error: String(error) }; }
await fetch('probed', { method: 'POST', body: JSON.stringify(found) });
</script>"""

COMMON = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]


class Handler(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".wasm": "application/wasm", ".js": "text/javascript"}

    def __init__(self, *arguments, heard, **more):
        self.heard = heard
        super().__init__(*arguments, **more)

    def end_headers(self):
        self.send_header("Cross-Origin-Opener-Policy", "same-origin")
        self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def do_GET(self):
        if self.path != "/probe.html":
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PROBE)

    def do_POST(self):
        self.heard(self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def browse(browser: str, flags: list[str], address: str, log, until: threading.Event, seconds: float) -> bool:
    """Opens the address and waits for the event; False where it does not come in time or the browser ends."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser, "--headless", f"--user-data-dir={profile}", "--remote-debugging-port=0", *COMMON, *flags, address]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + seconds
        while not until.wait(0.2) and time.monotonic() < end and process.poll() is None:
            pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
    return until.is_set()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--browser", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=float, default=600)
    parser.add_argument("--flags", action="append", required=True)
    parser.add_argument("--software", action="store_true", help="take a software GPU as well, to try the script out")
    arguments = parser.parse_args()
    end = time.monotonic() + arguments.limit
    arguments.out.mkdir(parents=True, exist_ok=True)
    report = open(arguments.out / "report.jsonl", "w", buffering=1)
    log = open(arguments.out / "browser.log", "w")
    probed, done, found = threading.Event(), threading.Event(), {}

    def heard(path: str, body: str) -> None:
        if path == "/probed":
            found.clear()
            found.update(json.loads(body))
            probed.set()
        elif path == "/report":
            report.write(body + "\n")
            print(f"{time.strftime('%H:%M:%S')} {body[:400]}", flush=True)
        elif path == "/done":
            done.set()

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=Path(__file__).parent, heard=heard))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}"

    for flags in arguments.flags:
        probed.clear()
        browse(arguments.browser, flags.split(), f"{at}/probe.html", log, probed, 25)
        print(f"{flags}\n    -> {json.dumps(found) if probed.is_set() else 'no answer'}", flush=True)
        name = " ".join(str(found.get(key)) for key in ("vendor", "architecture", "description")).lower()
        real = found.get("adapter") and not any(soft in name for soft in ("swiftshader", "llvmpipe"))
        if probed.is_set() and (real or (arguments.software and found.get("adapter"))):
            break
    else:
        print("No set of flags found a GPU.", file=sys.stderr)
        return 1
    plan = json.loads((Path(__file__).parent / "plan.json").read_text())
    report.write(json.dumps({"flags": flags, "plan": plan}) + "\n")
    if not browse(arguments.browser, flags.split(), f"{at}/index.html", log, done, end - time.monotonic()):
        print("The page did not finish.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

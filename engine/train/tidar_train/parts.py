"""Files on their way between machines that let only so much through at a time.

    python -m tidar_train.parts split NAME OUT FILE_OR_FOLDER...    into OUT/part-1, OUT/part-2, ...: a folder a transfer
    python -m tidar_train.parts join OUT TO                         once all folders lie together again: unpacks every archive found

An archive NAME is a compressed tar file (rounded weights shrink by 6 %), cut into pieces NAME.000, NAME.001, ... Each folder holds at most FOLDER bytes in pieces of at most PIECE, and NAME.json, which says
how many pieces there are and the sha256 of each: a piece that is missing or broken is named.
"""

import argparse
import hashlib
import io
import json
import shutil
import sys
import tarfile
from pathlib import Path

PIECE = 15_500_000  # bytes; below 16 MiB
FOLDER = 62_000_000  # below 64 MiB


def split(name: str, out: Path, sources: list[Path], first: int = 1, piece: int = PIECE, folder: int = FOLDER) -> list[Path]:
    """Writes the folders part-FIRST, ... and returns them. Folders of that name are replaced. Raises FileNotFoundError for a missing source."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for source in sources:
            tar.add(source, arcname=source.name)
    data = buffer.getvalue()
    pieces = [data[a : a + piece] for a in range(0, len(data), piece)]
    index = {"archive": name, "pieces": [{"file": f"{name}.{i:03d}", "bytes": len(p), "sha256": hashlib.sha256(p).hexdigest()} for i, p in enumerate(pieces)]}
    each = max(1, folder // piece)
    folders = []
    for n, a in enumerate(range(0, len(pieces), each)):
        target, fresh = out / f"part-{first + n}", out / f"part-{first + n}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for entry, content in zip(index["pieces"][a : a + each], pieces[a : a + each]):
            (fresh / entry["file"]).write_bytes(content)
        (fresh / f"{name}.json").write_text(json.dumps(index, indent="\t") + "\n")
        shutil.rmtree(target, ignore_errors=True)  # for who copies it meanwhile, a missing piece shows in the index
        fresh.rename(target)
        folders.append(target)
    for left in out.glob(f"part-*/{name}.json"):  # of an earlier, longer splitting
        if left.parent not in folders:
            shutil.rmtree(left.parent)
    return folders


def join(source: Path, to: Path) -> list[str]:
    """Unpacks all archives whose pieces lie in `source` or folders below it. Returns their names. Raises ValueError, naming the pieces that are missing or broken."""
    indices = {}
    for path in sorted(source.rglob("*.json")):
        found = json.loads(path.read_text())
        if isinstance(found, dict) and "archive" in found:
            # Folders of two different splits of the same archive: their pieces cannot all fit one index.
            if indices.setdefault(found["archive"], found) != found:
                raise ValueError(f"{path} belongs to another splitting of {found['archive']}; copy all its folders anew")
    if not indices:
        raise ValueError(f"{source} holds no archive's index (NAME.json beside NAME.000); give the folder that holds part-1, part-2, ...")
    for name, index in indices.items():
        chunks, wrong = [], []
        for entry in index["pieces"]:
            path = next(iter(source.rglob(entry["file"])), None)
            data = path.read_bytes() if path else b""
            if hashlib.sha256(data).hexdigest() != entry["sha256"]:
                wrong.append(entry["file"] + (" (broken)" if path else " (missing)"))
            chunks.append(data)
        if wrong:
            raise ValueError(f"{name}: {', '.join(wrong)}; copy the folders that hold them again")
        to.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
            tar.extractall(to, filter="data")
    return list(indices)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tidar_train.parts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    s = commands.add_parser("split")
    s.add_argument("name")
    s.add_argument("out", type=Path)
    s.add_argument("sources", type=Path, nargs="+")
    s.add_argument("--first", type=int, default=1, help="number of the first folder")
    s = commands.add_parser("join")
    s.add_argument("source", type=Path)
    s.add_argument("to", type=Path)
    a = parser.parse_args(arguments)
    try:
        done = split(a.name, a.out, a.sources, a.first) if a.command == "split" else join(a.source, a.to)
    except (OSError, ValueError) as error:
        print(f"parts: {error}", file=sys.stderr)
        return 2
    print("\n".join(map(str, done)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

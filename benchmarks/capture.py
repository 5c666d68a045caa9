"""Capturing many small files over a long line, against OpenSSH's `sftp` that merely gets them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figure import Figure, Options, alternating, scratch, seconds
from include.sandbox.starting import Sandbox, start
from tests.end_to_end.site import site

FILES, SIZE = 200, 4096
ROUND_TRIP = 20  # milliseconds
ROUNDS = 3


def figures(options: Options) -> Iterator[Figure]:
    """The capture does more than its peer: it looks at locks, looks twice, hashes, records, and removes."""
    count = options.rows(FILES)
    what = f"capture {count} files of 4 KB at {ROUND_TRIP} ms round trip, against OpenSSH sftp -b"
    if not shutil.which("sftp"):
        yield Figure(what, "≥ 5 × as fast", "skipped", None, "there is no `sftp` on this machine")
        return
    with scratch() as folder, start(folder / "sandbox") as sandbox:
        sandbox.control.set_round_trip(ROUND_TRIP)
        took = alternating(ROUNDS, lambda: _theirs(sandbox, folder, count), lambda: _ours(sandbox, folder, count))
    theirs, ours = took
    detail = f"{ours:.1f} s against {theirs:.1f} s, connecting included; settle_seconds 0.1; medians of {ROUNDS}"
    yield Figure(what, "≥ 5 × as fast", f"{theirs / ours:.1f} ×", theirs >= 5 * ours, detail)


def _names(count: int) -> list[str]:
    return [f"export{number:04d}.csv" for number in range(count)]


def _fill(sandbox: Sandbox, count: int) -> None:
    for number, name in enumerate(_names(count)):
        (sandbox.drop / name).write_bytes(b"%04d" % number * (SIZE // 4))


def _ours(sandbox: Sandbox, folder: Path, count: int) -> float:
    _fill(sandbox, count)
    shutil.rmtree(folder / "site", ignore_errors=True)
    with site(sandbox, folder / "site") as opened:
        taken: list[int] = []
        took = seconds(lambda: taken.append(sum(opened.capture().values())))
    if taken != [count] or list(sandbox.drop.iterdir()):
        raise AssertionError(f"captured {taken} of {count}")
    return took


def _theirs(sandbox: Sandbox, folder: Path, count: int) -> float:
    _fill(sandbox, count)
    target, sftp = folder / "gotten", sandbox.sftp
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    known, batch = folder / "known_hosts", folder / "batch"
    known.write_text(f"[{sftp.host}]:{sftp.port} {sftp.host_key}\n")
    batch.write_text("".join(f"get {sftp.path}/{name} {target}/{name}\n" for name in _names(count)))
    login = ["-P", str(sftp.port), "-i", str(sftp.client_key), "-o", f"UserKnownHostsFile={known}"]
    rest = ["-o", "IdentitiesOnly=yes", "-q", "-b", str(batch), f"{sftp.username}@{sftp.host}"]
    took = seconds(lambda: subprocess.run(["sftp", *login, *rest], check=True, stdout=subprocess.DEVNULL))
    if len(list(target.iterdir())) != count:
        raise AssertionError("sftp has not got all files")
    for path in sandbox.drop.iterdir():
        path.unlink()
    return took

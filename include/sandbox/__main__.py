"""`python -m include.sandbox`: serve until SIGINT or SIGTERM; one line of JSON says where."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from include.sandbox.serving import Ports, serve


def main() -> None:
    """Read the options and serve."""
    options = _parser().parse_args()
    ports = Ports(options.moodle_port, options.sftp_port, options.control_port)
    how = {"bare": options.bare, "until_stdin_closes": options.until_stdin_closes, "where": options.where}
    if options.state is not None:
        asyncio.run(serve(options.state, ports, **how))
        return
    with tempfile.TemporaryDirectory(prefix="sandbox-") as state:
        asyncio.run(serve(Path(state), ports, **how))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m include.sandbox", description=__doc__)
    parser.add_argument("--state", type=Path, help="folder that keeps everything (default: one that is thrown away)")
    for name in ("moodle", "sftp", "control"):
        parser.add_argument(f"--{name}-port", type=int, default=0, help="default: any free one")
    parser.add_argument("--bare", action="store_true", help="a new state holds no people and no courses")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started it")
    parser.add_argument("--where", type=Path, help="file that tells where the sandbox is, for as long as it serves")
    return parser


if __name__ == "__main__":
    main()

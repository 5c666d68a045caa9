"""`python -m sync_operators.doctor`: examine this machine's site; exit status 1 when something fails."""

import argparse
import logging
import os
import sys

from sync_operators.doctor import telling


def main(arguments: list[str] | None = None) -> int:
    """Examine, print, and say by the exit status whether all is well."""
    options = _parser().parse_args(arguments)
    # Airflow hands out the connections of its own database to its servers alone; this stands in for one.
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    logging.disable(logging.NOTSET if options.debug else logging.CRITICAL)
    if options.debug:
        logging.basicConfig(level=logging.DEBUG)
    from sync_operators.doctor.examination import examine_site  # noqa: PLC0415  quick to say what is wrong with options
    from sync_operators.doctor.world import site  # noqa: PLC0415

    commands = [command for command in options.commands.split(",") if command]
    findings = examine_site(site(), commands)
    text = telling.as_json(findings) if options.json else "\n".join(telling.lines(findings))
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
    return telling.exit_status(findings)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sync_operators.doctor", description=__doc__)
    parser.add_argument("--json", action="store_true", help="the answer as one JSON object")
    parser.add_argument(
        "--commands", default="", help="what the site uses, such as users,enrolments: else the ledger tells"
    )
    parser.add_argument("--debug", action="store_true", help="log everything to stderr")
    return parser


if __name__ == "__main__":
    sys.exit(main())

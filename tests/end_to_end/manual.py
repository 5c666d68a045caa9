"""The command lines of a page of the manual, run as whoever reads it would."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from include.sandbox.environment import ROOT


def blocks(page: str) -> list[str]:
    """The shell blocks of a page, in order."""
    return re.findall(r"^```sh\n(.*?)^```", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def run(script: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run lines of the manual with bash, in the checkout."""
    for tool in ("bash", "curl"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: the command lines of the manual are NOT tested")
    plain = {"PATH": os.environ["PATH"], "HOME": str(Path.home()), "no_proxy": "127.0.0.1"}
    command = ["bash", "-euo", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=ROOT, env=plain | variables, capture_output=True, text=True, check=False, timeout=300
    )

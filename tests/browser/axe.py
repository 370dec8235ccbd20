# SPDX-License-Identifier: GPL-2.0-or-later
"""axe-core, fetched by npm, kept in the build directory and checked by its digest each time.

It is no part of hedate and nothing of it is in the source tree: it only reads the page in the test.
"""
import base64
import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile

VERSION = "4.14.1"
# As "npm view axe-core@VERSION dist.integrity" says: of the package that npm fetches.
INTEGRITY = ("sha512-FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASy"
             "FNNtuFooJpZe37OgudVGtQ==")
MEMBER = "package/axe.min.js"
SECONDS = 120


class Missing(Exception):
    """It could not be had, and why."""


def is_right(file):
    """Is this file the package?"""
    if not os.path.exists(file):
        return False
    with open(file, "rb") as opened:
        digest = hashlib.sha512(opened.read()).digest()
    return INTEGRITY == "sha512-" + base64.b64encode(digest).decode()


def fetch(file):
    """Put the package there."""
    if not shutil.which("npm"):
        raise Missing("npm is not installed (Debian's package npm has it)")
    with tempfile.TemporaryDirectory() as directory:
        try:
            done = subprocess.run(
                ["npm", "pack", "--ignore-scripts", "--silent", f"axe-core@{VERSION}"],
                cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=False, timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise Missing(f"npm was stopped after {SECONDS} s") from error
        packed = os.path.join(directory, f"axe-core-{VERSION}.tgz")
        if done.returncode or not os.path.exists(packed):
            said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
            raise Missing(f"npm: {said[-1] if said else f'status {done.returncode}'}")
        shutil.move(packed, file)


def source(directory):
    """The text of axe-core's script; Missing when it cannot be had."""
    file = os.path.join(directory, f"axe-core-{VERSION}.tgz")
    if not is_right(file):
        fetch(file)
        if not is_right(file):
            os.rename(file, file + ".wrong")
            raise Missing(f"what npm fetched has another digest: {file}.wrong")
    with tarfile.open(file) as package:
        return package.extractfile(MEMBER).read().decode()

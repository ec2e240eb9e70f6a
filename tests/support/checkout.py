"""The checkout as a stranger would get it, in another folder.
SPDX-License-Identifier: MIT"""
import os
import shutil
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

BUILDS = ("build", "build-asan", "build-tsan", "build-fuzz")


def copy_to(folder):
    """What git has or would take: HEAD with the changes that are not committed yet.  Without
    git (an unpacked tarball): all but the builds."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=TOP, capture_output=True)
    if listed.returncode:
        shutil.copytree(TOP, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*BUILDS))
        return folder
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = os.path.join(TOP, name), os.path.join(folder, name)
        if os.path.lexists(source):             # else deleted, but not yet in git
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return folder


def clean_environment(**more):
    """Ours, without what would change how the gateway starts."""
    out = {k: v for k, v in os.environ.items() if not k.startswith("CONDUIT_") and not k.endswith("_API_KEY")}
    out.update(more)
    return out

"""Write Asterisk's files for the asterisk container, then leave it to start.

Both containers share the run volume, so both know the same secrets.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, "/srv/samvad")
from ivr.asterisk.provision import find_asterisk, render
from ivr.errors import SamvadError
from ivr.settings.config import load_settings
from ivr.settings.people import load_telecallers


def main() -> int:
    """Print where asterisk.conf is. Returns the exit code."""
    file = Path(os.environ.get("SAMVAD_CONFIG", "config/samvad.toml"))
    try:
        settings = load_settings(file)
        telecallers = load_telecallers(settings.project / "config/telecallers.yaml")
        installed = find_asterisk(settings.project)
        folders = render(settings, telecallers, asterisk=installed)
    except SamvadError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    sys.stdout.write(f"{folders.conf_file}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

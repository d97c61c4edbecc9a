"""Take the picture of the report's first screen that README.md shows: make picture, after make paper."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).parent / "images/report.png"
WIDTH, HEIGHT, COLOURS = 1440, 900, 64


def main(report: Path) -> None:
    """Open a run's report in Chromium and keep what the window shows, in few colours."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser or not report.is_file():
        sys.exit(
            f"error: the picture needs Chromium and {report}. Run make paper first, or name another run: RUN=results/default"
        )
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={WIDTH},{HEIGHT}"]
        command = [browser, *flags, f"--screenshot={shot}", report.resolve().as_uri()]
        subprocess.run(command, check=True, capture_output=True)
        TARGET.parent.mkdir(exist_ok=True)
        Image.open(shot).convert("RGB").quantize(COLOURS).save(TARGET, optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "report.html")

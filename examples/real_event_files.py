"""Read real event files as published, and see where every row went.

Uses the real extracts in ../shared/data where they are; elsewhere it says so and reads a small made-up
GDELT file that it writes itself.

    python examples/real_event_files.py
"""

import tempfile
from pathlib import Path

from alignscore.errors import FormatError
from alignscore.ledger import Ledger
from alignscore.readers.gdelt import read_gdelt
from alignscore.readers.icews import read_icews
from alignscore.readers.sipri import read_sipri

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main():
    if DATA.exists():
        real()
    else:
        print("The real extracts (../shared/data) are not here; this is a made-up file of six rows.\n")
        made_up()


def real():
    events, report = read_gdelt(DATA / "gdelt" / "v2_20191024143000.export.CSV")
    print(report, "\n")
    print(Ledger.post(events, freq="M"), "\n")

    _, report = read_icews(DATA / "icews" / "events.2018.sample.tab")
    print(report, "\n")
    print(report.to_frame()[["action", "reason", "rows", "left"]].to_string(index=False), "\n")

    _, report = read_sipri(DATA / "other" / "sipri_trade_register_raw_preamble_latin1.csv")
    print(report, "\n")

    try:
        read_gdelt(DATA / "gdelt" / "BROKEN_v2_20190121220000_excel_semicolon.csv")
    except FormatError as refusal:
        print("A file saved by a spreadsheet:", refusal)


def made_up():
    acts = [("USA", "CHN", "040"), ("CHN", "USA", "040"), ("USA", "CHN", "040"), ("USA", "AFR", "036"),
            ("USA", "USA", "173"), ("JPN", "VNM", "057")]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "20191024143000.export.CSV"
        path.write_text("\n".join(line(n, *act) for n, act in enumerate(acts)) + "\n")
        events, report = read_gdelt(path)
    print(report, "\n")
    print(events.to_frame()[["source", "target", "date", "kind", "value", "mutual"]].to_string(index=False))


def line(number, source, target, code):
    """One row of a GDELT file of version 2; two reports of one article share its address."""
    cells = [""] * 61
    put = {0: number, 1: "20191024", 5: source, 7: source, 15: target, 17: target, 25: "1", 26: code,
           27: code, 28: code[:2], 32: "1", 59: "20191024143000",
           60: f"https://example.org/{number // 2}"}  # fmt: skip
    for at, cell in put.items():
        cells[at] = str(cell)
    return "\t".join(cells)


if __name__ == "__main__":
    main()

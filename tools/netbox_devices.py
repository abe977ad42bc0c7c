"""Join the device tables of a NetBox dump into the one sheet that `flask load --recipe netbox_devices` reads.

    .venv/bin/python tools/netbox_devices.py FOLDER_WITH_CSV_TABLES > devices.csv

The folder holds dcim_device.csv with the tables it refers to (types, manufacturers, roles, sites, racks).
NetBox's own export of its device list needs no joining.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

COLUMNS = (
    "id", "name", "asset_tag", "serial", "status", "role", "manufacturer", "model", "site", "rack", "description",
)  # fmt: skip


def table(folder: Path, name: str) -> dict[str, dict[str, str]]:
    """The rows of a table by their id; none where the table was not handed out."""
    file = folder / f"dcim_{name}.csv"
    if not file.exists():
        return {}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def main(folder: Path) -> None:
    roles, types = table(folder, "devicerole"), table(folder, "devicetype")
    makers, sites, racks = (
        table(folder, "manufacturer"), table(folder, "site"), table(folder, "rack"),
    )  # fmt: skip

    def named(rows: dict[str, dict[str, str]], key: str, column: str = "name") -> str:
        return rows.get(key, {}).get(column, "")

    writer = csv.DictWriter(sys.stdout, COLUMNS)
    writer.writeheader()
    for pk, device in table(folder, "device").items():
        kind = types.get(device["device_type_id"], {})
        writer.writerow(
            {
                "id": pk,
                "name": device["name"],
                "asset_tag": device["asset_tag"],
                "serial": device["serial"],
                "status": device["status"],
                "role": named(roles, device["role_id"]),
                "manufacturer": named(makers, kind.get("manufacturer_id", "")),
                "model": kind.get("model", ""),
                "site": named(sites, device["site_id"]),
                "rack": named(racks, device["rack_id"]),
                "description": device.get("description", "") or device.get("comments", ""),
            }
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

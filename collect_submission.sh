#!/usr/bin/env bash
# Packs the code, the three models and their predictions into assignment5.zip, in this folder.
#     bash collect_submission.sh [VARIANT]    # beside vanilla; default: synthesizer
set -euo pipefail
cd -- "$(dirname -- "$0")"

variant=${1:-synthesizer}
case $variant in
    vanilla | -*) echo "usage: bash collect_submission.sh [VARIANT], another one than vanilla" >&2; exit 2 ;;
esac
files=(
    vanilla.model.params vanilla.nopretrain.dev.predictions vanilla.nopretrain.test.predictions
    vanilla.finetune.params vanilla.pretrain.dev.predictions vanilla.pretrain.test.predictions
    "$variant.finetune.params" "$variant.pretrain.dev.predictions"
    "$variant.pretrain.test.predictions"
)
missing=0
for file in "${files[@]}"; do
    [ -s "$file" ] && [ -f "$file" ] && continue
    echo "missing: $file" >&2
    missing=1
done
[ -f src/run.py ] || { echo "missing: src/" >&2; missing=1; }
if [ "$missing" = 1 ]; then
    echo "Make the missing files with the README's commands; assignment5.zip was not made." >&2
    exit 1
fi

# Python's own zip module, so that no `zip` program need be installed.
python=${PYTHON:-python3}
for own in .venv/bin/python .venv/Scripts/python.exe; do  # the second on Windows, in Git Bash
    [ ! -x "$own" ] || python=$own
done
"$python" -c '' 2> /dev/null || { echo "error: no Python: install python3, or set PYTHON to its path" >&2; exit 2; }
"$python" - "${files[@]}" <<'PYTHON'
import os
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

sources = sorted(p for p in Path("src").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
temporary = Path(".assignment5.zip.tmp")
try:
    with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in [*sources, *map(Path, sys.argv[1:])]:
            archive.write(path)
    os.replace(temporary, "assignment5.zip")
except OSError as error:
    name = error.filename or "assignment5.zip"
    print(f"error: {name}: {error.strerror}: make it readable, or this folder writable", file=sys.stderr)
    sys.exit(2)
finally:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)
with zipfile.ZipFile("assignment5.zip") as archive:
    for item in archive.infolist():
        print(f"{item.file_size:>10}  {item.filename}")
size = Path("assignment5.zip").stat().st_size
print(f"Wrote assignment5.zip: {len(archive.infolist())} files, {size / 1e6:.1f} MB")
PYTHON

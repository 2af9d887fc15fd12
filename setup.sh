# Sourced by reproduce.sh and test.sh: makes .venv and installs a pinned requirements file into it.
#     . ./setup.sh; install requirements.txt

find_python() {
    local name
    for name in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python3.10 python; do
        [ -n "$name" ] || continue
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || continue
        echo "$name"
        return
    done
    echo "error: no Python 3.10 or newer found: install one, or set PYTHON to its path" >&2
    return 2
}

install() {
    local requirements=$1 python stamp
    # The stamp spares a second run the network, and a changed pin is still noticed.
    stamp=.venv/installed-$(cat requirements*.txt | cksum | cut -d' ' -f1)-$requirements
    [ -e "$stamp" ] && return
    if ! .venv/bin/python -m pip --version > /dev/null 2>&1; then
        python=$(find_python) || return
        echo "Making .venv with $("$python" --version)"
        "$python" -m venv --clear .venv || {
            echo "error: no .venv: on Debian and Ubuntu, apt-get install python3-venv" >&2
            return 2
        }
    fi
    echo "Installing $requirements (PyTorch is large: minutes on a slow line)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements" || return
    touch "$stamp"
}

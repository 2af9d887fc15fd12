# Sourced by reproduce.sh and test.sh: makes .venv and installs a pinned requirements file into it.
#     . ./setup.sh; install requirements.txt

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' > /dev/null 2>&1; }

find_python() {
    local name
    for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python3.10 python; do
        is_new_enough "$name" && { echo "$name"; return; }
        [ -z "${PYTHON:-}" ] || break  # no other one than was asked for
    done
    echo "error: no Python 3.10 or newer found${PYTHON:+ at $PYTHON}: install one, or set PYTHON to its path" >&2
    return 2
}

install() {
    local requirements=$1 python stamp
    if [ ! -e .venv ]; then
        python=$(find_python) || return
        echo "Making .venv with $("$python" --version)" >&2
        "$python" -m venv --without-pip .venv || {
            echo "error: $PWD/.venv could not be made, for the reason above" >&2
            return 2
        }
    fi
    is_new_enough .venv/bin/python || {
        echo "error: $PWD/.venv has no Python 3.10 or newer that works: remove it, and it is made anew" >&2
        return 2
    }
    # The stamp spares a second run the network, and a changed pin is still noticed.
    stamp=.venv/installed-$(cat requirements*.txt | cksum | cut -d' ' -f1)-$requirements
    [ -e "$stamp" ] && return
    .venv/bin/python -m pip --version > /dev/null 2>&1 ||
        .venv/bin/python -m ensurepip --default-pip > /dev/null || {
        echo "error: $PWD/.venv got no pip, for the reason above: Debian and Ubuntu need apt-get install python3-venv" >&2
        return 2
    }
    echo "Installing $requirements (PyTorch is large: minutes on a slow line)" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements" || {
        echo "error: $requirements was not installed into $PWD/.venv, for the reason above" >&2
        return 2
    }
    touch "$stamp"
}

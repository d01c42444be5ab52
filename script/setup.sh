# Sourced by the other scripts, with $root set to the project's folder: `set_up runtime` or
# `set_up dev` returns when .venv holds exactly what the lock files say, and costs a file
# comparison when it already does. Plain POSIX sh.
#
# .venv/ready-runtime and .venv/ready-dev are copies of the locks that were installed, written
# last. A .venv without a matching one was interrupted, or is out of date, and is built anew.

venv=${root:?}/.venv
log=$root/.venv-setup.log

# A stranger's Python path, or pip told to install elsewhere, must not reach the locked packages.
unset PYTHONHOME PYTHONPATH PIP_USER PIP_TARGET PIP_PREFIX

say() { printf 'set-up: %s\n' "$*" >&2; }

stop() {
    say "$*"
    exit 1
}

set_up() {
    if is_ready "$1" && [ -z "$(missing_browser "$1")" ]; then return 0; fi
    find_python
    # One set-up at a time: the kernel drops this lock when its holder ends, however it ends.
    exec 9<"$root/script/setup.sh"
    if ! flock_9 'fcntl.LOCK_EX | fcntl.LOCK_NB' 2>/dev/null; then
        say 'another set-up of this folder is running; waiting for it'
        flock_9 fcntl.LOCK_EX
    fi
    install_system_packages "$1"
    if ! is_ready "$1"; then install_python_packages "$1"; fi
    exec 9<&-
}

flock_9() { "$python" -c "import fcntl; fcntl.flock(9, $1)" 9<&9; }

is_ready() {
    [ -x "$venv/bin/python" ] &&
        lock_contents "$1" | cmp -s - "$venv/ready-$1"
}

lock_contents() { cat "$root/requirements-build.lock" "$(lock_file "$1")"; }

lock_file() {
    case $1 in
    dev) printf '%s\n' "$root/requirements-dev.lock" ;;
    *) printf '%s\n' "$root/requirements.lock" ;;
    esac
}

# The interpreter itself, not a link to it: after an upgrade of the system's Python the link in
# .venv then dangles and .venv is built anew, instead of running with the wrong packages.
find_python() {
    for name in python3.11 python3; do
        if python=$("$name" -c '
import os, sys
sys.version_info >= (3, 11) or sys.exit(1)
print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))' 2>/dev/null); then
            return 0
        fi
    done
    stop "missing: Python 3.11 or later. $(advice 'python3 python3-venv python3-dev')"
}

# A service's .venv keeps its packages when those of the tests come in: the dev lock holds the same
# versions. But not after such an addition was interrupted.
can_add_dev() { is_ready runtime && [ ! -e "$venv/adding-dev" ]; }

# What the system lacks, by the names of Debian's packages.
missing_packages() {
    if ! is_ready "$1" && ! can_add_dev; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        "$python" -c 'import ensurepip, venv' 2>/dev/null || echo "python$version-venv"
        "$python" -c '
import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' ||
            echo "python$version-dev"
        can_compile || echo gcc libc6-dev
    fi
    missing_browser "$1"
}

missing_browser() {
    if [ "$1" = dev ] && ! command -v chromium >/dev/null 2>&1; then echo chromium; fi
}

# durable-rules is published as source only.
can_compile() {
    compiler=${CC:-$("$python" -c 'import sysconfig; print(sysconfig.get_config_var("CC"))')}
    # shellcheck disable=SC2086 # a compiler may come with options
    printf '#include <stdio.h>\n' | $compiler -E -x c - >/dev/null 2>&1
}

advice() {
    if ! command -v apt-get >/dev/null 2>&1; then
        printf 'Install what your system calls these packages of Debian: %s.' "$1"
        return 0
    fi
    command="apt-get update && apt-get install -y --no-install-recommends $1"
    if [ "$(id -u)" = 0 ]; then
        printf 'Run: %s' "$command"
    elif command -v sudo >/dev/null 2>&1; then
        printf "Run: sudo sh -c '%s'" "$command"
    else
        printf "Run: su -c '%s'" "$command"
    fi
}

install_system_packages() {
    # shellcheck disable=SC2046 # one package name a word
    packages=$(echo $(missing_packages "$1"))
    if [ -z "$packages" ]; then return 0; fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        stop "missing: $packages. $(advice "$packages")"
    fi
    : >"$log"
    step "system packages: $packages" apt_install "$packages"
    # shellcheck disable=SC2046
    packages=$(echo $(missing_packages "$1"))
    if [ -n "$packages" ]; then stop "still missing after apt-get: $packages"; fi
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update || return 1
    # shellcheck disable=SC2086
    apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends $1
}

install_python_packages() {
    if [ ! -w "$root" ]; then stop "cannot write to $root, where .venv belongs; run as its owner"; fi
    : >"$log"
    if can_add_dev; then
        : >"$venv/adding-dev"
    else
        rm -rf "$venv"
        step 'virtual environment in .venv' "$python" -m venv "$venv"
        step 'build tools' pip_install "$root/requirements-build.lock"
    fi
    case $1 in
    dev) step 'packages for service and tests (a minute or two)' pip_install "$(lock_file dev)" ;;
    *) step 'packages (about a minute, one is compiled)' pip_install "$(lock_file runtime)" ;;
    esac
    mark_ready runtime
    if [ "$1" = dev ]; then mark_ready dev; fi
    rm -f "$venv/adding-dev" "$log"
    say 'done'
}

# Nothing is fetched whose hash is not in a lock: that is why builds are not isolated (an isolated
# build fetches its own tools) and why no other package than durable-rules may be built at all.
pip_install() {
    "$venv/bin/python" -m pip install --no-input --disable-pip-version-check \
        --require-hashes --only-binary :all: --no-binary durable-rules \
        --no-build-isolation --use-pep517 -r "$1"
}

mark_ready() {
    lock_contents "$1" >"$venv/ready.new"
    mv "$venv/ready.new" "$venv/ready-$1"
}

# Runs a command with its output in the log and a dot every three seconds, so that a person sees
# that it is alive.
step() {
    title=$1
    shift
    printf 'set-up: %s ' "$title" >&2
    (while sleep 3 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do printf . >&2; done) 9<&- &
    heartbeat=$!
    status=0
    "$@" >>"$log" 2>&1 </dev/null || status=$?
    kill "$heartbeat" 2>/dev/null || :
    wait "$heartbeat" 2>/dev/null || :
    if [ "$status" = 0 ]; then
        printf ' ok\n' >&2
        return 0
    fi
    printf ' failed\n' >&2
    tail -n 15 "$log" >&2
    stop "'$title' failed (above: the end of $log). Mend what it names and run the same command again."
}

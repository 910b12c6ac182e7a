# Sourced by quickstart.sh and Tests/run.sh: installs what the machine lacks, and nothing that it has.
#
#   install_packages curl sqlite git openssl python3 sqlite3 nginx fcgiwrap      any of these
#
# Debian and Ubuntu: apt-get, as root or by sudo. macOS: brew. Works in bash 3.2.

install_packages() {
  local need missing=""
  for need in "$@"; do
    if ! is_installed "$need"; then missing="$missing $need"; fi
  done
  if [ -z "$missing" ]; then return 0; fi
  echo "Installing what is missing:$missing" >&2
  if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086  # a list of words
    install_by_apt $missing
  elif command -v brew >/dev/null; then
    # shellcheck disable=SC2086
    install_by_brew $missing
  else
    echo "This machine has neither apt-get nor brew. Please install, with headers:$missing" >&2
    return 69
  fi
  for need in $missing; do
    if ! is_installed "$need"; then
      echo "$need is still missing after the installation." >&2
      return 69
    fi
  done
}

is_installed() {
  case "$1" in
    curl) has_library libcurl curl/curl.h ;;
    sqlite) has_library sqlite3 sqlite3.h ;;
    nginx | fcgiwrap) [ -x "/usr/sbin/$1" ] || command -v "$1" >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# has_library NAME HEADER: by pkg-config, or by the header where compilers look for it.
has_library() {
  if command -v pkg-config >/dev/null && pkg-config --exists "$1"; then return 0; fi
  local folder
  for folder in /usr/include /usr/include/*-linux-gnu* /usr/local/include; do
    if [ -f "$folder/$2" ]; then return 0; fi
  done
  # macOS has both in its SDK.
  command -v xcrun >/dev/null && [ -f "$(xcrun --show-sdk-path)/usr/include/$2" ]
}

install_by_apt() {
  local need names="" sudo=""
  for need in "$@"; do
    case "$need" in
      curl) names="$names libcurl4-openssl-dev" ;;
      sqlite) names="$names libsqlite3-dev" ;;
      git) names="$names git ca-certificates" ;;
      nginx) names="$names nginx-light" ;;
      *) names="$names $need" ;;
    esac
  done
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "Neither root nor sudo. Please have these installed:$names" >&2
      return 69
    fi
    sudo="sudo"
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  # shellcheck disable=SC2086
  $sudo env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends $names >&2
}

install_by_brew() {
  local need names=""
  for need in "$@"; do
    case "$need" in
      python3) names="$names python" ;;
      *) names="$names $need" ;;
    esac
  done
  # shellcheck disable=SC2086
  brew install $names >&2
}

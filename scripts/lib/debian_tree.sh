# shellcheck shell=bash
# Programs of Debian packages without installing them: fetched by apt with lists, cache and status of our own, unpacked
# into a folder, and run by the dynamic loader that was unpacked with them. Nothing on the system changes, and no root is
# needed. apt checks the signature of the lists and the hash of each package.

# The system's own mirror, as apt knows it.
debian_mirror() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  # shellcheck disable=SC2016 # the fields are apt's
  apt-get indextargets --format '$(RELEASE)|$(COMPONENT)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    awk -F'|' -v codename="$codename" '$1 == codename && $2 == "main" { print $3; exit }'
}

# fetch_debian_tree FOLDER SUITE PACKAGE...: fills FOLDER unless it is there; whole or not at all.
fetch_debian_tree() {
  local folder=$1 suite=$2
  shift 2
  [ -d "$folder" ] || with_cache_lock "$(basename "$folder")" unpack_debian_tree "$folder" "$suite" "$@"
}

unpack_debian_tree() {
  local folder=$1 suite=$2 apt=$1.apt mirror deb
  shift 2
  [ ! -d "$folder" ] || return 0
  command -v apt-get >/dev/null || { warn "cannot fetch $*: this is no Debian (apt-get is missing)"; return 1; }
  mirror=$(debian_mirror)
  [ -n "$mirror" ] || { warn "cannot fetch $*: apt's sources name no Debian mirror of this release"; return 1; }
  say "fetching $* of Debian $suite (once; kept in $folder)"
  rm -rf "$apt" "$folder.tmp"
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/trusted" "$folder.tmp" || return 1
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<CONF
Dir::State "$apt"; Dir::State::Lists "$apt/lists"; Dir::State::status "$apt/status"; Dir::Cache "$apt/cache";
Dir::Etc::SourceList "$apt/sources.list"; Dir::Etc::SourceParts "-"; Dir::Etc::Preferences "-"; Dir::Etc::PreferencesParts "-";
APT::Install-Recommends "false"; APT::Sandbox::User ""; Acquire::Languages "none"; Acquire::Retries "3";
CONF
  if ! APT_CONFIG=$apt/apt.conf apt-get -qq update >"$apt/log" 2>&1 ||
    ! APT_CONFIG=$apt/apt.conf apt-get -qq -y --download-only install "$@" >>"$apt/log" 2>&1; then
    warn "cannot fetch $* of Debian $suite from the system's mirror:"
    tail -n 5 "$apt/log" | sed 's/^/  detail: /' >&2
    return 1
  fi
  for deb in "$apt"/cache/archives/*.deb; do
    dpkg -x "$deb" "$folder.tmp" || { warn "cannot unpack $deb"; return 1; }
  done
  rm -rf "$apt"
  mv "$folder.tmp" "$folder"
}

# use_tree FOLDER: sets LOADER to the command words that run a program of the tree.
use_tree() {
  local libraries loader
  loader=$(compgen -G "$1/usr/lib/*-linux-gnu*/ld-linux*.so.*" || compgen -G "$1/lib*/*-linux-gnu*/ld-linux*.so.*" ||
    compgen -G "$1/lib*/ld-linux*.so.*") || return 1
  loader=${loader%%$'\n'*}
  libraries=$(printf '%s:' "$1"/usr/lib/*-linux-gnu* "$1"/lib/*-linux-gnu*)
  # shellcheck disable=SC2034 # for the caller
  LOADER=("$loader" --library-path "${libraries%:}")
}

# How this machine reaches packages. Sourced by clean_room.sh and images.sh, so
# that a bare room or a container being built reaches them the same way.
# shellcheck shell=bash disable=SC2034

pip_files=(/etc/pip.conf ~/.config/pip/pip.conf ~/.pip/pip.conf)

# NAME=VALUE lines: proxies, certificates, pip's and npm's settings.
machine_environment() {
  env | grep -iE '^((https?|no|all|ftp)_proxy|PIP_[A-Z_]+|NPM_CONFIG_[A-Z_]+|NODE_EXTRA_CA_CERTS|SSL_CERT_[A-Z]+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE)=' || true
}

# The local folders that pip's settings name: absolute paths and file:// URLs.
local_index_folders() {
  { cat "${pip_files[@]}" 2>/dev/null || true; machine_environment; } |
    grep -iE 'find.links|index' | grep -oE '(^|[ =]|file://)/[^ "]+' |
    sed -E 's,^(file://|[ =]),,' |
    while read -r folder; do
      # An index points at files beside it.
      case $folder in */simple) folder=${folder%/simple} ;; esac
      if [ -d "$folder" ]; then echo "$folder"; fi
    done | sort -u
}

#!/bin/sh
# Pins requirements.in and build-requirements.in: every version, and the hashes of every file of its release,
# so that both architectures are covered. Then checks that both can be installed from nothing else.
#
#   image/update-requirements.sh             keep the pinned versions where requirements.in still allows them
#   image/update-requirements.sh --upgrade   take the newest
set -eu
cd "$(dirname "$0")"

uv_version=0.13.9
python_version=3.13 # Debian 13's

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet "uv==$uv_version"

for name in build-requirements requirements; do
  "$tools/bin/uv" pip compile --quiet --generate-hashes --custom-compile-command image/update-requirements.sh \
    --python-version "$python_version" --python-platform x86_64-manylinux_2_28 \
    "$@" --output-file "$name.txt" "$name.in"
done

for platform in x86_64 aarch64; do
  echo "checking $platform"
  "$tools/bin/uv" pip install --quiet --require-hashes --no-deps --only-binary :all: --no-binary ydiff \
    --python-version "$python_version" --python-platform "$platform-manylinux_2_28" \
    --target "$tools/$platform" --requirement requirements.txt
done

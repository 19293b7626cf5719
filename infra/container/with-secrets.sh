#!/bin/sh
# Starts a command with what stands in files as environment variables, for programs that read a secret from the
# environment alone: NAME_FILE=/run/secrets/password becomes NAME=<its content>, and NAME_FILE is removed. Files
# elsewhere, such as SSL_CERT_FILE names, are left alone.
#
# A container's description shows the name of the file then, and not what stands in it.
set -eu

for name in $(env | sed -n 's|^\([A-Z][A-Z0-9_]*\)_FILE=/run/secrets/.*|\1|p'); do
    eval "file=\$${name}_FILE"
    if [ ! -r "$file" ]; then
        echo "with-secrets: ${name}_FILE names $file, which cannot be read" >&2
        exit 78
    fi
    value=$(cat "$file")
    export "$name=$value"
    unset "${name}_FILE"
done
exec "$@"

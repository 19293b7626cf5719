#!/bin/sh
# Writes a random password for each server into a folder that only its owner can enter; what is there stays.
#
#     infra/container/make-secrets.sh [FOLDER]        (default: infra/secrets)
set -eu

folder=${1:-"$(dirname "$0")/../secrets"}
mkdir -p "$folder"
chmod 700 "$folder"
for name in postgres prefect_db mlflow_db mlflow_admin mlflow_session bucket; do
    [ -s "$folder/$name" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' > "$folder/$name"
done
# Prefect's server takes one user and password for all.
[ -s "$folder/prefect_api" ] || printf 'group:%s' "$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')" \
    > "$folder/prefect_api"
# Containers read them under another account; the folder keeps everybody else out.
chmod 644 "$folder"/*
echo "secrets are in $folder"

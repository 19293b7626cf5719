#!/bin/sh
# Makes the roles and databases of Prefect and MLflow where they are missing, and sets the roles' passwords.
#
# Run it as PostgreSQL's superuser (PGHOST, PGPORT and PGUSER say where and who; psql 15 or newer), with
# PREFECT_DB_PASSWORD and MLFLOW_DB_PASSWORD in the environment, or in the files that PREFECT_DB_PASSWORD_FILE and
# MLFLOW_DB_PASSWORD_FILE name. It may be run again. The image of PostgreSQL runs it when its volume is new.
set -eu

if [ -n "${PREFECT_DB_PASSWORD_FILE:-}" ]; then PREFECT_DB_PASSWORD=$(cat "$PREFECT_DB_PASSWORD_FILE"); fi
if [ -n "${MLFLOW_DB_PASSWORD_FILE:-}" ]; then MLFLOW_DB_PASSWORD=$(cat "$MLFLOW_DB_PASSWORD_FILE"); fi
: "${PREFECT_DB_PASSWORD:?is not set}" "${MLFLOW_DB_PASSWORD:?is not set}"
PGUSER=${PGUSER:-${POSTGRES_USER:-postgres}}
export PREFECT_DB_PASSWORD MLFLOW_DB_PASSWORD PGUSER

# Passwords go by the environment: what stands in a command line, everybody on the machine can read.
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --dbname postgres <<'SQL'
\getenv prefect_password PREFECT_DB_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD
SELECT 'CREATE ROLE prefect LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'prefect') \gexec
SELECT 'CREATE ROLE mlflow LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mlflow') \gexec
ALTER ROLE prefect PASSWORD :'prefect_password';
ALTER ROLE mlflow PASSWORD :'mlflow_password';
SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
  FROM (VALUES ('prefect', 'prefect'), ('mlflow', 'mlflow'), ('mlflow_auth', 'mlflow')) AS wanted (name, owner)
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
REVOKE ALL ON DATABASE prefect, mlflow, mlflow_auth FROM PUBLIC;
SQL

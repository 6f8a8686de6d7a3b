#!/bin/sh
# Creates the application's role, its database and the extensions. The PostgreSQL container runs it once, when its
# volume is empty. For your own server, run it as a superuser: DATABASE_PASSWORD=… sh 10-videomoments.sh
set -eu

psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=password="$DATABASE_PASSWORD" \
    --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
CREATE ROLE videomoments LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE videomoments OWNER videomoments;
\connect videomoments
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
CREATE EXTENSION vector;
SQL

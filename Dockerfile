# Small, any architecture, not root, with the packages that were audited. The simulator and the demo
# are left out of the image's extras.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE requirements-dev.txt ./
COPY bridge bridge
RUN python -m venv /opt/bridge \
    && /opt/bridge/bin/pip install --no-cache-dir --disable-pip-version-check \
        --constraint requirements-dev.txt .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="powerwall-mqtt" \
      org.opencontainers.image.description="Tesla Powerwall gateways on MQTT" \
      org.opencontainers.image.licenses="MIT"
RUN groupadd --system --gid 10001 bridge \
    && useradd --system --uid 10001 --gid 10001 --home-dir /data --shell /usr/sbin/nologin bridge \
    && install --directory --owner bridge --group bridge --mode 0700 /data
COPY --from=build /opt/bridge /opt/bridge
ENV PATH=/opt/bridge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATE_DIR=/data
USER 10001:10001
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["powerwall-mqtt", "healthcheck"]
ENTRYPOINT ["powerwall-mqtt"]
CMD ["run"]

# Small, any architecture, not root. The simulator and the demo are left out of the image's extras.
FROM python:3.13-slim AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY bridge bridge
RUN python -m venv /opt/bridge \
    && /opt/bridge/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
LABEL org.opencontainers.image.title="powerwall-mqtt" \
      org.opencontainers.image.description="Tesla Powerwall gateways on MQTT" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin bridge \
    && mkdir /data && chown bridge /data
COPY --from=build /opt/bridge /opt/bridge
ENV PATH=/opt/bridge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATE_DIR=/data
USER bridge
WORKDIR /data
VOLUME /data
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["powerwall-mqtt", "healthcheck"]
ENTRYPOINT ["powerwall-mqtt"]
CMD ["run"]

# Docker: an image of the static program alone, without root, on a read-only root
#
# With the program for Linux and this file beside each other:
#
#   docker build -t vitrine .
#   docker run -d --name vitrine --read-only -p 127.0.0.1:8080:8080 -v vitrine:/data \
#     -e DATABASE_URL='postgresql://vitrine_reader:password@host.docker.internal:5432/shop' \
#     --add-host host.docker.internal:host-gateway vitrine
#
# "localhost" in DATABASE_URL would be the container itself. A secret may be mounted as a file: DATABASE_URL_FILE.

FROM debian:12-slim AS files
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && install -d -o 65534 -g 65534 /image/data /image/data/public /image/data/state

FROM scratch
COPY --from=files /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=files --chown=65534:65534 /image/data /data
COPY vitrine /vitrine

ENV PUBLIC_DIR=/data/public STATE_DIR=/data/state LISTEN_ADDR=:8080 LOG_FORMAT=json
WORKDIR /data
VOLUME /data
EXPOSE 8080
USER 65534:65534
# pass is healthy; warn (the page is good, the last refresh was not) and fail are not, three times in a row. Docker only
# shows it. Swarm restarts the container, which mends nothing that it does not mend by itself: leave it out there.
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s CMD ["/vitrine", "status"]
ENTRYPOINT ["/vitrine"]
CMD ["serve"]

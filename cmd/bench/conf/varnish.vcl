# Varnish stands in front of vitrine and caches its answers in all codings, by Vary.
vcl 4.1;
backend default { .host = "${ORIGIN_HOST}"; .port = "${ORIGIN_PORT}"; }

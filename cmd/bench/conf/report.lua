-- wrk calls this at its end: requests, microseconds, 99th percentile of the latency in microseconds, failures.
function done(summary, latency)
    local e = summary.errors
    print(string.format("result %d %d %d %d", summary.requests, summary.duration, latency:percentile(99),
        e.connect + e.read + e.write + e.status + e.timeout))
end

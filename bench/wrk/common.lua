-- What all cases share: the headers of a signed-in client, and a last line with exact figures for bench/lib/wrk.mjs.
-- wrk's own report rounds its percentiles; latency:percentile() gives whole microseconds.
-- Environment: BENCH_TOKEN (may be empty), BENCH_ROWS (ids run from 1 to it).

local common = {}

common.rows = tonumber(os.getenv("BENCH_ROWS") or "10000")

function common.add_headers(body)
  local token = os.getenv("BENCH_TOKEN")
  if token and token ~= "" then wrk.headers["Authorization"] = "Bearer " .. token end
  if body then wrk.headers["Content-Type"] = "application/json" end
end

-- Requests are made once and repeated, so that making them costs the load generator nothing while it measures.
function common.cycle(make, count)
  local requests = {}
  for i = 1, count do requests[i] = make(i) end
  local at = math.random(count)
  return function()
    at = at % count + 1
    return requests[at]
  end
end

-- Threads start in the same second; each gets numbers of its own.
local threads = 0
function common.setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
end

function common.seed()
  math.randomseed(os.time() * 64 + (thread_number or 0))
  for _ = 1, 8 do math.random() end
end

function common.done(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\nBENCH {"requests":%d,"seconds":%.6f,"bytes":%d,"p50_us":%d,"p90_us":%d,"p99_us":%d,"p999_us":%d,"max_us":%d,' ..
    '"errors":{"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d}}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50), latency:percentile(90),
    latency:percentile(99), latency:percentile(99.9), latency.max, e.connect, e.read, e.write, e.status, e.timeout))
end

return common

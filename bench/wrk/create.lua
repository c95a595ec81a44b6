-- One new row a request, in a collection of its own so that the read cases keep their size.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
setup = common.setup
done = common.done

local filler = string.rep("A row that somebody typed into a form. ", 8):sub(1, 300)

local next_request
function init()
  common.seed()
  common.add_headers(true)
  next_request = common.cycle(function(i)
    local body = string.format(
      '{"title":"Created %d-%d","content":"%s","quantity":%d,"rating":%.2f,"price":"%d.%02d","active":%s,' ..
      '"startsAt":"2025-03-04T05:06:07.000Z","endsAt":"2025-04-05T06:07:08.000Z","groupId":%d}',
      thread_number or 0, i, filler, math.random(0, 999), math.random() * 5, math.random(0, 9999), math.random(0, 99),
      math.random(2) == 1 and "true" or "false", math.random(100))
    return wrk.format("POST", "/api/bench_created:create", nil, body)
  end, 1024)
end

function request() return next_request() end

-- One row by id; ids at random.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
setup = common.setup
done = common.done

local next_request
function init()
  common.seed()
  common.add_headers()
  next_request = common.cycle(function() return wrk.format("GET", "/api/bench_rows:get/" .. math.random(common.rows)) end, 4096)
end

function request() return next_request() end

-- The first page, 20 rows, of a collection.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
wrk.path = "/api/bench_rows:list?pageSize=20"
common.add_headers()
done = common.done

-- One GET of the address given on the command line, always the same: health check, nginx' files.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
common.add_headers()
done = common.done

-- A page of the rows that a filter chooses (about half of them), each with the record it belongs to.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
wrk.path = "/api/bench_rows:list?pageSize=20&appends%5B%5D=group&filter=%7B%22quantity%22%3A%7B%22%24lt%22%3A500%7D%7D"
common.add_headers()
done = common.done

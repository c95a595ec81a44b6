-- Signing in with name and password: one scrypt of about 16 MB and some 40 ms of one core each.
-- Environment: BENCH_ACCOUNT, BENCH_PASSWORD.
local common = dofile(os.getenv("BENCH_WRK_DIR") .. "/common.lua")
wrk.method = "POST"
wrk.path = "/api/auth:signIn"
wrk.headers = { ["Content-Type"] = "application/json" }
wrk.body = string.format('{"account":"%s","password":"%s"}', os.getenv("BENCH_ACCOUNT"), os.getenv("BENCH_PASSWORD"))
done = common.done

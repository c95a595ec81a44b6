#pragma once

#include "raw_sqlite_worker.hpp"

namespace bench {

/// The least server that can be written around the SQL: `threads` event loops on one port; every request,
/// whatever it asks for, is answered with the case's query, its columns as tab-separated text. No router, no
/// token, no JSON, no limits, no time-outs, no log; the query runs on the event loop. What a client of a
/// server can get out of SQLite at most. Runs until it is killed. Throws std::runtime_error.
void serve(const Options& options);

}  // namespace bench

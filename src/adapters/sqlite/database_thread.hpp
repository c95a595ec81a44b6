#pragma once

#include <boost/asio/io_context.hpp>
#include <thread>

#include "runtime/task.hpp"

namespace flotilla::sqlite {

/// Starts a thread that runs the coroutine `serve` until it ends. `serve` blocks its thread while it has
/// nothing to do; the io_context is there for works that wait for something else than their session. `name`
/// has at most 15 bytes.
std::thread start_database_thread(boost::asio::io_context& io, const char* name, Task<void> serve);

}  // namespace flotilla::sqlite

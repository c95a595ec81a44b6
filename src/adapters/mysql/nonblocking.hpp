#pragma once

#include <mysql.h>

#include <utility>

#include "runtime/task.hpp"

namespace flotilla::mysql {

/// Runs one call of Connector/C to its end: `start` begins it, `go_on` continues it with what has happened,
/// `ready` waits for what it asks for (MYSQL_WAIT_...) and tells what has happened.
template <class Start, class Continue, class Ready>
Task<void> drive(Start start, Continue go_on, Ready ready) {
  for (int asked = start(); asked != 0;) {
    const int happened = co_await ready(asked);
    asked = go_on(happened);
  }
}

}  // namespace flotilla::mysql

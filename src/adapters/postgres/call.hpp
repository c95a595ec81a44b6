#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "adapters/postgres/handles.hpp"
#include "data/sql/database.hpp"

namespace flotilla::postgres {

/// What is sent at once and answered at once, up to a Sync: outside of BEGIN and COMMIT it is a transaction
/// of its own. It lives in the frame of the coroutine that waits for it.
struct Call {
  std::span<const std::string> before;  ///< statements without values
  const data::Fragment* statement = nullptr;
  bool prepare = true;   ///< keep the statement prepared, when the connection does so at all
  bool reading = false;  ///< words an error as one of a read

  // The answer.
  ResultHandle result;                  ///< of the statement
  std::optional<data::SqlError> error;  ///< the first one
  bool stale = false;                   ///< a statement prepared before was refused: worth another try
  bool lost = false;                    ///< the connection ended before the answer did
  bool done = false;

  // Used by the link.
  int commands = 0;    ///< sent
  int answered = 0;    ///< of them
  int main = 0;        ///< which of them is the statement
  int preparing = -1;  ///< which of them prepares it; -1 none, or it has
  bool fresh = false;  ///< this call has prepared it
  std::string name;    ///< of the prepared statement; empty: not prepared
  std::chrono::steady_clock::time_point sent_at{};
  std::move_only_function<void()> resume;
};

}  // namespace flotilla::postgres

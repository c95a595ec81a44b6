#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace flotilla::cluster {

/// A store that can answer some reads at once, from memory. Thread-safe.
class InstantReads {
 public:
  virtual ~InstantReads() = default;
  /// Null: ask the store. Never blocks for longer than a look into a table.
  virtual std::shared_ptr<const std::string> peek(std::string_view key) = 0;
};

}  // namespace flotilla::cluster

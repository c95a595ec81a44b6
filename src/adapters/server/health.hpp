#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/sql/database.hpp"

namespace flotilla::server {

/// Whether the server can be reached, as far as the last attempt told. Used on one event loop.
class Health {
 public:
  /// Set while attempts to connect fail and no connection is left: calls end with it at once.
  const std::optional<data::SqlError>& why_down() const { return why_down_; }
  void up() { why_down_.reset(); }
  void down(const data::SqlError& why) {
    why_down_ = why;
    for (const auto& told : on_down_) told(why);
  }
  void on_down(std::function<void(const data::SqlError&)> told) { on_down_.push_back(std::move(told)); }

 private:
  std::optional<data::SqlError> why_down_;
  std::vector<std::function<void(const data::SqlError&)>> on_down_;
};

}  // namespace flotilla::server

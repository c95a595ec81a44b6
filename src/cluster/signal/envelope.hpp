#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "cluster/node.hpp"
#include "cluster/signal/signals.hpp"

namespace flotilla::cluster {

/// What goes through the log: {"publisherId", "skipSelf"?, "onlySelf"?, "publishedAt"?, "message"}. Pure.
struct SignalEnvelope {
  NodeId publisher;
  SignalOptions options;
  Json message;
  /// By the publisher's clock, in ms; empty from publishers that do not tell it.
  std::optional<UnixMs> published_at = {};

  std::string text() const;
  /// Empty for what is no envelope.
  static std::optional<SignalEnvelope> parse(std::string_view text);
  /// Whether the handlers of node `self` hear it.
  bool reaches(const NodeId& self) const;
};

}  // namespace flotilla::cluster

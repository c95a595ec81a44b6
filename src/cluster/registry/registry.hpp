#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "cluster/registry/registry_store.hpp"

namespace flotilla::cluster {

/// Announces this node and tells of the others. A node that was not seen for kAliveFor is gone. Thread-safe.
class Registry {
 public:
  static constexpr Millis kAnnounceEvery{2'000};
  static constexpr Millis kAliveFor{7'000};
  static constexpr Millis kForgetAfter{24 * 3'600'000};

  /// `describe` gives the record as it is now; called before every announcement, on the executor.
  Registry(boost::asio::any_io_executor executor, std::shared_ptr<RegistryStore> store,
           std::function<NodeRecord()> describe);
  /// After stop() was awaited.
  ~Registry();

  /// Announces once, then goes on in the background whatever happens. Throws Unavailable when the first
  /// announcement fails; it does not go on then.
  Task<void> start();
  /// Leaves. Throws Unavailable: the others then see the node go after kAliveFor.
  Task<void> stop();
  /// The nodes that live, this one among them.
  Task<std::vector<NodeRecord>> alive();

 private:
  class Announcer;
  std::shared_ptr<Announcer> announcer_;
};

}  // namespace flotilla::cluster

#include "cluster/registry/registry.hpp"

#include "base/log.hpp"
#include "cluster/registry/membership.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

namespace {

constexpr int kForgetEvery = 100;  ///< announcements

}  // namespace

class Registry::Announcer : public std::enable_shared_from_this<Registry::Announcer> {
 public:
  Announcer(boost::asio::any_io_executor executor, std::shared_ptr<RegistryStore> store,
            std::function<NodeRecord()> describe)
      : store(std::move(store)), describe(std::move(describe)), tasks(std::move(executor)) {}

  Task<void> announce_again();

  const std::shared_ptr<RegistryStore> store;
  const std::function<NodeRecord()> describe;
  TaskGroup tasks;
};

Task<void> Registry::Announcer::announce_again() {
  const std::shared_ptr<Announcer> kept = shared_from_this();
  bool reachable = true;
  for (int round = 1; !co_await tasks.stopping().wait(kAnnounceEvery); ++round) {
    std::string failure;
    try {
      co_await store->announce(describe());
      // Soon after the start too: a fleet of nodes that live for minutes would never forget any.
      if (round % kForgetEvery == 1) co_await store->forget(kForgetAfter);
    } catch (const std::exception& error) {
      failure = error.what();
    }
    if (!failure.empty() && reachable) log::warn("the node could not announce itself", {{"reason", failure}});
    reachable = failure.empty();
  }
}

Registry::Registry(boost::asio::any_io_executor executor, std::shared_ptr<RegistryStore> store,
                   std::function<NodeRecord()> describe)
    : announcer_(std::make_shared<Announcer>(std::move(executor), std::move(store), std::move(describe))) {}

Registry::~Registry() { announcer_->tasks.stop(); }

Task<void> Registry::start() {
  const std::shared_ptr<Announcer> announcer = announcer_;
  co_await announcer->store->announce(announcer->describe());
  announcer->tasks.spawn("announcing the node", announcer->announce_again());
}

Task<void> Registry::stop() {
  const std::shared_ptr<Announcer> announcer = announcer_;
  announcer->tasks.stop();
  co_await announcer->tasks.wait();
  co_await announcer->store->leave(announcer->describe().id);
}

Task<std::vector<NodeRecord>> Registry::alive() {
  const std::shared_ptr<Announcer> announcer = announcer_;
  co_return living(co_await announcer->store->list(), kAliveFor);
}

}  // namespace flotilla::cluster

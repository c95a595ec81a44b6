#include "contract/makers/rabbitmq.hpp"

#include <map>
#include <mutex>

#include "adapters/rabbitmq/rabbitmq_queue.hpp"

namespace flotilla::contract {
namespace {

/// Keys as a fleet's lock store keeps them, for the nodes of this process.
class SharedKeys final : public cluster::LockStore {
 public:
  Task<Attempt> try_take(std::string key, std::string owner, cluster::Millis ttl) override {
    std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    Held& held = held_[key];
    const bool granted = held.owner.empty() || held.owner == owner || held.until <= now;
    if (granted) held = {owner, now + ttl};
    co_return Attempt{granted, 1, cluster::Millis{0}};
  }
  Task<bool> extend(std::string, std::string, cluster::Millis) override { co_return false; }
  Task<bool> release(std::string key, std::string) override {
    std::lock_guard lock(mutex_);
    co_return held_.erase(key) > 0;
  }
  Task<void> wait_released(std::string, cluster::Millis) override { co_return; }

 private:
  struct Held {
    std::string owner;
    cluster::Monotonic until{};
  };
  std::mutex mutex_;
  std::map<std::string, Held> held_;
};

}  // namespace

std::shared_ptr<cluster::QueueBackend> rabbitmq_queue(const std::string& url, const std::string& app) {
  static std::map<std::string, std::shared_ptr<SharedKeys>> keys;
  std::shared_ptr<SharedKeys>& shared = keys[app];
  if (!shared) shared = std::make_shared<SharedKeys>();
  return std::make_shared<rabbitmq::RabbitQueue>(rabbitmq::RabbitOptions{url}, shared);
}

}  // namespace flotilla::contract

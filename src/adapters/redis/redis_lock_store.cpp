#include "adapters/redis/redis_lock_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "cluster/time.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::redis {

namespace {

// One hash a lock: owner and until (ms) while it is held, and the last token. One key, so that no name of a
// lock is another one's token. The end of a lease is compared with the server's clock, as its own expiry of
// keys would be.
const std::string kCommon = R"(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local state = redis.call('HMGET', KEYS[1], 'owner', 'until', 'token')
local owner, left, last = state[1], 0, tonumber(state[3] or '0')
if owner then left = tonumber(state[2]) - now end
local function hold(token)
  local ttl = tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'until', string.format('%.0f', now + ttl), 'token', token)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl + tonumber(ARGV[3])))
end
)";

// An owner whose answer was lost gets the same grant again.
const Script kTake(kCommon + R"(
if left > 0 then
  if owner == ARGV[1] then return {1, state[3], 0} end
  return {0, '0', left}
end
local token = string.format('%.0f', math.max(last + 1, time[1] * 1000000 + time[2]))
hold(token)
return {1, token, 0}
)");

const Script kExtend(kCommon + R"(
if left <= 0 or owner ~= ARGV[1] then return 0 end
hold(state[3])
return 1
)");

const Script kRelease(kCommon + R"(
if left <= 0 or owner ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'owner', 'until')
redis.call('PUBLISH', KEYS[1], '')
return 1
)");

const Script kLook(kCommon + "return math.max(0, left)");

/// Without the subscription a waiter looks this often.
constexpr Millis kLookDeaf{50};
constexpr Millis kSubscribeMax{500};

using cluster::Monotonic;

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

/// Who waits for which key. Thread-safe.
class RedisLockStore::Waiters {
 public:
  std::shared_ptr<Wakeup> join(const std::string& key) {
    std::lock_guard lock(mutex_);
    Place& place = places_[key];
    ++place.waiting;
    if (!place.wakeup) place.wakeup = std::make_shared<Wakeup>();
    return place.wakeup;
  }
  void leave(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found != places_.end() && --found->second.waiting == 0) places_.erase(found);
  }
  void wake(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found != places_.end()) found->second.wakeup->notify();
  }
  /// Releases may have been missed.
  void wake_all() {
    std::lock_guard lock(mutex_);
    for (auto& [key, place] : places_) place.wakeup->notify();
  }

 private:
  struct Place {
    std::shared_ptr<Wakeup> wakeup;
    int waiting = 0;
  };
  std::mutex mutex_;
  std::map<std::string, Place> places_;
};

std::shared_ptr<RedisLockStore> RedisLockStore::make(std::shared_ptr<RedisClient> client,
                                                     const boost::asio::any_io_executor& executor) {
  return std::shared_ptr<RedisLockStore>(new RedisLockStore(std::move(client), executor));
}

RedisLockStore::RedisLockStore(std::shared_ptr<RedisClient> client,
                               const boost::asio::any_io_executor& executor)
    : client_(std::move(client)), waiters_(std::make_shared<Waiters>()) {
  RedisSubscriber::Listener listener;
  listener.message = [waiters = waiters_](const std::string& key, const Reply&) { waiters->wake(key); };
  listener.subscribed = [waiters = waiters_] { waiters->wake_all(); };
  subscriber_ = std::make_shared<RedisSubscriber>(executor, client_->url(), std::move(listener),
                                                  std::vector<std::string>{});
}

RedisLockStore::~RedisLockStore() = default;

Task<cluster::LockStore::Attempt> RedisLockStore::try_take(std::string key, std::string owner, Millis ttl) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(owner), std::to_string(ttl.count()),
                                std::to_string(kTokenKept.count())};
  const Reply reply = co_await client->run(kTake, std::move(keys), std::move(args));
  co_return Attempt{reply.at(0).integer() == 1, reply.at(1).integer(),
                    Millis{std::max<std::int64_t>(0, reply.at(2).integer())}};
}

Task<bool> RedisLockStore::extend(std::string key, std::string owner, Millis ttl) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(owner), std::to_string(ttl.count()),
                                std::to_string(kTokenKept.count())};
  co_return (co_await client->run(kExtend, std::move(keys), std::move(args))).integer() == 1;
}

Task<bool> RedisLockStore::release(std::string key, std::string owner) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(owner)};
  co_return (co_await client->run(kRelease, std::move(keys), std::move(args))).integer() == 1;
}

Task<void> RedisLockStore::wait_released(std::string key, Millis wait) {
  const std::shared_ptr<RedisClient> client = client_;
  const std::shared_ptr<Waiters> waiters = waiters_;
  const std::shared_ptr<RedisSubscriber> subscriber = subscriber_;
  const cluster::Monotonic deadline = now() + wait;
  const std::shared_ptr<Wakeup> wakeup = waiters->join(key);
  const Wakeup::Version seen = wakeup->version();
  std::exception_ptr failure;
  try {
    const bool heard = co_await subscriber->subscribe(key, std::min(wait, kSubscribeMax));
    // Released before we listened?
    std::vector<std::string> keys{key};
    const std::int64_t left = (co_await client->run(kLook, std::move(keys), {})).integer();
    const Millis pause = std::min(std::chrono::ceil<Millis>(deadline - now()),
                                  heard ? Millis{left} : std::min(Millis{left}, kLookDeaf));
    if (left > 0 && pause > Millis{0}) co_await wakeup->wait(seen, pause);
  } catch (...) {
    failure = std::current_exception();
  }
  subscriber->unsubscribe(key);
  waiters->leave(key);
  if (failure) std::rethrow_exception(failure);
}

Task<void> RedisLockStore::close() { co_await subscriber_->close(); }

}  // namespace flotilla::redis

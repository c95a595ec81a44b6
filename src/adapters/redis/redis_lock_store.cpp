#include "adapters/redis/redis_lock_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include "cluster/time.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::redis {

namespace {

// KEYS: the lease, a text with the owner that expires, and the last token. Of a counter that is new, or was
// forgotten with the server's memory, INCR makes a small number: it then begins at the clock.
const std::string kCommon = R"(
local function seed(token)
  local time = redis.call('TIME')
  token = math.max(token, time[1] * 1000000 + time[2])
  redis.call('SET', KEYS[2], string.format('%.0f', token), 'PX', ARGV[3])
  return token
end
)";

// A free lock costs two calls: each one more is a tenth of a round trip. An owner whose answer was lost gets
// the same grant again.
const Script kTake(kCommon + R"(
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local token = redis.call('INCR', KEYS[2])
  if token < 1000000000000000 then token = seed(token) end
  return {1, token, 0}
end
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return {1, tonumber(redis.call('GET', KEYS[2])) or seed(0), 0}
end
return {0, 0, redis.call('PTTL', KEYS[1])}
)");

const Script kExtend(R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
)");

const Script kRelease(R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', KEYS[1], '')
return 1
)");

/// After the application's name, where no lock's key goes on like this.
std::string token_key(const std::string& key) {
  const std::size_t colon = key.find(':');
  const std::size_t app = colon == std::string::npos ? 0 : colon + 1;
  return key.substr(0, app) + "lock-token#" + key.substr(app);
}

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
  std::vector<std::string> keys{key, token_key(key)};
  std::vector<std::string> args{std::move(owner), std::to_string(ttl.count()),
                                std::to_string(kTokenKept.count())};
  const Reply reply = co_await client->run(kTake, std::move(keys), std::move(args));
  co_return Attempt{reply.at(0).integer() == 1, reply.at(1).integer(),
                    Millis{std::max<std::int64_t>(0, reply.at(2).integer())}};
}

Task<bool> RedisLockStore::extend(std::string key, std::string owner, Millis ttl) {
  const std::shared_ptr<RedisClient> client = client_;
  std::vector<std::string> keys{std::move(key)};
  std::vector<std::string> args{std::move(owner), std::to_string(ttl.count())};
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
    Command look{"PTTL", key};
    const std::int64_t left = (co_await client->command(std::move(look))).integer();
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

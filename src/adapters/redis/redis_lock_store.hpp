#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "adapters/redis/redis_subscriber.hpp"
#include "cluster/lock/lock_store.hpp"

namespace flotilla::redis {

/// Locks in Redis: a key that expires for the lease, and a counter of fencing tokens. Time is the server's; a
/// free lock is taken in one round trip. Thread-safe.
///
/// The counter begins at the server's clock in microseconds. So tokens rise while it is remembered, whatever
/// the clock does, and while the clock does not step back, whatever was forgotten (a flush, a restart without
/// persistence): no lock is granted a million times a second. That is also why a counter need not be kept for
/// ever: it begins anew every kTokenKept, and a clock would have to step back by more than that to bring a
/// token again. After the server has lost its memory a second holder is possible until the first
/// one's ttl is over: its writes are then refused by the fence, as its token is the older one.
class RedisLockStore final : public cluster::LockStore {
 public:
  static constexpr Millis kTokenKept{30LL * 24 * 3'600'000};

  /// `subscriber` has this as its listener: see make().
  static std::shared_ptr<RedisLockStore> make(std::shared_ptr<RedisClient> client,
                                              const boost::asio::any_io_executor& executor);
  ~RedisLockStore() override;

  Task<Attempt> try_take(std::string key, std::string owner, Millis ttl) override;
  Task<bool> extend(std::string key, std::string owner, Millis ttl) override;
  Task<bool> release(std::string key, std::string owner) override;
  Task<void> wait_released(std::string key, Millis wait) override;
  /// Ends the connection on which releases are heard.
  Task<void> close();

 private:
  class Waiters;
  RedisLockStore(std::shared_ptr<RedisClient> client, const boost::asio::any_io_executor& executor);

  std::shared_ptr<RedisClient> client_;
  std::shared_ptr<Waiters> waiters_;
  std::shared_ptr<RedisSubscriber> subscriber_;
};

}  // namespace flotilla::redis

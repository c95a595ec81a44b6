#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "adapters/redis/redis_client.hpp"
#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::redis {

/// Worker ids in one hash, `<app>:worker-ids`. Time is the server's. Thread-safe.
///
/// A server that was flushed or restarted may have forgotten grants. It shows by the hash, or by the run id
/// in it: then nothing is granted for the longest lease that was heard of and the grace, while living holders
/// take their places up again with their renewals. So does a server that is used for the first time. What an
/// old snapshot says is believed only after that time. A holder lives, in this sense, until the end of its
/// lease and the grace on the server's clock, which this store remembers for those that it serves: so a node
/// renews through the store that it acquired from. All nodes should have the same lease.
///
/// When the server's clock is set back, places are kept for longer, but for no more than their lease and the
/// grace from when it is noticed. When it is set forward by more than the grace, places of living nodes may
/// be given away.
///
/// The user must be allowed INFO: without it every call is Unavailable (auth).
class RedisWorkerIdStore final : public cluster::WorkerIdStore {
 public:
  RedisWorkerIdStore(std::shared_ptr<RedisClient> client, const cluster::AppName& app)
      : client_(std::move(client)), key_(app + ":worker-ids"), ends_(std::make_shared<Ends>()) {}

  Task<Grant> acquire(cluster::NodeId node, Millis lease) override;
  Task<bool> renew(cluster::NodeId node, int worker, Millis lease) override;
  Task<void> release(cluster::NodeId node, int worker) override;

 private:
  /// When the leases granted here end, in unix milliseconds of the server. Thread-safe.
  class Ends {
   public:
    using Place = std::pair<cluster::NodeId, int>;
    void set(const Place& place, std::int64_t end);
    std::int64_t get(const Place& place) const;  ///< 0 when unknown
    void erase(const Place& place);

   private:
    mutable std::mutex mutex_;
    std::map<Place, std::int64_t> ends_;
  };

  std::shared_ptr<RedisClient> client_;
  std::string key_;
  std::shared_ptr<Ends> ends_;
};

}  // namespace flotilla::redis

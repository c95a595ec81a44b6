#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "cluster/worker_id/worker_id_store.hpp"

namespace flotilla::redis {

/// Worker ids in one hash, `<app>:worker-ids`. Time is the server's; when its clock is set back, places of
/// nodes that vanished are only kept for longer. Thread-safe.
///
/// A server that was flushed or restarted may have forgotten grants. It shows by the hash, or by the run id
/// in it: then nothing is granted for a lease and the grace, while living holders take their places up again
/// with their renewals. So does a server that is used for the first time. All nodes must have the same lease.
class RedisWorkerIdStore final : public cluster::WorkerIdStore {
 public:
  RedisWorkerIdStore(std::shared_ptr<RedisClient> client, const cluster::AppName& app)
      : client_(std::move(client)), key_(app + ":worker-ids") {}

  Task<Grant> acquire(cluster::NodeId node, Millis lease) override;
  Task<bool> renew(cluster::NodeId node, int worker, Millis lease) override;
  Task<void> release(cluster::NodeId node, int worker) override;

 private:
  Task<std::string> run_id();

  std::shared_ptr<RedisClient> client_;
  std::string key_;
};

}  // namespace flotilla::redis

#pragma once

#include <memory>
#include <string>

#include "adapters/redis/redis_client.hpp"
#include "cluster/node.hpp"
#include "cluster/signal/signal_log.hpp"

namespace flotilla::redis {

struct RedisSignalOptions {
  std::int64_t keep = 10'000;  ///< newest signals of a channel, about
};

/// Signals in one stream a channel, `<app>:signal:<channel>`, their numbers are the ids of its entries.
/// Thread-safe.
///
/// An epoch is the random name that the channel got when it was made, and the run id of the server: a server
/// that was restarted may have lost its last signals and would give their numbers to others. So every
/// restart, flush and fail-over makes readers reload, however the server keeps its data.
class RedisSignalLog final : public cluster::SignalLog {
 public:
  RedisSignalLog(std::shared_ptr<RedisClient> client, cluster::AppName app, RedisSignalOptions options = {})
      : client_(std::move(client)), app_(std::move(app)), options_(options) {}

  Task<cluster::SignalPosition> append(std::string channel, std::string body) override;
  Task<cluster::SignalPosition> newest(std::string channel) override;
  Task<std::vector<cluster::SignalBatch>> read(std::vector<Cursor> cursors, Millis wait) override;

 private:
  Task<std::vector<cluster::SignalBatch>> look(const std::vector<Cursor>& cursors, const std::string& run,
                                               Reply entries);
  std::string stream(const std::string& channel) const { return app_ + ":signal:" + channel; }

  std::shared_ptr<RedisClient> client_;
  cluster::AppName app_;
  RedisSignalOptions options_;
};

}  // namespace flotilla::redis

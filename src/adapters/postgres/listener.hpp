#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/postgres/link.hpp"
#include "adapters/postgres/postgres_notifications.hpp"
#include "adapters/postgres/subscription.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::postgres {

/// What PostgresNotifications is made of: the subscriptions, and the connection that is kept for them. Its
/// coroutines hold it.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(const PostgresOptions& options, boost::asio::any_io_executor executor);

  void start();
  std::shared_ptr<void> subscribe(const std::string& channel, PostgresNotifications::Hear hear);
  Task<void> notify(std::string channel, std::string payload);
  void stop();          ///< any thread
  Task<void> finish();  ///< on the executor
  const boost::asio::any_io_executor& executor() const { return tasks_.executor(); }

 private:
  using Subscriptions = std::map<std::string, std::vector<std::shared_ptr<Subscription>>>;

  Task<void> keep();
  Task<void> serve();
  Task<void> watch();
  Task<void> adjust(std::set<std::string>& listening);
  Task<void> run(const data::Fragment& statement);
  void greet(const std::set<std::string>& listening);
  void deliver(const std::string& channel, const std::string& payload);
  void remove(const std::string& channel, const std::shared_ptr<Subscription>& subscription);
  Subscriptions subscriptions() const;

  const PostgresOptions options_;
  TaskGroup tasks_;
  Wakeup changed_;  ///< the subscriptions, or the connection

  mutable std::mutex mutex_;
  Subscriptions subscriptions_;

  // On the executor only.
  std::shared_ptr<Link> link_;
  std::uint64_t connection_ = 0;  ///< counts them
  std::optional<data::SqlError> why_down_;
};

}  // namespace flotilla::postgres

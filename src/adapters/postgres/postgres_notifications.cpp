#include "adapters/postgres/postgres_notifications.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/postgres/listener.hpp"

namespace flotilla::postgres {
namespace {

namespace asio = boost::asio;
using data::SqlError;

constexpr std::size_t kChannelMaxBytes = 63;

}  // namespace

data::Fragment notify_statement(std::string channel, std::string payload) {
  data::Fragment sql("SELECT pg_notify(");
  sql.bind(std::move(channel));
  sql += ", ";
  sql.bind(std::move(payload));
  return sql += ")";
}

PostgresNotifications::PostgresNotifications(const PostgresOptions& options, asio::any_io_executor executor) {
  check(options);
  listener_ = std::make_shared<Listener>(options, std::move(executor));
  listener_->start();
}

PostgresNotifications::~PostgresNotifications() { listener_->stop(); }

std::shared_ptr<void> PostgresNotifications::subscribe(const std::string& channel, Hear hear) {
  if (channel.empty() || channel.size() > kChannelMaxBytes || channel.find('\0') != std::string::npos)
    throw SqlError(SqlError::Kind::invalid_value, "a channel of PostgreSQL has a name of 1 to 63 bytes");
  return listener_->subscribe(channel, std::move(hear));
}

Task<void> PostgresNotifications::notify(std::string channel, std::string payload) {
  const std::shared_ptr<Listener> listener = listener_;
  co_await asio::co_spawn(listener->executor(), listener->notify(std::move(channel), std::move(payload)),
                          asio::use_awaitable);
}

Task<void> PostgresNotifications::close() {
  const std::shared_ptr<Listener> listener = listener_;
  co_await asio::co_spawn(listener->executor(), listener->finish(), asio::use_awaitable);
}

}  // namespace flotilla::postgres

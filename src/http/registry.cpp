#include "http/registry.hpp"

#include <vector>

#include "http/connection.hpp"

namespace flotilla::http {

void Registry::start() {
  timer_.expires_after(kSweepPeriod);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || self->stopped_) return;
    self->sweep();
    self->start();
  });
}

void Registry::sweep() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<Connection*> late;
  for (Connection* connection : open_) {
    if (connection->deadline() < now) late.push_back(connection);
  }
  for (Connection* connection : late) connection->expire();
}

void Registry::close_idle() {
  for (Connection* connection : std::vector<Connection*>(open_.begin(), open_.end())) connection->close_if_idle();
}

void Registry::close_all() {
  for (Connection* connection : std::vector<Connection*>(open_.begin(), open_.end())) connection->close();
}

}  // namespace flotilla::http

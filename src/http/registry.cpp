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

void Registry::end_soon(std::chrono::steady_clock::time_point patience_ends) {
  for (Connection* connection : std::vector<Connection*>(open_.begin(), open_.end()))
    connection->end_soon(patience_ends);
}

void Registry::close_all() {
  for (Connection* connection : std::vector<Connection*>(open_.begin(), open_.end())) connection->close();
}

}  // namespace flotilla::http

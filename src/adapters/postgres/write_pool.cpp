#include "adapters/postgres/write_pool.hpp"

#include <algorithm>
#include <chrono>
#include <vector>

#include "adapters/postgres/dial.hpp"

namespace flotilla::postgres {

using Clock = WaitingLine::Clock;
using data::SqlError;

WritePool::WritePool(const PostgresOptions& options, Health& health,
                     std::shared_ptr<const SchemaVersion> schema)
    : options_(options), health_(health), schema_(std::move(schema)), line_(options.max_waiting) {
  health_.on_down([this](const SqlError& why) { line_.fail(why); });
}

Task<std::shared_ptr<Link>> WritePool::acquire() {
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(options_.acquire_timeout_ms);
  for (bool woken = false;; woken = true) {
    if (closed_) throw SqlError(SqlError::Kind::unavailable, "the database is closing");
    if (health_.why_down()) throw *health_.why_down();
    // A newcomer does not overtake those who wait.
    if (woken || line_.empty()) {
      if (auto link = take_idle()) co_return link;
      if (total_ < options_.write_connections) co_return co_await open();
    }
    std::shared_ptr<Link> given = co_await line_.wait(deadline, woken);
    if (given && !given->broken()) co_return given;
    if (given) release(given);
  }
}

std::shared_ptr<Link> WritePool::take_idle() {
  while (!idle_.empty()) {
    std::shared_ptr<Link> link = std::move(idle_.back().link);
    idle_.pop_back();
    if (link->alive()) {
      used_.insert(link);
      return link;
    }
    --total_;
  }
  return nullptr;
}

Task<std::shared_ptr<Link>> WritePool::open() {
  ++total_;
  std::shared_ptr<Link> link;
  try {
    link = co_await dial(options_, Role::write, schema_);
  } catch (...) {
    gone();
    throw;
  }
  link->start([this, lost = link.get()] { forget(lost); });
  used_.insert(link);
  if (closed_) link->close("the database is closing");
  co_return link;
}

/// There is room for one more.
void WritePool::gone() {
  --total_;
  line_.give(nullptr);
}

/// An idle connection was lost; one in use is told by release().
void WritePool::forget(const Link* link) {
  auto at = std::ranges::find_if(idle_, [&](const Idle& idle) { return idle.link.get() == link; });
  if (at == idle_.end()) return;
  idle_.erase(at);
  gone();
}

void WritePool::release(const std::shared_ptr<Link>& link) {
  used_.erase(link);
  if (link->broken()) return gone();
  if (closed_) {
    link->close("the database is closing");
    return gone();
  }
  if (line_.empty()) {
    idle_.push_back({link, Clock::now()});
  } else {
    used_.insert(link);
    line_.give(link);
  }
}

void WritePool::sweep(Clock::time_point now) {
  line_.expire(now);
  const auto idle_limit = std::chrono::milliseconds(options_.idle_timeout_ms);
  while (total_ > options_.write_connections_min && !idle_.empty() &&
         now - idle_.front().since > idle_limit) {
    const std::shared_ptr<Link> link = std::move(idle_.front().link);
    idle_.pop_front();
    --total_;
    link->close("it was idle");
  }
  if (options_.reply_timeout_ms == 0) return;
  const auto limit = std::chrono::milliseconds(options_.reply_timeout_ms);
  for (const auto& link : used_)
    if (!link->patient() && link->silent_for(now) > limit) link->close("it did not answer in time");
}

void WritePool::close() {
  closed_ = true;
  line_.fail(SqlError(SqlError::Kind::unavailable, "the database is closing"));
  for (const Idle& idle : std::exchange(idle_, {})) {
    --total_;
    idle.link->close("the database is closing");
  }
  for (const auto& link : used_) link->close("the database is closing");
}

}  // namespace flotilla::postgres

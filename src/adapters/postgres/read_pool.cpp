#include "adapters/postgres/read_pool.hpp"

#include <algorithm>
#include <chrono>

#include "adapters/postgres/dial.hpp"
#include "adapters/server/backoff.hpp"
#include "adapters/server/dial_patiently.hpp"
#include "base/log.hpp"
#include "base/metrics/histogram.hpp"
#include "data/sql/database_measures.hpp"

namespace flotilla::postgres {
namespace {

using Clock = ReadPool::WaitingLine::Clock;
using data::SqlError;
using namespace std::chrono_literals;

/// A call that takes longer holds up those behind it on its connection: others go elsewhere, or wait for
/// whichever connection answers first.
constexpr auto kSlow = 20ms;
/// Of those who wait, so many follow one that has been answered.
constexpr int kFollow = 8;
/// A connection that is lost sooner is not made again at once.
constexpr auto kStable = 1s;
constexpr auto kLookAgain = 60s;

}  // namespace

ReadPool::ReadPool(const PostgresOptions& options, server::Health& health,
                   std::shared_ptr<const SchemaVersion> schema)
    : options_(options), health_(health), schema_(std::move(schema)), line_(options.max_waiting) {
  for (std::size_t i = 0; i < options.read_connections; ++i) places_.push_back(std::make_unique<Place>());
  health_.on_down([this](const SqlError& why) { line_.fail(why); });
}

void ReadPool::start(TaskGroup& tasks) {
  for (auto& place : places_) tasks.spawn("PostgreSQL connection", keep(*place, tasks.stopping()));
}

Task<void> ReadPool::keep(Place& place, Cancellation stopping) {
  server::Backoff backoff;
  const std::function once = [this] { return dial(options_, Role::read, schema_); };
  const std::function given_up = [stopping] { return stopping.cancelled(); };
  while (!stopping.cancelled()) {
    std::optional<SqlError> error;
    const Clock::time_point began = Clock::now();
    try {
      place.link = co_await server::dial_patiently<Link>(once, given_up);
      backoff.reset();  // the server is there, whatever becomes of this connection
      co_await serve(place);
    } catch (const SqlError& why) {
      error = why;
    }
    if (stopping.cancelled()) break;
    if (error) failed(*error);
    if (error || Clock::now() - began < kStable) co_await stopping.wait(backoff.pause());
  }
}

/// From the first to the last moment of a connection.
Task<void> ReadPool::serve(Place& place) {
  if (closed_) {
    place.link.reset();
    co_return;
  }
  if (health_.why_down()) log::info("PostgreSQL is back", {{"host", options_.host}});
  health_.up();
  Wakeup::Version seen = place.lost.version();
  place.link->start([&place] { place.lost.notify(); });
  for (std::size_t room = options_.pipeline_max; room > 0 && !line_.empty(); --room) line_.give(nullptr);
  while (!place.link->broken()) {
    co_await place.lost.wait(seen, kLookAgain);
    seen = place.lost.version();
  }
  place.link.reset();
}

void ReadPool::failed(const SqlError& why) {
  if (any_link()) return;
  if (!health_.why_down()) log::warn("PostgreSQL is not there", {{"reason", why.what()}});
  health_.down(why);
}

bool ReadPool::any_link() const {
  return std::ranges::any_of(places_,
                             [](const auto& place) { return place->link && !place->link->broken(); });
}

std::shared_ptr<Link> ReadPool::try_acquire() { return line_.empty() ? pick() : nullptr; }

std::shared_ptr<Link> ReadPool::pick() {
  const Clock::time_point now = Clock::now();
  for (;;) {
    const std::shared_ptr<Link>* best = nullptr;
    std::size_t least = options_.pipeline_max;
    for (const auto& place : places_) {
      const std::shared_ptr<Link>& link = place->link;
      if (!link || link->broken() || link->under_way() >= least || link->silent_for(now) > kSlow) continue;
      best = &link;
      least = link->under_way();
    }
    if (!best) return nullptr;
    if ((*best)->alive()) return *best;
  }
}

Task<std::shared_ptr<Link>> ReadPool::acquire() {
  const Clock::time_point deadline = Clock::now() + std::chrono::milliseconds(options_.acquire_timeout_ms);
  for (bool woken = false;; woken = true) {
    if (closed_) throw SqlError(SqlError::Kind::unavailable, "the database is closing");
    if (health_.why_down()) throw *health_.why_down();
    // A newcomer does not overtake those who wait; who was woken and finds no room is still the first of
    // them.
    if (woken || line_.empty())
      if (auto link = pick()) co_return link;
    const metrics::Stopwatch watch(data::DatabaseMeasures::process().reads.wait);
    co_await line_.wait(deadline, woken);
  }
}

void ReadPool::ended() {
  for (int i = 0; i < kFollow && !line_.empty(); ++i) line_.give(nullptr);
}

void ReadPool::sweep(Clock::time_point now) {
  line_.expire(now);
  if (options_.reply_timeout_ms == 0) return;
  const auto limit = std::chrono::milliseconds(options_.reply_timeout_ms);
  for (const auto& place : places_)
    if (place->link && place->link->silent_for(now) > limit) place->link->close("it did not answer in time");
}

data::PoolState ReadPool::state() const {
  data::PoolState state{"read", places_.size()};
  for (const auto& place : places_) {
    if (!place->link || place->link->broken()) continue;
    ++state.open;
    if (place->link->under_way() > 0) ++state.used;
  }
  return state;
}

void ReadPool::close() {
  closed_ = true;
  line_.fail(SqlError(SqlError::Kind::unavailable, "the database is closing"));
  for (const auto& place : places_)
    if (place->link) place->link->close("the database is closing");
}

}  // namespace flotilla::postgres

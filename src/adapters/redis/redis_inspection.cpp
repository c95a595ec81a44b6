#include "adapters/redis/redis_inspection.hpp"

#include <algorithm>

#include "adapters/redis/link.hpp"

namespace flotilla::redis {

namespace {

using cluster::Unavailable;
using Steady = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr int kPings = 5;

Task<Reply> ask(std::shared_ptr<Link> link, Command command, cluster::Monotonic deadline) {
  std::vector<Command> commands;
  commands.push_back(std::move(command));
  Reply replies = co_await link->exchange(std::move(commands), deadline);
  co_return std::move(replies).items().front();
}

Task<void> look(Inspection& seen, std::shared_ptr<Link> link, cluster::Monotonic deadline,
                const Clock& clock) {
  for (int i = 0; i < kPings; ++i) {
    const auto began = Steady::now();
    co_await ask(link, {"PING"}, deadline);
    const auto took = std::chrono::duration_cast<microseconds>(Steady::now() - began);
    seen.round_trip = std::min(seen.round_trip.value_or(took), took);
  }
  const auto before = Steady::now();
  const Reply time = co_await ask(link, {"TIME"}, deadline);
  const auto half = (Steady::now() - before) / 2;
  if (time.is_array() && time.size() == 2) {
    const auto server =
        std::chrono::seconds(time.at(0).integer()) + microseconds(time.at(1).integer()) + half;
    seen.clock_skew = std::chrono::round<Millis>(server - clock.now().time_since_epoch());
  }
  const Reply save = co_await ask(link, {"CONFIG", "GET", "save"}, deadline);
  if (save.is_array() && save.size() == 2) seen.snapshots = save.at(1).text();
}

}  // namespace

Task<Inspection> inspect(RedisUrl url, Millis limit, const Clock& clock) {
  Inspection seen;
  std::shared_ptr<Link> link;
  try {
    const auto deadline = Steady::now() + limit;
    link = co_await Link::open(url, {"flotilla-doctor", limit, limit});
    seen.server = link->server();
    co_await look(seen, link, deadline, clock);
  } catch (const Unavailable& error) {
    seen.failed = error.why;
    seen.error = error.what();
  } catch (const std::exception& error) {
    seen.failed = Unavailable::Why::refused;
    seen.error = error.what();
  }
  if (link) link->close(Unavailable::Why::network, "the inspection is over");
  co_return seen;
}

}  // namespace flotilla::redis

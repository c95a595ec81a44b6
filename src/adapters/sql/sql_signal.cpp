#include "adapters/sql/sql_signal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <map>
#include <span>

#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_signal_lane.hpp"
#include "adapters/sql/sql_signal_statements.hpp"
#include "base/error.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using cluster::Signal;
using cluster::SignalBatch;
using cluster::SignalPosition;
using data::Fragment;

constexpr std::string_view kAnnounced = "flotilla_signals";
constexpr std::chrono::seconds kBusy{1};
constexpr std::int64_t kTrimEvery = 256;  // signals of a channel
constexpr std::int64_t kTrimMax = 1'000;  // at a time: more than came since the last time

void check(const std::string& channel) {
  if (channel.empty() || channel.size() > SqlSignalLog::kChannelMax || channel.contains('\0'))
    throw bad_request(
        fmt::format("the name of a channel has 1 to {} bytes and no NUL", SqlSignalLog::kChannelMax));
}

void check(const std::string& channel, const std::string& body) {
  check(channel);
  if (body.contains('\0')) throw bad_request("the body of a signal has no NUL");
}

SignalPosition position_of(const data::Rows& rows, std::size_t row, std::size_t column) {
  return {rows.at(row, column).as_text(), static_cast<std::uint64_t>(rows.at(row, column + 1).as_int())};
}

bool refused(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const cluster::Unavailable& unavailable) {
    return unavailable.why == cluster::Unavailable::Why::refused;
  } catch (const Error&) {
    return true;  // a body that this database does not take
  } catch (...) {
    return false;
  }
}

}  // namespace

struct SqlSignalLog::Core : std::enable_shared_from_this<Core> {
  using Ends = std::map<std::string, SignalPosition>;

  Core(data::Database& database, SqlSignalOptions options, Random& random, const Clock& clock)
      : database(database),
        options(std::move(options)),
        random(random),
        say(Flavour::of(database.dialect()), clock) {}

  void start_listening() {
    if (!options.listen) return;
    listening = options.listen(std::string(kAnnounced), [self = weak_from_this()](const std::string&) {
      if (auto core = self.lock()) core->appended.notify();
    });
  }

  /// Before a reader looks again.
  Millis pause(cluster::Monotonic now) const {
    if (options.listen) return options.poll_listening;
    return now < busy_until.load() ? options.poll_busy : options.poll;
  }

  std::string new_epoch() { return random_uid(random, 16); }

  /// Answers the position of the last one.
  Task<SignalPosition> append(data::Session& session, const std::string& channel,
                              std::span<const std::string> bodies) {
    const auto count = static_cast<std::int64_t>(bodies.size());
    const Change advanced = say.advance(channel, count);
    data::Rows place = co_await answer(session, advanced);
    if (place.empty()) {
      co_await session.execute(say.create(channel, new_epoch()));
      place = co_await answer(session, advanced);
    }
    const SignalPosition last = position_of(place, 0, 0);
    const auto before = static_cast<std::int64_t>(last.number) - count;
    // In powers of two, so that there are few different statements to prepare.
    for (std::size_t done = 0; done < bodies.size();) {
      const std::size_t many = std::bit_floor(bodies.size() - done);
      const auto first = before + 1 + static_cast<std::int64_t>(done);
      co_await session.execute(say.insert(channel, first, bodies.subspan(done, many)));
      done += many;
    }
    if (before / kTrimEvery != (before + count) / kTrimEvery)
      co_await trim(session, channel, before + count - options.keep_count);
    if (options.listen) {
      const Fragment announce = statement("SELECT pg_notify(?, ?)", {std::string(kAnnounced), channel});
      std::ignore = co_await session.query(announce);
    }
    auto wake = [self = shared_from_this()] { self->appended.notify(); };
    session.after_commit(wake);
    co_return last;
  }

  /// Commits signals of one channel; when they cannot be committed together, each gets its own answer.
  Task<void> commit(const std::string& channel, SignalLane::Batch batch) {
    std::exception_ptr error = co_await attempt(channel, batch);
    // Only when it is certain that nothing was written: the others are not to suffer for one of them.
    const bool alone = error && batch.size() > 1 && refused(error);
    for (const auto& signal : batch) {
      if (alone) {
        const SignalLane::Batch one{signal};
        error = co_await attempt(channel, one);
      }
      signal->error = error;
      signal->done = true;
    }
  }

  Task<std::exception_ptr> attempt(const std::string& channel, const SignalLane::Batch& batch) {
    try {
      std::vector<std::string> bodies;
      for (const auto& signal : batch) bodies.push_back(signal->body);
      SignalPosition last;
      auto work = [&](data::Session& session) -> Task<void> {
        last = co_await append(session, channel, bodies);
      };
      co_await write(database, work);
      for (std::size_t i = 0; i < batch.size(); ++i)
        batch[i]->position = {last.epoch, last.number - (batch.size() - 1 - i)};
    } catch (...) {
      co_return std::current_exception();
    }
    co_return nullptr;
  }

  /// Only from the front, whatever the clock did: what is kept has no gap.
  Task<void> trim(data::Session& session, const std::string& channel, std::int64_t last) {
    if (last <= 0) co_return;
    const data::Rows old = co_await session.query(say.oldest(channel, last, options.keep_for, kTrimMax));
    std::int64_t over = 0;
    for (std::size_t row = 0; row < old.size() && old.at(row, 1).as_int() == 1; ++row)
      over = old.at(row, 0).as_int();
    if (over > 0) co_await session.execute(say.remove(channel, over));
  }

  Task<Ends> ends_of(data::Session& session, const std::vector<std::string>& channels) {
    const data::Rows rows = co_await session.query(say.ends(channels));
    Ends ends;
    for (std::size_t row = 0; row < rows.size(); ++row)
      ends.emplace(rows.at(row, 0).as_text(), position_of(rows, row, 1));
    co_return ends;
  }

  /// What moved among the cursors; `missing` gets the channels that there are no rows of.
  Task<std::vector<SignalBatch>> look(data::Session& session, const std::vector<Cursor>& cursors,
                                      const std::vector<std::string>& channels,
                                      std::vector<std::string>& missing) {
    std::vector<SignalBatch> batches;
    const Ends ends = co_await ends_of(session, channels);
    for (const Cursor& cursor : cursors) {
      const auto end = ends.find(cursor.channel);
      if (end == ends.end()) {
        missing.push_back(cursor.channel);
        continue;
      }
      if (end->second == cursor.after) continue;
      SignalBatch batch{.channel = cursor.channel, .signals = {}, .newest = end->second};
      // Numbers of another history say nothing here: all of this one follows.
      const bool same = cursor.after.epoch == batch.newest.epoch;
      const auto after = static_cast<std::int64_t>(same ? cursor.after.number : 0);
      const auto last = static_cast<std::int64_t>(batch.newest.number);
      const data::Rows rows = co_await session.query(say.between(cursor.channel, after, last, kBatchMax));
      for (std::size_t row = 0; row < rows.size(); ++row)
        batch.signals.push_back({{batch.newest.epoch, static_cast<std::uint64_t>(rows.at(row, 0).as_int())},
                                 rows.at(row, 1).as_text()});
      batches.push_back(std::move(batch));
    }
    co_return batches;
  }

  Task<void> create(const std::vector<std::string>& channels) {
    auto work = [&](data::Session& session) -> Task<void> {
      for (const std::string& channel : channels) co_await session.execute(say.create(channel, new_epoch()));
    };
    co_await write(database, work);
  }

  data::Database& database;
  const SqlSignalOptions options;
  Random& random;
  const SignalStatements say;
  std::atomic<cluster::Monotonic> busy_until{cluster::Monotonic{}};
  Wakeup appended;
  SignalLanes lanes;
  std::shared_ptr<void> listening;
};

SqlSignalLog::SqlSignalLog(data::Database& database, SqlSignalOptions options, Random& random,
                           const Clock& clock)
    : core_(std::make_shared<Core>(database, std::move(options), random, clock)) {
  core_->start_listening();
}

SqlSignalLog::~SqlSignalLog() { core_->listening.reset(); }

Task<SignalPosition> SqlSignalLog::append(std::string channel, std::string body) {
  check(channel, body);
  auto core = core_;
  auto mine = std::make_shared<PendingSignal>(std::move(body));
  auto lane = core->lanes.of(channel);
  lane->add(mine);
  const AsyncMutex::Guard turn = co_await lane->turn().acquire();
  while (!mine->done) {
    SignalLane::Batch batch = lane->next();
    // Who had taken it was stopped in the middle, with its event loop.
    if (batch.empty())
      throw cluster::Unavailable(cluster::Unavailable::Why::network, "the main database",
                                 "a signal was given up");
    co_await core->commit(channel, std::move(batch));
  }
  if (mine->error) std::rethrow_exception(mine->error);
  co_return mine->position;
}

Task<SignalPosition> SqlSignalLog::append_in(data::Session& session, std::string channel, std::string body) {
  check(channel, body);
  auto core = core_;
  const std::vector<std::string> one{std::move(body)};
  co_return co_await core->append(session, channel, one);
}

Task<SignalPosition> SqlSignalLog::newest(std::string channel) {
  check(channel);
  auto core = core_;
  const std::vector<std::string> one{channel};
  for (;;) {
    Core::Ends ends;
    auto look = [&](data::Session& session) -> Task<void> { ends = co_await core->ends_of(session, one); };
    co_await sql::read(core->database, look);
    if (!ends.empty()) co_return ends.begin()->second;
    co_await core->create(one);
  }
}

Task<std::vector<SignalBatch>> SqlSignalLog::read(std::vector<Cursor> cursors, Millis wait) {
  using SteadyClock = std::chrono::steady_clock;
  auto core = core_;
  std::vector<std::string> channels;
  for (const Cursor& cursor : cursors) {
    check(cursor.channel);
    channels.push_back(cursor.channel);
  }
  const cluster::Monotonic until = SteadyClock::now() + wait;
  for (;;) {
    const Wakeup::Version seen = core->appended.version();
    std::vector<SignalBatch> batches;
    std::vector<std::string> missing;
    if (!cursors.empty()) {
      auto look = [&](data::Session& session) -> Task<void> {
        batches = co_await core->look(session, cursors, channels, missing);
      };
      co_await sql::read(core->database, look);
    }
    const cluster::Monotonic now = SteadyClock::now();
    if (!batches.empty()) {
      core->busy_until = now + kBusy;
      co_return batches;
    }
    if (!missing.empty()) {
      // In one order for everybody, or two readers might wait for each other.
      std::ranges::sort(missing);
      co_await core->create(missing);
      continue;
    }
    const auto left = std::chrono::ceil<Millis>(until - now);
    if (left.count() <= 0) co_return batches;
    co_await core->appended.wait(seen, std::min(left, core->pause(now)));
  }
}

}  // namespace flotilla::sql

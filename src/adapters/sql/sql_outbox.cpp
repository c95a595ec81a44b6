#include "adapters/sql/sql_outbox.hpp"

#include <atomic>
#include <random>

#include "adapters/sql/sql_outbox_store.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "cluster/outbox/message_text.hpp"
#include "cluster/outbox/relay_batch.hpp"
#include "cluster/unavailable.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;
using cluster::RelayBatch;
using cluster::RelayPace;
using Outcome = RelayBatch::Outcome;
using Round = RelayPace::Round;

constexpr std::size_t kBatch = 256;

/// A relay that stops before its lease ends has time to say what it did.
Millis believed(Millis lease) { return lease * 2 / 3; }

double between_0_and_1(Random& random) {
  std::uint8_t byte = 0;
  random.fill({&byte, 1});
  return byte / 255.0;
}

}  // namespace

class SqlOutbox::Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(boost::asio::any_io_executor executor, data::Database& database, OutboxRoutes routes,
        OutboxTiming timing, Random& random, const Clock& clock)
      : routes_(std::move(routes)),
        timing_(timing),
        random_(random),
        say_(Flavour::of(database.dialect()), clock),
        store_(database, clock, random_uid(random, 16), timing.lease),
        tasks_(executor) {}

  Task<void> publish(data::Session& session, cluster::QueueMessage message) {
    if (routes_.publish_in) co_return co_await routes_.publish_in(session, std::move(message));
    const std::string payload = cluster::message_text(message);
    co_await insert(session, OutboxStatements::Kind::message, message.channel, payload, messages_);
  }

  Task<void> signal(data::Session& session, std::string channel, std::string envelope) {
    if (routes_.append_in)
      co_return co_await routes_.append_in(session, std::move(channel), std::move(envelope));
    co_await insert(session, OutboxStatements::Kind::signal, channel, envelope, signals_);
  }

  void start() {
    tasks_.spawn("outbox messages", run(shared_from_this(), &Relay::relay_messages, messages_));
    tasks_.spawn("outbox signals", run(shared_from_this(), &Relay::relay_signals, signals_));
  }

  Task<void> stop() {
    tasks_.stop();
    messages_.notify();
    signals_.notify();
    co_await tasks_.wait();
  }

  Counts counts() const { return {sent_.load(), refused_.load(), failed_.load()}; }
  static Task<std::int64_t> pending(std::shared_ptr<Relay> self) {
    co_return co_await self->store_.pending();
  }

 private:
  using Step = Task<Round> (Relay::*)();

  Task<void> insert(data::Session& session, OutboxStatements::Kind kind, const std::string& channel,
                    const std::string& payload, Wakeup& wakeup) {
    co_await session.execute(say_.insert(kind, channel, payload));
    session.after_commit([self = shared_from_this(), &wakeup] { wakeup.notify(); });
  }

  static Task<void> run(std::shared_ptr<Relay> self, Step step, Wakeup& wakeup) {
    RelayPace pace(self->timing_.pace);
    while (!self->stopping()) {
      const Wakeup::Version seen = wakeup.version();
      const Round round = co_await self->attempt(step);
      const Millis wait = pace.after(round, between_0_and_1(self->random_));
      if (wait.count() == 0 || self->stopping()) continue;
      if (pace.may_be_woken())
        co_await wakeup.wait(seen, wait);
      else
        co_await self->tasks_.stopping().wait(wait);
    }
  }

  Task<Round> attempt(Step step) {
    try {
      co_return co_await (this->*step)();
    } catch (const std::exception& error) {
      log::warn("The outbox could not be emptied; it is tried again", {{"reason", error.what()}});
    }
    ++failed_;
    co_return Round::failed;
  }

  Task<Round> relay_messages() {
    const cluster::Monotonic began = std::chrono::steady_clock::now();
    const std::vector<OutboxRow> rows = co_await store_.take_messages(kBatch);
    if (rows.empty()) co_return Round::idle;
    RelayBatch batch(rows.size(), kBatch, began + believed(timing_.lease));
    std::vector<OutboxRefusal> refusals;
    while (auto range = next(batch)) {
      std::string reason;
      batch.ended(co_await send_messages(rows, *range, reason));
      note_refusal(batch, rows, refusals, reason);
    }
    co_await store_.end_messages(rows, batch, refusals);
    co_return finish(batch);
  }

  Task<Round> relay_signals() {
    const cluster::Monotonic began = std::chrono::steady_clock::now();
    const OutboxLanes taken = co_await store_.take_signals(kBatch);
    Round round = taken.elsewhere ? Round::elsewhere : Round::idle;
    for (const OutboxLane& lane : taken.lanes) {
      RelayBatch batch(lane.rows.size(), 1, began + believed(timing_.lease));
      std::vector<OutboxRefusal> refusals;
      while (auto range = round == Round::failed ? std::nullopt : next(batch)) {
        std::string reason;
        batch.ended(co_await send_signal(lane, range->from, reason));
        note_refusal(batch, lane.rows, refusals, reason);
      }
      co_await store_.end_signals(lane, batch, refusals);
      if (const Round ended = finish(batch); round != Round::failed) round = ended;
    }
    co_return round;
  }

  Task<Outcome> send_messages(const std::vector<OutboxRow>& rows, RelayBatch::Range range,
                              std::string& reason) {
    std::vector<cluster::QueueMessage> messages;
    try {
      for (std::size_t i = 0; i < range.count; ++i)
        messages.push_back(cluster::message_of(rows[range.from + i].payload));
      co_await routes_.publish(std::move(messages));
      co_return Outcome::sent;
    } catch (...) {
      co_return judge(std::current_exception(), reason);
    }
  }

  Task<Outcome> send_signal(const OutboxLane& lane, std::size_t row, std::string& reason) {
    try {
      co_await routes_.append(lane.channel, lane.rows[row].payload);
      co_return Outcome::sent;
    } catch (...) {
      co_return judge(std::current_exception(), reason);
    }
  }

  Outcome judge(std::exception_ptr why, std::string& reason) {
    try {
      std::rethrow_exception(why);
    } catch (const Error& error) {
      reason = error.what();
      if (error.status() >= 400 && error.status() < 500) return Outcome::refused;
    } catch (const std::exception& error) {
      reason = error.what();
    } catch (...) {
      reason = "unknown";
    }
    log::warn("The outbox could not be emptied; it is tried again", {{"reason", reason}});
    return Outcome::down;
  }

  void note_refusal(const RelayBatch& batch, const std::vector<OutboxRow>& rows,
                    std::vector<OutboxRefusal>& refusals, const std::string& reason) {
    if (batch.refused().size() == refusals.size()) return;
    refusals.push_back({rows[batch.refused().back()].seq, reason});
    log::error("The outbox holds something that its receiver refuses; it is kept in flotilla_outbox_refused",
               {{"row", refusals.back().seq}, {"reason", reason}});
  }

  /// What is asked to stop starts no further call.
  std::optional<RelayBatch::Range> next(const RelayBatch& batch) const {
    if (stopping()) return std::nullopt;
    return batch.next(std::chrono::steady_clock::now());
  }

  Round finish(const RelayBatch& batch) {
    sent_ += batch.sent().size();
    refused_ += batch.refused().size();
    if (!batch.down()) return Round::worked;
    ++failed_;
    return Round::failed;
  }

  bool stopping() const { return tasks_.stopping().cancelled(); }

  const OutboxRoutes routes_;
  const OutboxTiming timing_;
  Random& random_;
  const OutboxStatements say_;
  OutboxStore store_;
  Wakeup messages_, signals_;
  std::atomic<std::uint64_t> sent_{0}, refused_{0}, failed_{0};
  TaskGroup tasks_;
};

SqlOutbox::SqlOutbox(boost::asio::any_io_executor executor, data::Database& database, OutboxRoutes routes,
                     OutboxTiming timing, Random& random, const Clock& clock)
    : relay_(
          std::make_shared<Relay>(std::move(executor), database, std::move(routes), timing, random, clock)) {}

SqlOutbox::~SqlOutbox() = default;

Task<void> SqlOutbox::publish(data::Session& session, cluster::QueueMessage message) {
  return relay_->publish(session, std::move(message));
}

Task<void> SqlOutbox::signal(data::Session& session, std::string channel, std::string envelope) {
  return relay_->signal(session, std::move(channel), std::move(envelope));
}

void SqlOutbox::start() { relay_->start(); }
Task<void> SqlOutbox::stop() { return relay_->stop(); }
Task<std::int64_t> SqlOutbox::pending() { return Relay::pending(relay_); }

SqlOutbox::Counts SqlOutbox::counts() const { return relay_->counts(); }

}  // namespace flotilla::sql

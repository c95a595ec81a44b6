#include "cluster/schedule/scheduler.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/log.hpp"
#include "cluster/schedule/due_times.hpp"
#include "cluster/schedule/schedule_measures.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::cluster {

namespace {

/// The wall clock is looked at so often, so that a step of it is noticed.
constexpr Millis kTick{500};
constexpr Millis kTryAgain{1'000};

}  // namespace

class Scheduler::Ticker : public std::enable_shared_from_this<Scheduler::Ticker> {
 public:
  Ticker(boost::asio::any_io_executor executor, std::shared_ptr<FiringStore> store, const Clock& clock)
      : store(std::move(store)), clock(clock), tasks(std::move(executor)) {}

  struct Job {
    Cron cron;
    std::string channel;
    JsonObject payload;
    std::uint64_t revision;
    bool fresh = true;  ///< DueTimes does not know it yet
  };
  /// A due time of a job as it was then: what replaces the job has due times of its own.
  struct Firing {
    DueTimes::Due due;
    std::uint64_t revision;
  };
  struct Message {
    std::string channel, body;
  };

  Task<void> tick();
  Task<void> learn();
  std::vector<Firing> take();
  std::optional<Message> message_of(const Firing& firing);
  Task<void> fire(Firing firing);

  const std::shared_ptr<FiringStore> store;
  const Clock& clock;
  TaskGroup tasks;
  Wakeup changed;
  std::mutex mutex;
  std::map<std::string, Job> jobs;
  std::uint64_t revisions = 0;
  // Of the ticking coroutine:
  DueTimes due_times{kCatchUp};
  bool readable = true;
};

/// Tells DueTimes of jobs that were set since.
Task<void> Scheduler::Ticker::learn() {
  struct Fresh {
    std::string name;
    Cron cron;
    std::uint64_t revision;
  };
  std::vector<Fresh> fresh;
  {
    std::lock_guard lock(mutex);
    for (const auto& [name, job] : jobs)
      if (job.fresh) fresh.push_back({name, job.cron, job.revision});
  }
  std::string failure;
  for (const Fresh& one : fresh) {
    if (tasks.stopping().cancelled()) co_return;
    try {
      const UnixMs last = co_await store->last_fired(one.name);
      std::lock_guard lock(mutex);
      const auto found = jobs.find(one.name);
      // Replaced or removed meanwhile: the next round learns of it.
      if (found == jobs.end() || found->second.revision != one.revision) continue;
      due_times.set(one.name, one.cron, last, clock.now());
      found->second.fresh = false;
    } catch (const std::exception& error) {
      failure = error.what();  // the other jobs go on
    }
  }
  if (!failure.empty() && readable) log::warn("the schedule could not be read", {{"reason", failure}});
  readable = failure.empty();
}

std::vector<Scheduler::Ticker::Firing> Scheduler::Ticker::take() {
  std::vector<Firing> firings;
  std::vector<DueTimes::Due> dues = due_times.take(clock.now());
  std::lock_guard lock(mutex);
  for (DueTimes::Due& due : dues) {
    const auto found = jobs.find(due.job);
    if (found == jobs.end())
      due_times.remove(due.job);
    else if (!found->second.fresh)
      firings.push_back({std::move(due), found->second.revision});
  }
  return firings;
}

/// Nothing when the job is not any more what it was.
std::optional<Scheduler::Ticker::Message> Scheduler::Ticker::message_of(const Firing& firing) {
  std::lock_guard lock(mutex);
  const auto found = jobs.find(firing.due.job);
  if (found == jobs.end() || found->second.revision != firing.revision) return std::nullopt;
  JsonObject message = found->second.payload;
  message["job"] = firing.due.job;
  message["due"] = firing.due.at.time_since_epoch().count();
  return Message{found->second.channel, json::dump(message)};
}

/// Tries until it is known that somebody has fired it: a due time is not given up because the store was away
/// for a moment.
Task<void> Scheduler::Ticker::fire(Firing firing) {
  const DueTimes::Due& due = firing.due;
  const std::int64_t at = due.at.time_since_epoch().count();
  while (!tasks.stopping().cancelled()) {
    if (clock.now() - due.at >= kCatchUp) {
      log::warn("a job that was due is skipped: it could not be fired in time",
                {{"job", due.job}, {"due", at}});
      ScheduleMeasures::process().skipped.add();
      co_return;
    }
    const std::optional<Message> message = message_of(firing);
    if (!message) co_return;
    try {
      if (co_await store->fire(due.job, due.at, message->channel, message->body)) {
        ScheduleMeasures::process().fired.add();
        log::info("fired", {{"job", due.job}, {"due", at}});
      }
      co_return;
    } catch (const std::exception& error) {
      log::warn("a job that is due could not be fired", {{"job", due.job}, {"reason", error.what()}});
    }
    co_await tasks.stopping().wait(kTryAgain);
  }
}

Task<void> Scheduler::Ticker::tick() {
  const std::shared_ptr<Ticker> kept = shared_from_this();
  while (!tasks.stopping().cancelled()) {
    const Wakeup::Version seen = changed.version();
    co_await learn();
    for (Firing& firing : take()) {
      const std::string name = "firing " + firing.due.job;
      tasks.spawn(name, fire(std::move(firing)));
    }
    const std::optional<UnixMs> next = due_times.next();
    const Millis pause = next ? std::clamp(*next - clock.now(), Millis{1}, kTick) : kTick;
    co_await changed.wait(seen, pause);
  }
}

Scheduler::Scheduler(boost::asio::any_io_executor executor, std::shared_ptr<FiringStore> store,
                     const Clock& clock)
    : ticker_(std::make_shared<Ticker>(std::move(executor), std::move(store), clock)) {}

Scheduler::~Scheduler() { ticker_->tasks.stop(); }

void Scheduler::set_job(std::string name, Cron cron, std::string channel, JsonObject payload) {
  {
    std::lock_guard lock(ticker_->mutex);
    ticker_->jobs.insert_or_assign(std::move(name), Ticker::Job{std::move(cron), std::move(channel),
                                                                std::move(payload), ++ticker_->revisions});
  }
  ticker_->changed.notify();
}

void Scheduler::remove_job(const std::string& name) {
  std::lock_guard lock(ticker_->mutex);
  ticker_->jobs.erase(name);
}

void Scheduler::start() { ticker_->tasks.spawn("schedule", ticker_->tick()); }

Task<void> Scheduler::stop() {
  const std::shared_ptr<Ticker> ticker = ticker_;
  ticker->tasks.stop();
  ticker->changed.notify();
  co_await ticker->tasks.wait();
}

}  // namespace flotilla::cluster

#include "cluster/schedule/scheduler.hpp"

#include <map>
#include <mutex>

#include "base/log.hpp"
#include "cluster/schedule/due_times.hpp"
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
    bool fresh = true;  ///< DueTimes does not know it yet
  };

  Task<void> tick();
  Task<void> learn();
  Task<void> fire(DueTimes::Due due);

  const std::shared_ptr<FiringStore> store;
  const Clock& clock;
  TaskGroup tasks;
  Wakeup changed;
  std::mutex mutex;
  std::map<std::string, Job> jobs;
  DueTimes due_times{kCatchUp};  ///< belongs to the ticking coroutine
};

/// Tells DueTimes of jobs that were set or removed since.
Task<void> Scheduler::Ticker::learn() {
  std::map<std::string, Cron> fresh;
  {
    std::lock_guard lock(mutex);
    for (auto& [name, job] : jobs) {
      if (job.fresh) fresh.emplace(name, job.cron);
    }
  }
  for (const auto& [name, cron] : fresh) {
    const UnixMs last = co_await store->last_fired(name);
    due_times.set(name, cron, last, clock.now());
    std::lock_guard lock(mutex);
    if (const auto found = jobs.find(name); found != jobs.end()) found->second.fresh = false;
  }
}

Task<void> Scheduler::Ticker::fire(DueTimes::Due due) {
  std::string channel;
  JsonObject message;
  {
    std::lock_guard lock(mutex);
    const auto found = jobs.find(due.job);
    if (found == jobs.end()) co_return due_times.remove(due.job);
    channel = found->second.channel;
    message = found->second.payload;
  }
  message["job"] = due.job;
  message["due"] = due.at.time_since_epoch().count();
  const std::string body = json::dump(message);
  // Until it is known that somebody has fired it; a due time is never given up because the store was away for
  // a moment.
  while (!tasks.stopping().cancelled() && clock.now() - due.at < kCatchUp) {
    try {
      const bool won = co_await store->fire(due.job, due.at, channel, body);
      if (won) log::info("fired", {{"job", due.job}, {"due", due.at.time_since_epoch().count()}});
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
    try {
      co_await learn();
    } catch (const std::exception& error) {
      log::warn("the schedule could not be read", {{"reason", error.what()}});
    }
    for (DueTimes::Due& due : due_times.take(clock.now())) tasks.spawn("firing " + due.job, fire(due));
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
    ticker_->jobs.insert_or_assign(std::move(name),
                                   Ticker::Job{std::move(cron), std::move(channel), std::move(payload)});
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

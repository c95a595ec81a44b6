#include "ops/drill/drills.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"

namespace flotilla::ops {
namespace {

constexpr const char* kJobs = "drill-jobs";
constexpr const char* kFirings = "drill-firings";
constexpr const char* kNews = "drills";
constexpr std::chrono::milliseconds kTick{1'000};
/// The database may be away while a job is tried.
const cluster::PublishOptions kJobOptions{
    .timeout = std::chrono::seconds{60}, .max_retries = 1'000, .dedup_key = {}};
constexpr int kConcurrency = 16;
constexpr const char* kStartLock = "drills";
constexpr std::chrono::milliseconds kStartLockTtl{5'000};

std::string schedule_name(const std::string& drill) { return "drill:" + drill; }

void check_text(std::string_view what, const std::string& text, std::size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max)
    throw bad_request(fmt::format("{}: takes 1 to {} bytes", what, bytes_max));
}

}  // namespace

Task<void> Drills::open() {
  cluster::Signals::Subscriber subscriber;
  subscriber.handle = [this](Json) -> Task<void> { co_await refresh(); };
  subscriber.reload = [this]() -> Task<void> { co_await refresh(); };
  heard_ = co_await parts_.signals.subscribe(kNews, std::move(subscriber));
  if (parts_.works) {
    cluster::Consumer jobs{.process = [this](Json message, cluster::Attempt) -> Task<void> {
                             co_await work(std::string(json::text(message.as_object(), "key")));
                           },
                           .concurrency = kConcurrency};
    parts_.queue.subscribe(kJobs, std::move(jobs));
    cluster::Consumer firings{.process = [this](Json message, cluster::Attempt attempt) -> Task<void> {
                                const JsonObject& object = message.as_object();
                                co_await fired(attempt.id, std::string(json::text(object, "drill")),
                                               object.at("due").as_int64());
                              },
                              .concurrency = kConcurrency};
    parts_.queue.subscribe(kFirings, std::move(firings));
  }
  co_await refresh();
}

/// Ends schedules whose time is over; what runs is known without asking the database.
Task<void> Drills::run(Cancellation stopping) {
  while (!co_await stopping.wait(kTick)) {
    bool over = false;
    {
      const std::scoped_lock lock(mutex_);
      over = std::ranges::any_of(running_, [now = now_ms()](const Drill& d) { return d.ends_at_ms <= now; });
    }
    if (!over) continue;
    try {
      co_await refresh();
    } catch (const std::exception& error) {
      log::warn("the drills could not be read", {{"reason", error.what()}});
    }
  }
}

Task<void> Drills::refresh() {
  std::vector<Drill> drills;
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work look = [&](data::Session& session) -> Task<void> {
    drills = co_await all_drills(session, *schema);
  };
  co_await parts_.database.read(look);
  std::erase_if(drills, [now = now_ms()](const Drill& d) { return d.ends_at_ms <= now; });

  const std::scoped_lock lock(mutex_);
  auto knows = [](const std::vector<Drill>& list, const std::string& name) {
    return std::ranges::find(list, name, &Drill::name) != list.end();
  };
  for (const Drill& old : running_)
    if (!knows(drills, old.name)) parts_.scheduler.remove_job(schedule_name(old.name));
  for (const Drill& drill : drills)
    if (!knows(running_, drill.name) && !drill.cron.empty())
      parts_.scheduler.set_job(schedule_name(drill.name), cluster::Cron::parse(drill.cron),
                               parts_.queue.whole_channel(kFirings, false), {{"drill", drill.name}});
  running_ = std::move(drills);
}

Task<void> Drills::announce(data::Session& session) {
  const Json nothing{JsonObject{}};
  co_await parts_.outbox.signal(session, parts_.signals.whole_channel(kNews),
                                parts_.signals.envelope(nothing, {}));
}

Task<void> Drills::start(std::string name, std::string cron, std::int64_t seconds) {
  check_text("name", name, kNameBytesMax);
  if (seconds < 1 || seconds > kSecondsMax)
    throw bad_request(fmt::format("seconds: takes 1 to {}", kSecondsMax));
  if (!cron.empty()) cluster::Cron::parse(cron);
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work write = [&](data::Session& session) -> Task<void> {
    const std::vector<Drill> drills = co_await all_drills(session, *schema);
    std::size_t alive = 0;
    for (const Drill& drill : drills) {
      if (drill.ends_at_ms > now_ms())
        ++alive;
      else if (drill.name != name)
        co_await remove_drill(session, *schema, drill.name);
    }
    if (std::ranges::find(drills, name, &Drill::name) != drills.end())
      throw conflict(fmt::format("there is a drill \"{}\" already", name));
    if (alive >= kDrillsMax) throw conflict(fmt::format("{} drills run already", alive));
    co_await insert_drill(session, *schema, {name, cron, now_ms() + seconds * 1'000});
    co_await announce(session);
  };
  // Starts on several nodes count each other.
  cluster::Locks::Work alone = [&](cluster::FencingToken, Cancellation) -> Task<void> {
    co_await parts_.database.write(write);
  };
  co_await parts_.locks.run_exclusive(kStartLock, alone, kStartLockTtl);
  co_await refresh();
}

Task<void> Drills::publish(std::string name, std::vector<std::string> keys) {
  if (keys.empty() || keys.size() > kKeysMax)
    throw bad_request(fmt::format("keys: takes 1 to {} texts", kKeysMax));
  for (const std::string& key : keys) check_text("keys", key, kKeyBytesMax);
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work write = [&](data::Session& session) -> Task<void> {
    const std::vector<Drill> drills = co_await all_drills(session, *schema);
    const auto drill = std::ranges::find(drills, name, &Drill::name);
    if (drill == drills.end() || drill->ends_at_ms <= now_ms())
      throw not_found(fmt::format("no drill \"{}\" runs", name));
    for (const std::string& key : keys) {
      co_await insert_job(session, *schema, name, key);
      const Json message{{"key", key}};
      cluster::QueueMessage queued = parts_.queue.prepare(kJobs, message, kJobOptions, false);
      co_await parts_.outbox.publish(session, std::move(queued));
    }
  };
  try {
    co_await parts_.database.write(write);
  } catch (const data::SqlError& error) {
    if (error.kind == data::SqlError::Kind::unique) throw conflict("keys: one of them is taken");
    throw;
  }
}

Task<std::vector<DrillJob>> Drills::jobs(std::string name, std::string after, std::int64_t limit) {
  std::vector<DrillJob> out;
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work look = [&](data::Session& session) -> Task<void> {
    out = co_await jobs_of(session, *schema, name, after, limit);
  };
  co_await parts_.database.read(look);
  co_return out;
}

Task<void> Drills::end(std::string name) {
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work write = [&](data::Session& session) -> Task<void> {
    co_await remove_drill(session, *schema, name);
    co_await announce(session);
  };
  co_await parts_.database.write(write);
  co_await refresh();
}

Task<void> Drills::work(std::string key) {
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work write = [&](data::Session& session) -> Task<void> {
    co_await take_effect(session, *schema, key, parts_.node, now_ms());
  };
  co_await parts_.database.write(write);
}

Task<void> Drills::fired(std::string message, std::string drill, std::int64_t due_ms) {
  const std::shared_ptr<const data::Schema> schema = parts_.model.schema();
  data::Work write = [&](data::Session& session) -> Task<void> {
    const std::vector<Drill> drills = co_await all_drills(session, *schema);
    // What comes after its end leaves no rows behind.
    if (std::ranges::find(drills, drill, &Drill::name) == drills.end()) co_return;
    co_await meet_firing(session, *schema, drill, message, due_ms);
    co_await take_effect(session, *schema, message, parts_.node, now_ms());
  };
  co_await parts_.database.write(write);
}

}  // namespace flotilla::ops

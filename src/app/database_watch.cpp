#include "app/database_watch.hpp"

#include "base/log.hpp"
#include "data/sql/statement.hpp"

namespace flotilla::app {

namespace {

constexpr std::chrono::milliseconds kPause{500};

}  // namespace

Task<void> DatabaseWatch::run(Cancellation stopping) {
  bool was_well = true;
  do {
    co_await ask();
    const std::optional<std::string> now = ailment();
    if (now && was_well) log::error("the database cannot be used", {{"reason", *now}});
    if (!now && !was_well) log::info("the database can be used again");
    was_well = !now;
  } while (!co_await stopping.wait(kPause));
}

Task<void> DatabaseWatch::ask() {
  {
    const std::scoped_lock lock(mutex_);
    asked_ = Clock::now();
  }
  std::optional<std::string> refused;
  data::Work look = [](data::Session& session) -> Task<void> {
    const data::Fragment query = data::sql::ping();
    co_await session.query(query);
  };
  try {
    co_await database_.read(look);
  } catch (const std::exception& error) {
    refused = error.what();
  }
  const std::scoped_lock lock(mutex_);
  asked_.reset();
  refused_ = std::move(refused);
}

std::optional<std::string> DatabaseWatch::ailment() const {
  const std::scoped_lock lock(mutex_);
  if (refused_) return "the database cannot be used: " + *refused_;
  if (asked_ && Clock::now() - *asked_ > kPatience) return "the database does not answer";
  return std::nullopt;
}

}  // namespace flotilla::app

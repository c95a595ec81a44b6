#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/schema/schema.hpp"
#include "data/sql/database.hpp"

namespace flotilla::ops {

/// A rehearsal of background work: jobs that a client hands over and a schedule that fires, whose effects are
/// counted. It ends by itself.
struct Drill {
  std::string name;
  std::string cron;
  std::int64_t ends_at_ms = 0;
};

/// What became of one message of a drill.
struct DrillJob {
  std::string key;
  std::optional<std::int64_t> due_ms;  ///< of what the schedule fired; empty: a client's job
  std::int64_t attempts = 0;           ///< deliveries whose transaction was committed
  std::int64_t effects = 0;            ///< how often it took effect: once, or something is broken
  std::string node;                    ///< where it took effect
};

// All of them run in the session of the caller. `system` has the built-in collections.

/// Throws SqlError of kind unique for a name that is taken.
Task<void> insert_drill(data::Session& session, const data::Schema& system, const Drill& drill);
Task<std::vector<Drill>> all_drills(data::Session& session, const data::Schema& system);
/// Removes it with its jobs.
Task<void> remove_drill(data::Session& session, const data::Schema& system, std::string_view name);

/// A client's job that was handed over. Throws SqlError of kind unique for a key that is taken.
Task<void> insert_job(data::Session& session, const data::Schema& system, std::string_view drill,
                      std::string_view key);
/// What the schedule fired, by the id of its message; a message that comes again is known.
Task<void> meet_firing(data::Session& session, const data::Schema& system, std::string_view drill,
                       std::string_view message, std::int64_t due_ms);
/// Counts the attempt, and the effect when the job was not done before. Nothing for a key that is none.
Task<void> take_effect(data::Session& session, const data::Schema& system, std::string_view key,
                       std::string_view node, std::int64_t now_ms);
/// In the order of keys, those after `after`.
Task<std::vector<DrillJob>> jobs_of(data::Session& session, const data::Schema& system,
                                    std::string_view drill, std::string_view after, std::int64_t limit);

}  // namespace flotilla::ops

#pragma once

#include <vector>

#include "adapters/sql/flavour.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "cluster/schedule/firing_store.hpp"
#include "data/outbox.hpp"

namespace flotilla::sql {

/// Firings in flotilla_firings. Kept for kKept, and the newest of each job for ever; a due time that is older
/// than kKept is fired by nobody, so that what was forgotten is not done again. Thread-safe.
class SqlFiringStore final : public cluster::FiringStore {
 public:
  static constexpr cluster::Millis kKept{7 * 24 * 3'600'000};

  /// All of them outlive it.
  SqlFiringStore(data::Database& database, data::Outbox& outbox, Random& random = Random::system(),
                 const Clock& clock = Clock::system());

  Task<bool> fire(std::string job, UnixMs due, std::string channel, std::string body) override;
  /// The newest due time that was fired.
  Task<UnixMs> last_fired(std::string job) override;

 private:
  data::Database& database_;
  data::Outbox& outbox_;
  Random& random_;
  const Clock& clock_;
  const Flavour& flavour_;
};

std::vector<data::Fragment> firing_tables(const Flavour& flavour);

}  // namespace flotilla::sql

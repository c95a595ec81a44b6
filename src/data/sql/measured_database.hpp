#pragma once

#include <memory>

#include "data/sql/database.hpp"
#include "data/sql/database_measures.hpp"

namespace flotilla::data {

/// A database that measures what is done with it: waits, statements, transactions, errors. All else as the
/// one inside.
class MeasuredDatabase final : public Database {
 public:
  /// `measures` outlives it.
  MeasuredDatabase(std::unique_ptr<Database> inner, DatabaseMeasures& measures);

  Task<void> read(Work work) override;
  Task<void> write(Work work) override;
  Task<void> write_alone(Work work) override;
  Task<std::vector<PoolState>> pools() override { return inner_->pools(); }
  const Dialect& dialect() const override { return inner_->dialect(); }

 private:
  class Run;
  Task<void> transact(Work work, bool alone);

  const std::unique_ptr<Database> inner_;
  DatabaseMeasures& measures_;
};

}  // namespace flotilla::data

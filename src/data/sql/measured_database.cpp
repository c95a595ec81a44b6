#include "data/sql/measured_database.hpp"

#include <utility>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::data {
namespace {

using Clock = std::chrono::steady_clock;

class MeasuredSession final : public Session {
 public:
  MeasuredSession(Session& inner, DatabaseMeasures& measures) : inner_(inner), measures_(measures) {}

  Task<Rows> query(const Fragment& sql) override {
    const metrics::Stopwatch watch(measures_.query);
    try {
      co_return co_await inner_.query(sql);
    } catch (const SqlError& error) {
      measures_.count(error);
      throw;
    }
  }
  Task<std::int64_t> execute(const Fragment& sql) override {
    const metrics::Stopwatch watch(measures_.execute);
    try {
      co_return co_await inner_.execute(sql);
    } catch (const SqlError& error) {
      measures_.count(error);
      throw;
    }
  }
  const Dialect& dialect() const override { return inner_.dialect(); }
  void after_commit(std::function<void()> action) override { inner_.after_commit(std::move(action)); }
  std::optional<std::int64_t> remembered_count(const Fragment& sql) override {
    return inner_.remembered_count(sql);
  }
  void remember_count(const Fragment& sql, std::int64_t count) override { inner_.remember_count(sql, count); }

 private:
  Session& inner_;
  DatabaseMeasures& measures_;
};

}  // namespace

/// One work from the call to its end. Lives in the caller's frame.
class MeasuredDatabase::Run {
 public:
  Run(Work work, DatabaseMeasures& measures, DatabaseMeasures::Works& works)
      : work_(std::move(work)), measures_(measures), works_(works), waiting_(works.waiting) {}

  /// What the database inside is to run; holds no more than a pointer, which std::function keeps in place.
  Work measured() {
    return [this](Session& session) { return run(session); };
  }
  /// The database threw: statements have been counted, being refused before the first one has not.
  void failed(const SqlError& error) {
    if (!begun_) measures_.count(error);
  }

 private:
  Task<void> run(Session& inner) {
    if (!std::exchange(begun_, true)) works_.wait.observe(Clock::now() - asked_);
    waiting_.end();
    const metrics::Level::Hold running(works_.running);
    MeasuredSession session(inner, measures_);
    co_await work_(session);
  }

  const Work work_;
  DatabaseMeasures& measures_;
  DatabaseMeasures::Works& works_;
  metrics::Level::Hold waiting_;
  const Clock::time_point asked_ = Clock::now();
  bool begun_ = false;
};

MeasuredDatabase::MeasuredDatabase(std::unique_ptr<Database> inner, DatabaseMeasures& measures)
    : inner_(std::move(inner)), measures_(measures) {}

Task<void> MeasuredDatabase::read(Work work) {
  Run run(std::move(work), measures_, measures_.reads);
  Work measured = run.measured();
  try {
    co_await inner_->read(std::move(measured));
  } catch (const SqlError& error) {
    run.failed(error);
    throw;
  }
}

Task<void> MeasuredDatabase::write(Work work) { return transact(std::move(work), false); }

Task<void> MeasuredDatabase::write_alone(Work work) { return transact(std::move(work), true); }

Task<void> MeasuredDatabase::transact(Work work, bool alone) {
  Run run(std::move(work), measures_, measures_.writes);
  Work measured = run.measured();
  try {
    if (alone)
      co_await inner_->write_alone(std::move(measured));
    else
      co_await inner_->write(std::move(measured));
  } catch (const SqlError& error) {
    run.failed(error);
    measures_.rolled_back.add();
    throw;
  } catch (...) {
    measures_.rolled_back.add();
    throw;
  }
  measures_.committed.add();
}

}  // namespace flotilla::data

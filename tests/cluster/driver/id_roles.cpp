#include <fmt/format.h>

#include <fstream>

#include "base/random.hpp"
#include "cluster/driver/role.hpp"
#include "cluster/worker_id/worker_id_lease.hpp"

namespace flotilla::driver {

namespace {

using cluster::Millis;

/// A clock that can be set wrong.
class ShiftedClock final : public Clock {
 public:
  UnixMs now() const override { return Clock::system().now() + shift; }
  Millis shift{0};
};

/// The peer's algorithm: no memory but the process' own. The negative control.
class NaiveIds {
 public:
  explicit NaiveIds(const Clock& clock) : clock_(clock) {}
  std::int64_t next(int worker) {
    const std::int64_t second =
        std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    if (second != second_) sequence_ = 0;
    second_ = second;
    return cluster::Snowflake{second, worker, sequence_++ & cluster::Snowflake::kSequenceMax}.id();
  }

 private:
  const Clock& clock_;
  std::int64_t second_ = 0;
  int sequence_ = 0;
};

/// Ids as little-endian 64 bit numbers; every write is whole.
class IdFile {
 public:
  explicit IdFile(const std::string& path) : file_(path, std::ios::binary | std::ios::app) {}
  void add(std::int64_t id) {
    buffer_.push_back(id);
    if (buffer_.size() == kBuffer) flush();
  }
  void flush() {
    file_.write(reinterpret_cast<const char*>(buffer_.data()),
                static_cast<std::streamsize>(buffer_.size() * sizeof(std::int64_t)));
    file_.flush();
    buffer_.clear();
  }

 private:
  static constexpr std::size_t kBuffer = 4096;
  std::ofstream file_;
  std::vector<std::int64_t> buffer_;
};

std::size_t below(std::size_t limit) {
  std::uint8_t bytes[4];
  Random::system().fill(bytes);
  return (bytes[0] | bytes[1] << 8 | bytes[2] << 16) % limit;
}

Millis random_step() {
  switch (below(4)) {
    case 0:
      return Millis{-5'000};
    case 1:
      return Millis{-3'600'000};
    case 2:
      return Millis{5'000};
    default:
      return Millis{0};
  }
}

}  // namespace

Task<void> hold_worker_id(Stage& stage) {
  const Millis patience{stage.arguments.number("patience", 1'000)};
  std::unique_ptr<cluster::WorkerIdLease> lease = stage.layer.new_worker_id_lease(Clock::system());
  while (!stage.stop.cancelled()) {
    try {
      co_await lease->acquire(patience);
      break;
    } catch (const Error& error) {
      stage.history.append(fmt::format("refused {}", error.what()));
    }
  }
  while (!stage.stop.cancelled()) {
    try {
      // The time is taken before and after: the id was made in between.
      const long long before = monotonic_ns();
      const std::int64_t id = lease->ids().next();
      stage.history.append(
          fmt::format("use {} {} {} {}", cluster::Snowflake::parse(id).worker, before, monotonic_ns(), id));
    } catch (const Error& error) {
      stage.history.append(fmt::format("none {}", monotonic_ns()));
    }
    co_await stage.stop.wait(Millis{20});
  }
  co_await lease->stop();
}

Task<void> make_ids(Stage& stage) {
  const long long count = stage.arguments.number("count", 1'000'000);
  const bool naive = stage.arguments.number("naive", 0) == 1;
  IdFile file(stage.arguments.text("ids"));
  ShiftedClock clock;
  const auto parts = static_cast<long long>(stage.arguments.number("restarts", 10)) + 1;
  for (long long part = 0; part < parts && !stage.stop.cancelled(); ++part) {
    // A node that starts again within the same second, with a clock that may have stepped.
    std::unique_ptr<cluster::WorkerIdLease> lease = stage.layer.new_worker_id_lease(clock);
    co_await lease->acquire(Millis{60'000});
    NaiveIds naive_ids(clock);
    for (long long n = 0; n < count / parts; ++n) {
      if (n % 10'000 == 0) clock.shift = random_step();
      if (naive) {
        file.add(naive_ids.next(*lease->worker()));
        continue;
      }
      if (n % 1'000 == 0) co_await lease->ids().wait_for(1'000);
      file.add(lease->ids().next());
    }
    file.flush();
    co_await lease->stop();
  }
  stage.history.append("end");
}

}  // namespace flotilla::driver

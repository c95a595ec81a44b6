#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace flotilla::metrics {

template <class Number>
class Sharded;
class Level;
class Histogram;
using Counter = Sharded<std::uint64_t>;

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

enum class Kind { counter, gauge, histogram };

/// What a collector writes into while the registry is read.
class Samples {
 public:
  virtual ~Samples() = default;
  /// Of a family that was described. More than kSeriesMax of one family are left out.
  virtual void add(std::string_view family, double value, Labels labels = {}) = 0;
};

/// The measures of a process, and their text for Prometheus. Thread-safe.
///
/// Names and labels are letters of the program, never of a user; values of labels may be anything, but few:
/// after kSeriesMax sets of labels of one family every further one is the same, whose labels say `other`.
/// What is made here lives as long as the registry.
class Registry {
 public:
  static constexpr std::size_t kSeriesMax = 256;

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// The one that a node is measured by.
  static Registry& process();

  // The same name and labels give the same object. A look-up takes a lock: keep the reference.
  Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
  Level& level(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& histogram(std::string_view name, std::string_view help, Labels labels = {});

  /// A family that has its samples from collectors, or has none yet.
  void describe(Kind kind, std::string_view name, std::string_view help);

  /// Calls the function with every reading, until the handle is gone. It must not block, and not call back.
  class Collector {
   public:
    virtual ~Collector() = default;
  };
  [[nodiscard]] std::unique_ptr<Collector> collect(std::function<void(Samples&)> function);

  /// Put before the labels of every sample.
  void set_constant_labels(Labels labels);

  /// Prometheus' text format 0.0.4, families in the order of their names.
  std::string text() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace flotilla::metrics

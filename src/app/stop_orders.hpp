#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

namespace flotilla::app {

/// What a running process is told about its end.
enum class StopOrder {
  retire,  ///< another process goes on serving the address
  stop,    ///< the address is given up
};

/// Listens for the order to end: SIGTERM and SIGINT, or the lines of a supervisor (`retire`, `stop`,
/// `hurry`). A second signal, or `hurry`, hurries. Under a supervisor SIGINT and SIGHUP are its own business,
/// SIGTERM retires this one node, and a supervisor that is gone is an order to stop. Thread-safe.
class StopOrders {
 public:
  /// From here on the signals no longer end the process by themselves. `control` is the descriptor of the
  /// supervisor's socket, owned from here on.
  explicit StopOrders(std::optional<int> control = std::nullopt);
  ~StopOrders();
  StopOrders(const StopOrders&) = delete;
  StopOrders& operator=(const StopOrders&) = delete;

  /// Tells the supervisor, when there is one.
  void say(std::string_view line);
  /// Blocks until there is an order.
  StopOrder wait();
  /// Blocks for this time, or until it is hurried: true.
  bool hurried_within(std::chrono::milliseconds time);
  /// Called once, on a thread of its own, when it is hurried; at once when it has been. Null: no more.
  void on_hurry(std::function<void()> act);

 private:
  struct Ear;
  void give(StopOrder order);
  void hurry();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<StopOrder> order_;
  bool hurried_ = false;
  std::function<void()> act_;
  std::unique_ptr<Ear> ear_;
  std::thread thread_;
};

}  // namespace flotilla::app

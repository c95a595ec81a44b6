#include "runtime/loop_lag.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>

#include "base/metrics/histogram.hpp"

namespace flotilla {

namespace {
using Clock = std::chrono::steady_clock;
}

class LoopLag::Probe : public std::enable_shared_from_this<LoopLag::Probe> {
 public:
  Probe(boost::asio::io_context& loop, metrics::Histogram& histogram) : timer_(loop), histogram_(histogram) {}

  void arm() {
    const Clock::time_point due = Clock::now() + kPeriod;
    due_ = due;
    timer_.expires_at(due);
    timer_.async_wait([self = shared_from_this(), due](const boost::system::error_code& error) {
      if (error || self->stopped_) return;
      const auto late = Clock::now() - due;
      self->last_ = late;
      self->histogram_.observe(late);
      self->arm();
    });
  }
  void stop() { stopped_ = true; }

  std::chrono::nanoseconds lag() const {
    return std::max<std::chrono::nanoseconds>(last_.load(), Clock::now() - due_.load());
  }

 private:
  boost::asio::steady_timer timer_;
  metrics::Histogram& histogram_;
  std::atomic<Clock::time_point> due_{};
  std::atomic<Clock::duration> last_{};
  std::atomic<bool> stopped_{false};
};

LoopLag::LoopLag(EventLoops& loops, std::string_view name, metrics::Registry& registry) {
  metrics::Histogram& histogram = registry.histogram(
      "flotilla_event_loop_lag_seconds",
      "How late event loops call what is due, looked at 20 times a second.", {{"loop", name}});
  for (std::size_t i = 0; i < loops.size(); ++i) {
    probes_.push_back(std::make_shared<Probe>(loops.at(i), histogram));
    probes_.back()->arm();
  }
}

LoopLag::~LoopLag() {
  for (const auto& probe : probes_) probe->stop();
}

std::chrono::nanoseconds LoopLag::of(std::size_t loop) const { return probes_.at(loop)->lag(); }

}  // namespace flotilla

#include "api/admission/gate.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <map>
#include <optional>

#include "base/metrics/counter.hpp"
#include "base/metrics/histogram.hpp"

namespace flotilla::api {
namespace {

namespace asio = boost::asio;
using Clock = Admission::Clock;

/// So often it is looked whose patience has ended, while anybody waits.
constexpr std::chrono::milliseconds kLook{5};

struct GateMeasures {
  explicit GateMeasures(metrics::Registry& registry)
      : refused(registry.counter("flotilla_overload_refused_total",
                                 "Requests that were answered 503 because the node was behind.")),
        waited(registry.histogram("flotilla_overload_wait_seconds",
                                  "How long admitted requests had to wait before they were begun.")) {}
  metrics::Counter& refused;
  metrics::Histogram& waited;
};

Admission::Options share_of(const Gate::Options& options, std::size_t loops) {
  Admission::Options one;
  one.limit.target = options.target;
  one.limit.min = std::max(8, one.limit.min / static_cast<int>(loops));
  one.waiting_max = std::max<std::size_t>(1, options.waiting_max / loops);
  return one;
}

}  // namespace

/// Used on its loop; others look at the numbers.
class Gate::Lane : public std::enable_shared_from_this<Gate::Lane> {
 public:
  Lane(asio::io_context& loop, std::size_t index, const Admission::Options& options,
       std::shared_ptr<const Signals> signals, std::shared_ptr<GateMeasures> measures)
      : loop_(loop),
        index_(index),
        signals_(std::move(signals)),
        measures_(std::move(measures)),
        admission_(options),
        timer_(loop) {
    limit = admission_.limit();
  }

  const asio::execution_context* context() const { return &loop_; }

  /// Pass::operator bool tells whether it was let in; nothing: it has to wait().
  std::optional<Pass> try_enter(Admission::FlowKey flow, double size, Admission::Ticket& ticket) {
    const Clock::time_point now = Clock::now();
    adapt(now);
    const Admission::Entered entered = admission_.enter(flow, size, now);
    for (const Admission::Ticket gone : entered.given_up) refuse(gone);
    if (entered.verdict == Admission::Verdict::begin) return Pass(shared_from_this(), entered.running);
    if (entered.verdict == Admission::Verdict::refuse) {
      measures_->refused.add();
      return Pass();
    }
    ticket = entered.ticket;
    return std::nullopt;
  }

  Task<Pass> wait(Admission::Ticket ticket) {
    auto self = shared_from_this();
    Waiter waiter;
    auto suspend = [&](auto handler) {
      waiting_.emplace(ticket, Place{&waiter, std::move(handler)});
      begin_next(Clock::now());
      look_later();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(suspend, asio::use_awaitable);
    if (!waiter.admitted) co_return Pass();
    co_return Pass(std::move(self), waiter.running);
  }

  void leave(const Admission::Running& running) {
    const Clock::time_point now = Clock::now();
    admission_.leave(running, now);
    if (admission_.waiting() == 0) return;
    adapt(now);
    begin_next(now);
  }

  std::atomic<int> limit{0};
  std::atomic<std::int64_t> in_line{0};
  std::atomic<std::int64_t> delay_ns{0};

 private:
  struct Waiter {
    bool admitted = false;
    Admission::Running running;
  };
  struct Place {
    Waiter* waiter;
    std::move_only_function<void()> resume;
  };

  void adapt(Clock::time_point now) {
    if (!admission_.is_due(now)) return;
    const Waits all = signals_->inside();
    const std::uint64_t count = all.count - seen_.count;
    const std::chrono::nanoseconds waited =
        count ? (all.sum - seen_.sum) / static_cast<std::int64_t>(count) : std::chrono::nanoseconds{0};
    seen_ = all;
    const std::chrono::nanoseconds delay = std::max(waited, signals_->lag(index_));
    admission_.adapt(delay, now);
    delay_ns.store(delay.count(), std::memory_order_relaxed);
    limit.store(admission_.limit(), std::memory_order_relaxed);
  }

  void begin_next(Clock::time_point now) {
    for (const Admission::Begun& begun : admission_.begin_next(now)) {
      measures_->waited.observe(begun.waited);
      const auto place = waiting_.find(begun.ticket);
      place->second.waiter->admitted = true;
      place->second.waiter->running = begun.running;
      resume(place);
    }
    in_line.store(static_cast<std::int64_t>(admission_.waiting()), std::memory_order_relaxed);
  }

  void refuse(Admission::Ticket ticket) {
    measures_->refused.add();
    resume(waiting_.find(ticket));
  }

  using Places = std::map<Admission::Ticket, Place>;
  /// Not at once: who calls this is in the middle of something.
  void resume(Places::iterator place) {
    asio::post(loop_, std::move(place->second.resume));
    waiting_.erase(place);
  }

  void look_later() {
    if (looking_ || admission_.waiting() == 0) return;
    looking_ = true;
    timer_.expires_after(kLook);
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      self->looking_ = false;
      if (error) return;
      const Clock::time_point now = Clock::now();
      self->adapt(now);
      for (const Admission::Ticket late : self->admission_.expire(now)) self->refuse(late);
      self->begin_next(now);
      self->look_later();
    });
  }

  asio::io_context& loop_;
  const std::size_t index_;
  const std::shared_ptr<const Signals> signals_;
  const std::shared_ptr<GateMeasures> measures_;
  Admission admission_;
  asio::steady_timer timer_;
  bool looking_ = false;
  Places waiting_;
  Waits seen_;
};

Gate::Pass::Pass(std::shared_ptr<Lane> lane, const Admission::Running& running)
    : lane_(std::move(lane)), running_(running), admitted_(true) {}

Gate::Pass::~Pass() {
  if (lane_) lane_->leave(running_);
}

Gate::Pass Gate::Pass::free() {
  Pass pass;
  pass.admitted_ = true;
  return pass;
}

Gate::Gate(EventLoops& loops, const Options& options, Signals signals, metrics::Registry& registry)
    : enabled_(options.enabled) {
  const auto shared = std::make_shared<const Signals>(std::move(signals));
  const auto measures = std::make_shared<GateMeasures>(registry);
  for (std::size_t i = 0; i < loops.size(); ++i)
    lanes_.push_back(
        std::make_shared<Lane>(loops.at(i), i, share_of(options, loops.size()), shared, measures));
  registry.describe(metrics::Kind::gauge, "flotilla_overload_limit",
                    "How many requests may be worked on at a time; it falls when they wait inside.");
  registry.describe(metrics::Kind::gauge, "flotilla_overload_waiting", "Requests that wait to be begun.");
  registry.describe(
      metrics::Kind::gauge, "flotilla_overload_delay_seconds",
      "What requests waited inside (event loop, database) in the last interval; the worst loop.");
  collector_ = registry.collect([lanes = lanes_](metrics::Samples& out) {
    std::int64_t limit = 0, waiting = 0, delay = 0;
    for (const auto& lane : lanes) {
      limit += lane->limit;
      waiting += lane->in_line;
      delay = std::max(delay, lane->delay_ns.load());
    }
    out.add("flotilla_overload_limit", static_cast<double>(limit));
    out.add("flotilla_overload_waiting", static_cast<double>(waiting));
    out.add("flotilla_overload_delay_seconds", static_cast<double>(delay) / 1e9);
  });
}

Gate::~Gate() = default;

Task<Gate::Pass> Gate::enter(Admission::FlowKey flow, double size) {
  if (!enabled_) co_return Pass::free();
  const auto executor = co_await asio::this_coro::executor;
  const asio::execution_context* const here = &asio::query(executor, asio::execution::context);
  const auto lane = std::ranges::find_if(lanes_, [&](const auto& one) { return one->context() == here; });
  if (lane == lanes_.end()) co_return Pass::free();  // of no loop that requests come from
  Admission::Ticket ticket = 0;
  if (std::optional<Pass> pass = (*lane)->try_enter(flow, size, ticket)) co_return std::move(*pass);
  co_return co_await (*lane)->wait(ticket);
}

}  // namespace flotilla::api

#include "ops/chaos/run.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_future.hpp>
#include <optional>

#include "base/error.hpp"
#include "ops/chaos/command.hpp"
#include "ops/chaos/fleet.hpp"
#include "ops/chaos/load.hpp"
#include "ops/chaos/order.hpp"
#include "ops/chaos/recorder.hpp"
#include "runtime/blocking_pool.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::ops::chaos {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds kLookPeriod{100};
constexpr milliseconds kLookTimeout{1'000};
constexpr std::chrono::minutes kDrillSpare{30};

/// Everything of a run but the blocking commands happens on one thread.
class Run {
 public:
  Run(asio::io_context& io, const Plan& plan, const RunOptions& options)
      : plan_(plan),
        options_(options),
        fleet_(plan, Ground::named_by(Random::system())),
        recorder_(options.history),
        commands_("commands", 1, 1),
        tasks_(io.get_executor()),
        signals_(io, SIGINT, SIGTERM),
        last_(plan.nodes.size()) {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      options_.tell("interrupted: mending what is broken");
      interrupted_.cancel();
    });
  }

  Task<Report> run() {
    co_await fleet_.sign_in(options_.account, options_.password);
    std::optional<Error> failure;
    std::string left;
    try {
      co_await fleet_.set_up(plan_.duration * 2 + kDrillSpare);
      co_await work();
    } catch (const Error& error) {
      failure = error;
    }
    tasks_.stop();
    co_await tasks_.wait();
    left = co_await fleet_.clean_up();
    signals_.cancel();
    if (failure)
      throw Error(failure->status(),
                  fmt::format("{}{}", failure->what(), left.empty() ? "" : "; left behind: " + left));
    Report report = judged();
    report.left_behind = left;
    report.interrupted = interrupted_.cancelled();
    co_return report;
  }

 private:
  Task<void> work() {
    Cancellation enough;
    for (std::size_t node = 0; node < plan_.nodes.size(); ++node) tasks_.spawn("look", look(node));
    TaskGroup load(tasks_.executor());
    for (int number = 0; number < plan_.clients; ++number) load.spawn("client", client(number, enough));
    co_await break_things();
    enough.cancel();
    co_await load.wait();
    options_.tell(fmt::format("{:8.1f} s  waiting for jobs, reading what is there", seconds()));
    co_await fleet_.collect(recorder_.history(), interrupted_);
  }

  Task<void> client(int number, Cancellation enough) {
    LoadClient client(plan_, fleet_.ground(), fleet_.token(), number, options_.seed, recorder_);
    co_await client.run(enough);
  }

  Task<void> look(std::size_t node) {
    HttpClient http(plan_.nodes[node].target, kLookTimeout);
    do {
      Look look{.node = node, .id = {}, .asked = recorder_.now()};
      try {
        const Answer answer = co_await http.send("GET", "/readyz", "", nullptr);
        look.id = answer.node;
        look.status = answer.status;
      } catch (const NoAnswer&) {
      }
      look.answered = recorder_.now();
      last_[node] = look;
      recorder_.add(std::move(look));
    } while (!co_await tasks_.stopping().wait(kLookPeriod));
  }

  Task<void> break_things() {
    Order order(plan_.faults, options_.seed);
    while (!co_await interrupted_.wait(plan_.pause)) {
      if (order.first_round_over() && recorder_.now() >= plan_.duration) co_return;
      co_await strike(order.next());
    }
  }

  Task<std::string> command(const std::string& text) {
    auto work = [&] { return run_command(text, plan_.command_timeout); };
    co_return co_await commands_.run(work);
  }

  Task<void> strike(std::size_t at) {
    const Fault& fault = plan_.faults[at];
    options_.tell(fmt::format("{:8.1f} s  {}", seconds(), fault.name));
    Strike strike{.fault = at, .begun = recorder_.now()};
    const std::string made = co_await command(fault.make);
    strike.made = recorder_.now();
    if (!made.empty()) strike.problem = fmt::format("{}: do: {}", fault.name, made);
    co_await interrupted_.wait(fault.hold);
    const std::string mended = fault.mend.empty() ? std::string() : co_await command(fault.mend);
    strike.mended = recorder_.now();
    if (!mended.empty()) strike.problem = fmt::format("{}: undo: {}", fault.name, mended);
    const std::string late = co_await until_ready(strike.mended);
    strike.ended = recorder_.now();
    if (!late.empty() && strike.problem.empty()) strike.problem = fmt::format("{}: {}", fault.name, late);
    if (!strike.problem.empty()) options_.tell(fmt::format("{:8.1f} s  {}", seconds(), strike.problem));
    recorder_.add(std::move(strike));
  }

  /// Until every node has said that it is ready, asked after `since`. Answers which one has not in time.
  Task<std::string> until_ready(Moment since) {
    const Moment deadline = recorder_.now() + plan_.ready_within;
    Cancellation never;
    for (;;) {
      std::string waiting;
      for (std::size_t node = 0; node < last_.size(); ++node)
        if (last_[node].status != 200 || last_[node].asked < since) waiting = plan_.nodes[node].name;
      if (waiting.empty()) co_return std::string();
      if (recorder_.now() > deadline)
        co_return fmt::format("node \"{}\" was not ready within {} ms", waiting, plan_.ready_within.count());
      co_await never.wait(kLookPeriod / 4);
    }
  }

  Report judged() {
    std::vector<Allows> allows;
    for (const Fault& fault : plan_.faults) allows.push_back(fault.allows);
    const History& history = recorder_.history();
    return summarize(plan_, options_.seed, history, check(history, allows, {plan_.not_ready_grace}));
  }

  double seconds() const { return static_cast<double>(recorder_.now().count()) / 1e6; }

  const Plan& plan_;
  const RunOptions& options_;
  Fleet fleet_;
  Recorder recorder_;
  BlockingPool commands_;
  TaskGroup tasks_;
  asio::signal_set signals_;
  Cancellation interrupted_;
  std::vector<Look> last_;
};

template <class T>
T run_on(asio::io_context& io, Task<T> task) {
  auto result = asio::co_spawn(io, std::move(task), asio::use_future);
  io.run();
  return result.get();
}

}  // namespace

std::string why_not(const Plan& plan, const RunOptions& options) {
  asio::io_context io(1);
  Fleet fleet(plan, {});
  auto ask = [&]() -> Task<std::string> {
    co_await fleet.sign_in(options.account, options.password);
    co_return co_await fleet.why_not();
  };
  return run_on(io, ask());
}

Report run(const Plan& plan, const RunOptions& options) {
  asio::io_context io(1);
  Run run(io, plan, options);
  return run_on(io, run.run());
}

}  // namespace flotilla::ops::chaos

#include <fmt/format.h>

#include <fstream>

#include "cluster/driver/role.hpp"
#include "cluster/signal/signals.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::driver {

namespace {

constexpr cluster::Millis kTryAgain{20};

std::string channel_name(long long index) { return fmt::format("channel{}", index); }

/// What the signals of a channel speak of: a number in a file, written before it is signalled.
std::string truth_file(const Arguments& arguments, const std::string& channel) {
  return arguments.text("truth") + "/" + channel;
}

void write_truth(const std::string& path, long long n) {
  std::ofstream file(path + ".new", std::ios::trunc);
  file << n;
  file.close();
  std::rename((path + ".new").c_str(), path.c_str());
}

long long read_truth(const std::string& path) {
  long long n = 0;
  std::ifstream(path) >> n;
  return n;
}

/// Parameters by value: the coroutine outlives the call that made it.
Task<void> publish_channel(Stage& stage, std::string channel, long long from, long long count) {
  for (long long n = from; n < from + count && !stage.stop.cancelled(); ++n) {
    write_truth(truth_file(stage.arguments, channel), n);
    for (bool sent = false; !sent && !stage.stop.cancelled();) {
      try {
        const Json message = JsonObject{{"n", n}, {"at", monotonic_ns()}};
        co_await stage.layer.signals().publish(channel, message);
        sent = true;
      } catch (const Error& error) {
        if (error.status() != 503) throw;
      }
      if (sent) continue;
      // Whether it was taken is not known: it may be there twice.
      stage.history.append(fmt::format("repeated {} {}", channel, n));
      co_await stage.stop.wait(kTryAgain);
    }
  }
  stage.history.append(fmt::format("published {} {}", channel, from + count - 1));
}

}  // namespace

Task<void> publish_signals(Stage& stage) {
  TaskGroup channels(co_await boost::asio::this_coro::executor);
  for (long long i = 0; i < stage.arguments.number("channels", 3); ++i)
    channels.spawn("publisher", publish_channel(stage, channel_name(i), stage.arguments.number("from", 1),
                                                stage.arguments.number("count", 1000)));
  co_await channels.wait();
  stage.history.append("end");
}

Task<void> follow_signals(Stage& stage) {
  std::vector<std::unique_ptr<cluster::SignalSubscription>> subscriptions;
  for (long long i = 0; i < stage.arguments.number("channels", 3); ++i) {
    const std::string channel = channel_name(i);
    auto apply = [&stage, channel](Json message) -> Task<void> {
      const JsonObject& body = message.as_object();
      stage.history.append(fmt::format("apply {} {} {}", channel, body.at("n").as_int64(),
                                       monotonic_ns() - body.at("at").as_int64()));
      co_return;
    };
    auto reload = [&stage, channel]() -> Task<void> {
      stage.history.append(
          fmt::format("reload {} {}", channel, read_truth(truth_file(stage.arguments, channel))));
      co_return;
    };
    cluster::Signals::Subscriber subscriber{apply, reload};
    subscriptions.push_back(co_await stage.layer.signals().subscribe(channel, std::move(subscriber)));
    // As every user of signals does: subscribe first, then read the state once.
    co_await reload();
  }
  stage.history.append("ready");
  while (!co_await stage.stop.wait(cluster::Millis{3'600'000})) {
  }
}

}  // namespace flotilla::driver

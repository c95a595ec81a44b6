#include <fmt/format.h>

#include <stdexcept>

#include "cluster/driver/role.hpp"
#include "cluster/queue/queue.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::driver {

namespace {

constexpr cluster::Millis kTryAgain{20};
constexpr std::size_t kPage = 500;

struct Producing {
  Stage& stage;
  long long next = 0;
  long long count = 0;
};

cluster::PublishOptions options_of(const Arguments& arguments) {
  cluster::PublishOptions options;
  options.max_retries = static_cast<int>(arguments.number("retries", 3));
  return options;
}

bool every(const Arguments& arguments, const std::string& name, long long n) {
  const long long step = arguments.number(name, 0);
  return step > 0 && n % step == 0;
}

/// One of the window's publishers: takes the next number until all are out.
Task<void> publish_numbers(Producing& all) {
  Stage& stage = all.stage;
  const std::string& name = stage.arguments.text("name");
  const std::string& channel = stage.arguments.text("channel");
  while (all.next < all.count && !stage.stop.cancelled()) {
    const long long n = all.next++;
    const std::string id = fmt::format("{}-{}", name, n);
    const Json message = JsonObject{{"id", id},
                                    {"poison", every(stage.arguments, "poison", n)},
                                    {"flaky", every(stage.arguments, "flaky", n)}};
    // Not acknowledged means not known: it is published again, and may then be there twice.
    while (!stage.stop.cancelled()) {
      bool taken = false;
      try {
        co_await stage.layer.queue().publish(channel, message, options_of(stage.arguments));
        taken = true;
      } catch (const Error& error) {
        if (error.status() != 503) throw;
      }
      if (taken) {
        stage.history.append("acked " + id);
        break;
      }
      co_await stage.stop.wait(kTryAgain);
    }
  }
}

}  // namespace

Task<void> produce(Stage& stage) {
  Producing all{stage, 0, stage.arguments.number("count", 1000)};
  TaskGroup window(co_await boost::asio::this_coro::executor);
  for (long long i = 0; i < stage.arguments.number("window", 64); ++i)
    window.spawn("producer", publish_numbers(all));
  co_await window.wait();
  stage.history.append("end");
}

Task<void> consume(Stage& stage) {
  cluster::Consumer consumer;
  consumer.concurrency = static_cast<int>(stage.arguments.number("concurrency", 16));
  History& history = stage.history;
  consumer.process = [&history](Json message, cluster::Attempt attempt) -> Task<void> {
    const JsonObject& body = message.as_object();
    const std::string id(body.at("id").as_string());
    history.append(fmt::format("start {} {}", id, attempt.retried));
    const bool flaky = body.at("flaky").as_bool() && attempt.retried == 0;
    if (body.at("poison").as_bool() || flaky) throw std::runtime_error("told to fail");
    history.append("done " + id);
    co_return;
  };
  stage.layer.queue().subscribe(stage.arguments.text("channel"), std::move(consumer));
  history.append("ready");
  while (!co_await stage.stop.wait(cluster::Millis{3'600'000})) {
  }
}

Task<void> list_dead(Stage& stage) {
  for (std::size_t offset = 0;; offset += kPage) {
    const auto page =
        co_await stage.layer.queue().dead_letters(stage.arguments.text("channel"), offset, kPage);
    for (const cluster::DeadLetter& letter : page.letters) {
      const Json body = json::parse(letter.message.body);
      stage.history.append(fmt::format("dead {} {} {} {}", std::string(body.as_object().at("id").as_string()),
                                       letter.message.id, letter.retried, letter.reason));
    }
    if (page.letters.size() < kPage) break;
  }
  stage.history.append("end");
}

}  // namespace flotilla::driver

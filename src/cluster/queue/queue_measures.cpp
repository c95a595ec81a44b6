#include "cluster/queue/queue_measures.hpp"

#include "base/metrics/registry.hpp"

namespace flotilla::cluster {
namespace {

constexpr std::string_view kAttempts = "flotilla_queue_attempts_total", kRunning = "flotilla_queue_running",
                           kWork = "flotilla_queue_work_seconds";
constexpr std::string_view kAttemptsHelp =
    "Attempts to work on messages: done, failed (to be tried again), dead, or lost to another node.";
constexpr std::string_view kRunningHelp = "Messages that this node works on.";
constexpr std::string_view kWorkHelp = "One attempt to work on a message.";

metrics::Counter& attempts(std::string_view channel, std::string_view outcome) {
  return metrics::Registry::process().counter(kAttempts, kAttemptsHelp,
                                              {{"channel", channel}, {"outcome", outcome}});
}

}  // namespace

void QueueMeasures::declare() {
  metrics::Registry& registry = metrics::Registry::process();
  registry.describe(metrics::Kind::counter, kAttempts, kAttemptsHelp);
  registry.describe(metrics::Kind::gauge, kRunning, kRunningHelp);
  registry.describe(metrics::Kind::histogram, kWork, kWorkHelp);
  published_messages();
}

QueueMeasures QueueMeasures::of(std::string_view channel) {
  metrics::Registry& registry = metrics::Registry::process();
  return {attempts(channel, "done"),
          attempts(channel, "failed"),
          attempts(channel, "dead"),
          attempts(channel, "lost"),
          registry.level(kRunning, kRunningHelp, {{"channel", channel}}),
          registry.histogram(kWork, kWorkHelp, {{"channel", channel}})};
}

metrics::Counter& published_messages() {
  static metrics::Counter& counter = metrics::Registry::process().counter(
      "flotilla_queue_published_total", "Messages that this node has made for the queue.");
  return counter;
}

}  // namespace flotilla::cluster

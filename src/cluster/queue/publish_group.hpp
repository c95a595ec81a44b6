#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "cluster/queue/message.hpp"
#include "runtime/task.hpp"

namespace flotilla::cluster {

/// Lets publishers that come while others write share the next call of the backend: a wait for the disk each
/// would be most of what publishing costs. Thread-safe; waits on the caller's executor.
class PublishGroup {
 public:
  using Messages = std::vector<QueueMessage>;
  /// Publishes all of them or, when it throws, none. May run on any caller's executor.
  using Send = std::function<Task<std::vector<bool>>(const Messages& messages)>;

  /// Messages in a call that several publishers share.
  static constexpr std::size_t kShared = 512;

  /// `calls`: how many may run at a time.
  PublishGroup(Send send, std::size_t calls);

  /// As Send. Error 4xx about another publisher's message does not reach this one.
  Task<std::vector<bool>> publish(Messages messages);

 private:
  struct Entry;
  using Entries = std::vector<std::shared_ptr<Entry>>;

  Task<void> run(Entries entries);
  Task<void> run_one(Entry& entry);
  Entries gather(std::shared_ptr<Entry> first);
  void end(const Entries& entries);

  const Send send_;
  const std::size_t calls_;
  std::mutex mutex_;
  std::size_t running_ = 0;
  std::deque<std::shared_ptr<Entry>> waiting_;
};

}  // namespace flotilla::cluster

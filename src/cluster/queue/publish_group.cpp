#include "cluster/queue/publish_group.hpp"

#include <exception>

#include "base/error.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::cluster {
namespace {

// Only so that nobody waits for ever: the end of a call wakes those it concerns.
constexpr std::chrono::milliseconds kLook{60'000};

bool is_about_a_message(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error.status() < 500;
  } catch (...) {
    return false;
  }
}

}  // namespace

struct PublishGroup::Entry {
  enum class State { waiting, leads, done };

  Messages messages;
  State state = State::waiting;  ///< under the group's mutex
  std::vector<bool> taken;
  std::exception_ptr failure;
  Wakeup wakeup;
};

PublishGroup::PublishGroup(Send send, std::size_t calls) : send_(std::move(send)), calls_(calls) {}

Task<std::vector<bool>> PublishGroup::publish(Messages messages) {
  auto entry = std::make_shared<Entry>();
  entry->messages = std::move(messages);
  {
    std::lock_guard lock(mutex_);
    if (running_ < calls_) {
      ++running_;
      entry->state = Entry::State::leads;
    } else {
      waiting_.push_back(entry);
    }
  }
  for (;;) {
    const Wakeup::Version seen = entry->wakeup.version();
    Entry::State state;
    {
      std::lock_guard lock(mutex_);
      state = entry->state;
    }
    if (state == Entry::State::done) break;
    if (state == Entry::State::leads)
      co_await run(gather(entry));
    else
      co_await entry->wakeup.wait(seen, kLook);
  }
  if (entry->failure) std::rethrow_exception(entry->failure);
  co_return std::move(entry->taken);
}

PublishGroup::Entries PublishGroup::gather(std::shared_ptr<Entry> first) {
  std::size_t count = first->messages.size();
  Entries entries;
  entries.push_back(std::move(first));
  std::lock_guard lock(mutex_);
  while (!waiting_.empty() && count + waiting_.front()->messages.size() <= kShared) {
    count += waiting_.front()->messages.size();
    entries.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return entries;
}

/// Never throws what sending throws: it is in the entries.
Task<void> PublishGroup::run(Entries entries) {
  bool apart = entries.size() == 1;
  if (!apart) {
    Messages all;
    for (const auto& entry : entries) all.insert(all.end(), entry->messages.begin(), entry->messages.end());
    std::exception_ptr failure;
    try {
      const std::vector<bool> taken = co_await send_(all);
      auto from = taken.begin();
      for (const auto& entry : entries) {
        const auto to = from + static_cast<std::ptrdiff_t>(entry->messages.size());
        entry->taken.assign(from, to);
        from = to;
      }
    } catch (...) {
      failure = std::current_exception();
    }
    apart = failure && is_about_a_message(failure);
    if (!apart)
      for (const auto& entry : entries) entry->failure = failure;
  }
  if (apart)
    for (const auto& entry : entries) co_await run_one(*entry);
  end(entries);
}

Task<void> PublishGroup::run_one(Entry& entry) {
  try {
    entry.taken = co_await send_(entry.messages);
  } catch (...) {
    entry.failure = std::current_exception();
  }
}

/// The first that waits takes over.
void PublishGroup::end(const Entries& entries) {
  std::shared_ptr<Entry> next;
  {
    std::lock_guard lock(mutex_);
    for (const auto& entry : entries) entry->state = Entry::State::done;
    if (waiting_.empty()) {
      --running_;
    } else {
      next = std::move(waiting_.front());
      waiting_.pop_front();
      next->state = Entry::State::leads;
    }
  }
  if (next) next->wakeup.notify();
  for (const auto& entry : entries) entry->wakeup.notify();
}

}  // namespace flotilla::cluster

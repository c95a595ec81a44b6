#pragma once

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <string>

#include "cluster/cache/cache_store.hpp"
#include "cluster/unavailable.hpp"
#include "lib/cpp/loop.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::test {

/// Coroutines wait here until it is opened.
class Gate {
 public:
  void open() {
    open_ = true;
    wakeup_.notify();
  }
  Task<void> pass() {
    for (;;) {
      const Wakeup::Version seen = wakeup_.version();
      if (open_) co_return;
      co_await wakeup_.wait(seen, std::chrono::seconds(60));
    }
  }

 private:
  std::atomic<bool> open_{false};
  Wakeup wakeup_;
};

/// A store whose answers tests can hold up, and which can be down.
class FakeStore : public cluster::CacheStore {
 public:
  std::map<std::string, std::string> values;  ///< under `mutex`
  std::map<std::string, Life> lives;          ///< of keys that do not live for ever
  std::mutex mutex;
  std::atomic<bool> down{false};
  std::atomic<int> gets{0}, sets{0}, erases{0};
  /// Runs after a read was made and before it is answered; after a write took effect likewise.
  std::function<Task<void>()> before_answer;
  /// Runs before set() takes effect.
  std::function<Task<void>()> before_effect;

  Task<std::vector<std::optional<std::string>>> get(std::vector<std::string> keys) override {
    ++gets;
    check();
    std::vector<std::optional<std::string>> found(keys.size());
    {
      std::lock_guard lock(mutex);
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (const auto at = values.find(keys[i]); at != values.end()) found[i] = at->second;
    }
    if (before_answer) co_await before_answer();
    co_return found;
  }
  Task<void> set(std::vector<Entry> entries, std::optional<cluster::Millis> ttl) override {
    ++sets;
    check();
    if (before_effect) co_await before_effect();
    {
      std::lock_guard lock(mutex);
      for (const Entry& entry : entries) {
        values[entry.key] = entry.value;
        lives.erase(entry.key);
        if (ttl) lives[entry.key] = {true, false, *ttl};
      }
    }
    if (before_answer) co_await before_answer();
  }
  Task<std::int64_t> erase(std::vector<std::string> keys) override {
    ++erases;
    check();
    std::int64_t erased = 0;
    {
      std::lock_guard lock(mutex);
      for (const std::string& key : keys) erased += static_cast<std::int64_t>(values.erase(key));
    }
    if (before_answer) co_await before_answer();
    co_return erased;
  }
  Task<Life> life(std::string key) override {
    check();
    std::lock_guard lock(mutex);
    if (const auto known = lives.find(key); known != lives.end()) co_return known->second;
    co_return Life{values.contains(key), true, {}};
  }
  Task<std::vector<std::string>> keys(std::string prefix) override {
    check();
    std::vector<std::string> found;
    std::lock_guard lock(mutex);
    for (const auto& [key, value] : values)
      if (key.starts_with(prefix)) found.push_back(key);
    co_return found;
  }
  Task<void> edit_object(std::string key, std::string name, std::optional<std::string> value) override {
    check();
    std::lock_guard lock(mutex);
    values[key] = "{\"" + name + "\":" + value.value_or("null") + "}";
    co_return;
  }

 private:
  void check() const {
    if (down)
      throw cluster::Unavailable(cluster::Unavailable::Why::network, "Redis (TEST)", "connection refused");
  }
};

/// Begins the task on the loop. When this returns, it has run until it waits for something or has ended.
template <class T>
std::future<T> begin(Loop& loop, Task<T> task) {
  auto result = boost::asio::co_spawn(loop.context(), std::move(task), boost::asio::use_future);
  std::promise<void> reached;
  boost::asio::post(loop.context(), [&reached] { reached.set_value(); });
  reached.get_future().wait();
  return result;
}

/// The future's value; a test that hangs fails instead.
template <class T>
T result(std::future<T>& future) {
  if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready)
    throw std::runtime_error("the coroutine did not end in time");
  return future.get();
}

}  // namespace flotilla::test

#include "adapters/sql/sql_queue_announcer.hpp"

#include <mutex>
#include <set>
#include <vector>

#include "adapters/sql/flavour.hpp"
#include "base/log.hpp"
#include "runtime/task_group.hpp"

namespace flotilla::sql {
namespace {

// Only so that a lost wake-up is no end: tell() wakes the sender.
constexpr std::chrono::milliseconds kLook{60'000};

}  // namespace

class QueueAnnouncer::Sender {
 public:
  Sender(boost::asio::any_io_executor executor, data::Database& database)
      : database_(database), flavour_(Flavour::of(database.dialect())), tasks_(std::move(executor)) {}

  static void start(const std::shared_ptr<Sender>& self) { self->tasks_.spawn("queue announcer", run(self)); }

  void tell(const std::string& channel) {
    {
      std::lock_guard lock(mutex_);
      if (!waiting_.insert(channel).second) return;
    }
    wakeup_.notify();
  }

  Task<void> stop() {
    tasks_.stop();
    wakeup_.notify();
    co_await tasks_.wait();
  }

 private:
  static Task<void> run(std::shared_ptr<Sender> self) {
    while (!self->tasks_.stopping().cancelled()) {
      const Wakeup::Version seen = self->wakeup_.version();
      const std::vector<std::string> channels = self->take();
      if (channels.empty())
        co_await self->wakeup_.wait(seen, kLook);
      else
        co_await self->send(channels);
    }
  }

  std::vector<std::string> take() {
    std::lock_guard lock(mutex_);
    std::vector<std::string> channels(waiting_.begin(), waiting_.end());
    waiting_.clear();
    return channels;
  }

  Task<void> send(const std::vector<std::string>& channels) {
    auto notify = [&](data::Session& session) -> Task<void> {
      const data::Fragment all = joined({statement("SELECT pg_notify(?, a) FROM (", {std::string(kName)}),
                                         flavour_.texts(channels), ") AS channels"});
      std::ignore = co_await session.query(all);
    };
    try {
      co_await database_.write(notify);
    } catch (const data::SqlError& error) {
      log::debug("Other nodes are not told of new work, they find it themselves", {{"reason", error.what()}});
    }
  }

  data::Database& database_;
  const Flavour& flavour_;
  std::mutex mutex_;
  std::set<std::string> waiting_;
  Wakeup wakeup_;
  TaskGroup tasks_;
};

QueueAnnouncer::QueueAnnouncer(boost::asio::any_io_executor executor, data::Database& database)
    : sender_(std::make_shared<Sender>(std::move(executor), database)) {
  Sender::start(sender_);
}

QueueAnnouncer::~QueueAnnouncer() = default;

void QueueAnnouncer::tell(const std::string& channel) { sender_->tell(channel); }
Task<void> QueueAnnouncer::stop() { return sender_->stop(); }

}  // namespace flotilla::sql

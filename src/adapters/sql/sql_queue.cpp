#include "adapters/sql/sql_queue.hpp"

#include <algorithm>
#include <set>

#include "adapters/sql/database_call.hpp"
#include "adapters/sql/sql_queue_announcer.hpp"
#include "adapters/sql/sql_queue_channels.hpp"
#include "adapters/sql/sql_queue_statements.hpp"
#include "adapters/sql/sql_queue_work.hpp"
#include "cluster/queue/publish_group.hpp"

namespace flotilla::sql {
namespace {

using cluster::Millis;

Millis within(Millis lease) { return std::clamp(lease, Millis(1), SqlQueue::kLeaseMax); }

}  // namespace

struct SqlQueue::Core : std::enable_shared_from_this<Core> {
  Core(data::Database& database, SqlQueueOptions options, const Clock& clock)
      : database(database),
        options(std::move(options)),
        work(Flavour::of(database.dialect()), clock),
        group([this](const cluster::PublishGroup::Messages& messages) { return publish(messages); },
              Flavour::of(database.dialect()).publishing()) {}

  Task<std::vector<bool>> publish(const std::vector<cluster::QueueMessage>& messages) {
    std::vector<bool> taken;
    auto insert = [&](data::Session& session) -> Task<void> {
      taken = co_await work.publish(session, messages);
      std::set<std::string> moved;
      for (std::size_t i = 0; i < messages.size(); ++i)
        if (taken[i]) moved.insert(messages[i].channel);
      wake_after(session, moved);
    };
    co_await write(database, insert);
    co_return taken;
  }

  /// Once the transaction is committed.
  void wake_after(data::Session& session, const std::string& channel) {
    session.after_commit([self = shared_from_this(), channel] {
      self->channels.wake(channel);
      if (self->options.tell) self->options.tell(channel);
    });
  }
  void wake_after(data::Session& session, const std::set<std::string>& channels) {
    for (const std::string& channel : channels) wake_after(session, channel);
  }

  cluster::Millis poll() const { return options.listen ? options.poll_listening : options.poll; }
  void listen() {
    if (!options.listen) return;
    listening = options.listen(std::string(QueueAnnouncer::kName),
                               [weak = weak_from_this()](const std::string& channel) {
                                 if (auto core = weak.lock()) core->hear(channel);
                               });
  }
  void hear(const std::string& channel) {
    if (channel.empty())
      channels.wake_all();
    else
      channels.wake(channel);
  }

  data::Database& database;
  const SqlQueueOptions options;
  const QueueWork work;
  cluster::PublishGroup group;
  QueueChannels channels;
  std::shared_ptr<void> listening;
};

SqlQueue::SqlQueue(data::Database& database, SqlQueueOptions options, const Clock& clock)
    : core_(std::make_shared<Core>(database, std::move(options), clock)) {
  core_->listen();
}

SqlQueue::~SqlQueue() { core_->listening.reset(); }

Task<std::vector<bool>> SqlQueue::publish(std::vector<cluster::QueueMessage> messages) {
  if (messages.empty()) co_return std::vector<bool>();
  auto core = core_;
  co_return co_await core->group.publish(std::move(messages));
}

Task<bool> SqlQueue::publish_in(data::Session& session, cluster::QueueMessage message) {
  auto core = core_;
  const std::string channel = message.channel;
  std::vector<cluster::QueueMessage> one;
  one.push_back(std::move(message));
  const std::vector<bool> taken = co_await core->work.publish(session, one);
  if (taken.front()) core->wake_after(session, channel);
  co_return taken.front();
}

Task<std::vector<cluster::Delivery>> SqlQueue::claim(std::string channel, std::size_t max, Millis lease,
                                                     Millis wait) {
  using SteadyClock = std::chrono::steady_clock;
  std::vector<cluster::Delivery> deliveries;
  if (max == 0) co_return deliveries;
  max = std::min(max, kClaimMax);
  lease = within(lease);
  auto core = core_;
  auto published = core->channels.consumed(channel);
  const cluster::Monotonic until = SteadyClock::now() + wait;
  for (;;) {
    const Wakeup::Version seen = published->version();
    QueueOutlook outlook;
    auto look = [&](data::Session& session) -> Task<void> {
      outlook = co_await core->work.look(session, channel);
    };
    co_await read(core->database, look);
    if (outlook.work()) {
      auto take = [&](data::Session& session) -> Task<void> {
        deliveries = co_await core->work.take(session, channel, outlook, max, lease);
      };
      co_await write(core->database, take);
      if (!deliveries.empty()) co_return deliveries;
    }
    const auto left = std::chrono::ceil<Millis>(until - SteadyClock::now());
    if (left.count() <= 0) co_return deliveries;
    co_await published->wait(seen, std::min({left, core->poll(), outlook.nap()}));
  }
}

Task<void> SqlQueue::settle(std::vector<cluster::Settlement> settlements) {
  if (settlements.empty()) co_return;
  auto core = core_;
  auto end = [&](data::Session& session) -> Task<void> {
    co_await core->work.settle(session, settlements);
    std::set<std::string> moved;
    for (const cluster::Settlement& settlement : settlements)
      if (std::holds_alternative<cluster::Settlement::Retry>(settlement.outcome))
        moved.insert(settlement.channel);
    core->wake_after(session, moved);
  };
  co_await write(core->database, end);
}

Task<std::vector<bool>> SqlQueue::renew(std::string channel, std::vector<std::string> receipts,
                                        Millis lease) {
  std::vector<bool> valid(receipts.size());
  if (receipts.empty()) co_return valid;
  auto core = core_;
  auto prolong = [&](data::Session& session) -> Task<void> {
    valid = co_await core->work.renew(session, receipts, within(lease));
  };
  co_await write(core->database, prolong);
  co_return valid;
}

Task<cluster::QueueBackend::DeadLetterPage> SqlQueue::dead_letters(std::string channel, std::size_t offset,
                                                                   std::size_t limit) {
  DeadLetterPage page;
  auto core = core_;
  auto list = [&](data::Session& session) -> Task<void> {
    page = co_await core->work.dead_letters(session, channel, offset, limit);
  };
  co_await read(core->database, list);
  co_return page;
}

Task<cluster::QueueBackend::Depth> SqlQueue::depth(std::string channel) {
  Depth depth;
  auto core = core_;
  auto look = [&](data::Session& session) -> Task<void> {
    depth = co_await core->work.depth(session, channel);
  };
  co_await read(core->database, look);
  co_return depth;
}

Task<std::int64_t> SqlQueue::replay(std::string channel, std::vector<std::string> ids) {
  std::int64_t revived = 0;
  auto core = core_;
  auto revive = [&](data::Session& session) -> Task<void> {
    revived = co_await core->work.replay(session, channel, ids);
    core->wake_after(session, channel);
  };
  co_await write(core->database, revive);
  co_return revived;
}

}  // namespace flotilla::sql

#include "adapters/sql/sql_queue_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <unordered_set>

#include "adapters/sql/sql_queue.hpp"
#include "base/random.hpp"

namespace flotilla::sql {
namespace {

using cluster::Delivery;
using cluster::Millis;
using cluster::QueueMessage;
using cluster::Settlement;

constexpr Millis kDropKeysEvery{30'000};

std::optional<Millis> until(const data::Cell& time, std::int64_t now) {
  if (time.is_null()) return std::nullopt;
  return Millis(time.as_int() - now);
}

bool over(std::optional<Millis> left) { return left && left->count() <= 0; }

/// 1 to about a million.
std::int64_t step() {
  std::array<std::uint8_t, 3> bytes{};
  Random::system().fill(bytes);
  return 1 + (bytes[0] | bytes[1] << 8 | (bytes[2] & 0x0f) << 16);
}

std::string hopeless() {
  return fmt::format("{} consumers in a row vanished while they had it", cluster::kAbandonedMax + 1);
}

}  // namespace

Millis QueueOutlook::nap() const { return next ? std::max(*next, Millis(1)) : Millis::max(); }

/// Answers which may go in: those without a key and those whose key was free.
Task<std::vector<bool>> QueueWork::take_keys(data::Session& session,
                                             const std::vector<QueueMessage>& messages) const {
  std::vector<bool> free(messages.size(), true);
  std::vector<std::size_t> keyed;
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (messages[i].options.dedup_key) keyed.push_back(i);
  // Everybody takes keys in the same order, or two publishers might wait for each other.
  std::ranges::sort(keyed, {}, [&](std::size_t i) {
    return std::tuple(std::string_view(messages[i].channel), std::string_view(*messages[i].options.dedup_key),
                      i);
  });
  for (std::size_t i : keyed) {
    const Upsert key = say_.take_key(messages[i]);
    free[i] = co_await apply(session, key) > 0;
  }
  if (!keyed.empty()) co_await drop_old_keys(session);
  co_return free;
}

Task<void> QueueWork::drop_old_keys(data::Session& session) const {
  const cluster::Monotonic now = std::chrono::steady_clock::now();
  cluster::Monotonic::rep last = keys_dropped_at_.load();
  const bool recent =
      last != 0 && now - cluster::Monotonic(cluster::Monotonic::duration(last)) < kDropKeysEvery;
  if (recent || !keys_dropped_at_.compare_exchange_strong(last, now.time_since_epoch().count())) co_return;
  const Change old = say_.drop_old_keys();
  co_await count(session, old);
}

Task<std::vector<bool>> QueueWork::publish(data::Session& session,
                                           const std::vector<QueueMessage>& messages) const {
  for (const QueueMessage& message : messages) check(message);
  const std::vector<bool> free = co_await take_keys(session, messages);
  std::vector<const QueueMessage*> list;
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (free[i]) list.push_back(&messages[i]);

  std::unordered_set<std::string> kept;
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t count = say_.insert_max(list.size() - from);
    for (std::string& id : co_await insert(session, QueueStatements::Messages(list).subspan(from, count)))
      kept.insert(std::move(id));
    from += count;
  }

  std::vector<bool> taken(messages.size());
  // Of several with one id the first was kept.
  for (std::size_t i = 0; i < messages.size(); ++i) taken[i] = free[i] && kept.erase(messages[i].id) > 0;
  co_return taken;
}

/// Answers the ids of those that were not there.
Task<std::vector<std::string>> QueueWork::insert(data::Session& session,
                                                 QueueStatements::Messages messages) const {
  const data::Fragment statement = say_.insert(messages);
  if (say_.insert_tells()) co_return texts_in(co_await session.query(statement));
  std::set<std::string> fresh;
  for (const QueueMessage* message : messages) fresh.insert(message->id);
  const data::Fragment known = say_.there_already(messages);
  for (const std::string& id : texts_in(co_await session.query(known))) fresh.erase(id);
  if (static_cast<std::size_t>(co_await session.execute(statement)) != fresh.size())
    throw data::SqlError(data::SqlError::Kind::busy,
                         "somebody else was publishing the same messages, try again");
  co_return std::vector<std::string>(fresh.begin(), fresh.end());
}

Task<QueueOutlook> QueueWork::look(data::Session& session, const std::string& channel) const {
  const data::Rows row = co_await session.query(say_.outlook(channel));
  const std::int64_t now = row.at(0, 4).as_int();
  const std::optional<Millis> due = until(row.at(0, 1), now), lapse = until(row.at(0, 2), now);
  const std::optional<Millis> last_lapse = until(row.at(0, 3), now);
  QueueOutlook outlook;
  outlook.ready = !row.at(0, 0).is_null();
  outlook.delayed = over(due);
  outlook.lapsed = over(lapse) || (last_lapse && *last_lapse > SqlQueue::kLeaseMax);
  if (due && lapse)
    outlook.next = std::min(*due, *lapse);
  else
    outlook.next = due ? due : lapse;
  co_return outlook;
}

Task<std::vector<Delivery>> QueueWork::take(data::Session& session, const std::string& channel,
                                            const QueueOutlook& outlook, std::size_t max,
                                            Millis lease) const {
  co_await lease_only(session);
  if (outlook.lapsed) {
    const Change given_up = say_.remove_hopeless(channel), given_back = say_.release_lapsed(channel);
    const data::Rows hopeless_ones = co_await answer(session, given_up);
    for (std::size_t row = 0; row < hopeless_ones.size(); ++row)
      co_await session.execute(say_.bury(hopeless_ones, row, hopeless()));
    co_await count(session, given_back);
  }
  if (outlook.delayed) {
    const Change due = say_.release_delayed(channel);
    co_await count(session, due);
  }

  const Change next = say_.take(channel, max, lease, step());
  const data::Rows rows = co_await answer(session, next);
  auto place_in_line = [&rows](std::size_t row) {
    return std::tuple(rows.at(row, 8).as_int(), rows.at(row, 4).as_int(), rows.at(row, 0).as_int());
  };
  std::vector<std::size_t> order(rows.size());
  for (std::size_t row = 0; row < rows.size(); ++row) order[row] = row;
  std::ranges::sort(order, {}, place_in_line);

  std::vector<Delivery> deliveries;
  for (std::size_t row : order) {
    Delivery delivery;
    delivery.receipt = Receipt{rows.at(row, 0).as_int(), rows.at(row, 1).as_int()}.text();
    delivery.retried = static_cast<int>(rows.at(row, 2).as_int());
    delivery.abandoned = static_cast<int>(rows.at(row, 3).as_int());
    delivery.message = read_message(rows, row, 5);
    deliveries.push_back(std::move(delivery));
  }
  co_return deliveries;
}

Task<void> QueueWork::lease_only(data::Session& session) const {
  const data::Fragment said = say_.lease_only();
  if (!said.empty()) std::ignore = co_await session.query(said);
}

Task<void> QueueWork::settle(data::Session& session, const std::vector<Settlement>& settlements) const {
  std::vector<Receipt> done;
  for (const Settlement& settlement : settlements) {
    const std::optional<Receipt> receipt = Receipt::parse(settlement.receipt);
    if (!receipt) continue;
    if (std::holds_alternative<Settlement::Done>(settlement.outcome)) {
      done.push_back(*receipt);
    } else if (const auto* retry = std::get_if<Settlement::Retry>(&settlement.outcome)) {
      co_await session.execute(say_.put_back(*receipt, retry->after));
    } else {
      const Change removed = say_.remove_dead(*receipt);
      const data::Rows remains = co_await answer(session, removed);
      const std::string& reason = std::get<Settlement::Dead>(settlement.outcome).reason;
      for (std::size_t row = 0; row < remains.size(); ++row)
        co_await session.execute(say_.bury(remains, row, reason));
    }
  }
  if (!done.empty()) co_await session.execute(say_.remove(done));
}

Task<std::vector<bool>> QueueWork::renew(data::Session& session, const std::vector<std::string>& receipts,
                                         Millis lease) const {
  std::vector<std::optional<Receipt>> parsed;
  std::vector<Receipt> known;
  for (const std::string& text : receipts) {
    parsed.push_back(Receipt::parse(text));
    if (parsed.back()) known.push_back(*parsed.back());
  }
  std::set<std::pair<std::int64_t, std::int64_t>> held;
  if (!known.empty()) {
    co_await lease_only(session);
    const Change prolonged = say_.prolong(known, lease);
    const data::Rows rows = co_await answer(session, prolonged);
    for (std::size_t row = 0; row < rows.size(); ++row)
      held.emplace(rows.at(row, 0).as_int(), rows.at(row, 1).as_int());
  }
  std::vector<bool> valid;
  for (const std::optional<Receipt>& receipt : parsed)
    valid.push_back(receipt && held.contains(receipt->pair()));
  co_return valid;
}

Task<cluster::QueueBackend::DeadLetterPage> QueueWork::dead_letters(data::Session& session,
                                                                    const std::string& channel,
                                                                    std::size_t offset,
                                                                    std::size_t limit) const {
  cluster::QueueBackend::DeadLetterPage page;
  page.total = (co_await session.query(say_.count_dead(channel))).at(0, 0).as_int();
  const data::Rows rows = co_await session.query(say_.list_dead(channel, offset, limit));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    cluster::DeadLetter letter;
    letter.reason = rows.at(row, 0).as_text();
    letter.retried = static_cast<int>(rows.at(row, 1).as_int());
    letter.died_at = UnixMs(Millis(rows.at(row, 2).as_int()));
    letter.message = read_message(rows, row, 3);
    page.letters.push_back(std::move(letter));
  }
  co_return page;
}

Task<cluster::QueueBackend::Depth> QueueWork::depth(data::Session& session,
                                                    const std::string& channel) const {
  const data::Fragment query = say_.depth(channel);
  const data::Rows rows = co_await session.query(query);
  cluster::QueueBackend::Depth depth{.ready = rows.at(0, 0).as_int(),
                                     .delayed = rows.at(0, 1).as_int(),
                                     .running = rows.at(0, 2).as_int(),
                                     .dead = rows.at(0, 3).as_int(),
                                     .oldest = {}};
  const std::int64_t now = rows.at(0, 8).as_int();
  for (std::size_t column = 4; column < 8; ++column) {
    if (rows.at(0, column).is_null()) continue;
    const Millis age{std::max<std::int64_t>(0, now - rows.at(0, column).as_int())};
    depth.oldest = std::max(age, depth.oldest.value_or(age));
  }
  co_return depth;
}

Task<std::int64_t> QueueWork::replay(data::Session& session, const std::string& channel,
                                     const std::vector<std::string>& ids) const {
  std::int64_t revived = 0;
  // What dies while this runs is not replayed: it would be without end.
  const std::int64_t last = (co_await session.query(say_.last_dead(channel))).at(0, 0).as_int();
  for (;;) {
    const data::Rows rows = co_await session.query(say_.pick_dead(channel, last, ids));
    if (rows.empty()) co_return revived;
    std::vector<std::int64_t> numbers;
    for (std::size_t row = 0; row < rows.size(); ++row) numbers.push_back(rows.at(row, 0).as_int());
    revived += co_await session.execute(say_.revive(numbers));
    co_await session.execute(say_.forget_dead(numbers));
  }
}

}  // namespace flotilla::sql

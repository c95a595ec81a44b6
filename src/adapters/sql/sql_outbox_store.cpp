#include "adapters/sql/sql_outbox_store.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "adapters/sql/database_call.hpp"

namespace flotilla::sql {
namespace {

constexpr std::size_t kLanes = 64;  // channels of signals in one round

std::vector<OutboxRow> rows_of(const data::Rows& rows) {
  std::vector<OutboxRow> out;
  for (std::size_t row = 0; row < rows.size(); ++row)
    out.push_back({rows.at(row, 0).as_int(), rows.at(row, 1).as_text()});
  return out;
}

}  // namespace

OutboxStore::OutboxStore(data::Database& database, const Clock& clock, std::string holder,
                         cluster::Millis lease)
    : database_(database),
      say_(Flavour::of(database.dialect()), clock),
      holder_(std::move(holder)),
      lease_(lease) {}

Task<std::int64_t> OutboxStore::pending() {
  std::int64_t count = 0;
  auto look = [&](data::Session& session) -> Task<void> {
    count = (co_await session.query(say_.pending())).at(0, 0).as_int();
  };
  co_await read(database_, look);
  co_return count;
}

Task<std::vector<OutboxRow>> OutboxStore::take_messages(std::size_t max) {
  std::vector<OutboxRow> rows;
  bool any = false;
  auto look = [&](data::Session& session) -> Task<void> {
    any = !(co_await session.query(say_.any_message(lease_))).empty();
  };
  co_await read(database_, look);
  if (!any) co_return rows;
  auto take = [&](data::Session& session) -> Task<void> {
    co_await lease_only(session);
    const Change taken = say_.take_messages(max, lease_);
    rows = rows_of(co_await answer(session, taken));
  };
  co_await write(database_, take);
  std::ranges::sort(rows, {}, &OutboxRow::seq);
  co_return rows;
}

Task<void> OutboxStore::lease_only(data::Session& session) const {
  const data::Fragment said = say_.lease_only();
  if (!said.empty()) std::ignore = co_await session.query(said);
}

Task<OutboxLanes> OutboxStore::take_signals(std::size_t max) {
  OutboxLanes taken;
  // In one order for everybody, or two relays might wait for each other's lanes.
  std::set<std::string> channels;
  auto look = [&](data::Session& session) -> Task<void> {
    const data::Rows rows = co_await session.query(say_.channels_of_signals(kLanes));
    for (std::size_t row = 0; row < rows.size(); ++row) channels.insert(rows.at(row, 0).as_text());
  };
  co_await read(database_, look);
  if (channels.empty()) co_return taken;
  auto take = [&](data::Session& session) -> Task<void> {
    taken = {};
    co_await lease_only(session);
    for (const std::string& channel : channels) {
      const Upsert lane = say_.take_lane(channel, holder_, lease_);
      if (co_await apply(session, lane) == 0) {
        taken.elsewhere = true;
        continue;
      }
      // Only now: whoever held the lane before has removed what it sent.
      std::vector<OutboxRow> rows = rows_of(co_await session.query(say_.signals(channel, max)));
      if (rows.empty())
        co_await session.execute(say_.leave_lane(channel, holder_));
      else
        taken.lanes.push_back({channel, std::move(rows)});
    }
  };
  co_await write(database_, take);
  co_return taken;
}

Task<void> OutboxStore::end_messages(const std::vector<OutboxRow>& rows, const cluster::RelayBatch& batch,
                                     const std::vector<OutboxRefusal>& refusals) {
  std::set<std::int64_t> left;
  for (const OutboxRow& row : rows) left.insert(row.seq);
  for (std::size_t i : batch.sent()) left.erase(rows[i].seq);
  for (const OutboxRefusal& refusal : refusals) left.erase(refusal.seq);
  auto end = [&](data::Session& session) -> Task<void> {
    co_await remove(session, rows, batch, refusals);
    if (!left.empty()) co_await session.execute(say_.give_back({left.begin(), left.end()}));
  };
  co_await write(database_, end);
}

Task<void> OutboxStore::end_signals(const OutboxLane& lane, const cluster::RelayBatch& batch,
                                    const std::vector<OutboxRefusal>& refusals) {
  auto end = [&](data::Session& session) -> Task<void> {
    co_await remove(session, lane.rows, batch, refusals);
    co_await session.execute(say_.leave_lane(lane.channel, holder_));
  };
  co_await write(database_, end);
}

Task<void> OutboxStore::remove(data::Session& session, const std::vector<OutboxRow>& rows,
                               const cluster::RelayBatch& batch,
                               const std::vector<OutboxRefusal>& refusals) const {
  std::vector<std::int64_t> over;
  for (std::size_t i : batch.sent()) over.push_back(rows[i].seq);
  for (const OutboxRefusal& refusal : refusals) {
    co_await session.execute(say_.keep_refused(refusal.seq, refusal.reason));
    over.push_back(refusal.seq);
  }
  if (!over.empty()) co_await session.execute(say_.remove(over));
}

}  // namespace flotilla::sql

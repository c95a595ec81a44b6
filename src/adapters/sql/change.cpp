#include "adapters/sql/change.hpp"

namespace flotilla::sql {

Task<data::Rows> answer(data::Session& session, const Change& change) {
  if (!change.whole.empty()) co_return co_await session.query(change.whole);
  data::Rows found = co_await session.query(change.find);
  if (found.empty()) co_return found;
  const data::Fragment statement = change.apply(found);
  if (co_await session.execute(statement) == 0) co_return data::Rows();
  co_return found;
}

Task<std::int64_t> count(data::Session& session, const Change& change) {
  if (!change.whole.empty()) co_return co_await session.execute(change.whole);
  const data::Rows found = co_await session.query(change.find);
  if (found.empty()) co_return 0;
  const data::Fragment statement = change.apply(found);
  co_return co_await session.execute(statement);
}

Task<std::int64_t> apply(data::Session& session, const Upsert& upsert) {
  if (!upsert.whole.empty()) co_return co_await session.execute(upsert.whole);
  // That the condition does not hold is only known when the row was there before it was asked for: it may
  // come between any two statements.
  for (bool was_there = false;;) {
    if (co_await session.execute(upsert.update) > 0) co_return 1;
    const bool is_there = !(co_await session.query(upsert.exists)).empty();
    if (is_there && was_there) co_return 0;
    if (!is_there && co_await session.execute(upsert.insert) > 0) co_return 1;
    was_there = is_there;
  }
}

std::vector<std::int64_t> numbers_in(const data::Rows& rows, std::size_t column) {
  std::vector<std::int64_t> out;
  for (std::size_t row = 0; row < rows.size(); ++row) out.push_back(rows.at(row, column).as_int());
  return out;
}

std::vector<std::string> texts_in(const data::Rows& rows, std::size_t column) {
  std::vector<std::string> out;
  for (std::size_t row = 0; row < rows.size(); ++row) out.push_back(rows.at(row, column).as_text());
  return out;
}

}  // namespace flotilla::sql

#include "adapters/mysql/link.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/mysql/cells.hpp"
#include "adapters/mysql/mysql_error.hpp"
#include "adapters/mysql/nonblocking.hpp"
#include "base/strings.hpp"

namespace flotilla::mysql {
namespace {

namespace asio = boost::asio;
using data::SqlError;
using Descriptor = asio::posix::stream_descriptor;

/// Statements that come again with other values; all else is sent as text.
bool comes_again(const data::Fragment& sql) {
  if (!sql.params.empty()) return true;
  const std::string_view text = trim(sql.text);
  for (std::string_view word : {"SELECT", "WITH", "INSERT", "UPDATE", "DELETE"})
    if (text.size() > word.size() && iequals(text.substr(0, word.size()), word)) return true;
  return false;
}

/// MariaDB takes `IF EXISTS` where MySQL does not: there the error that it avoids is none (see
/// MysqlDialect::create_index).
bool is_there_already(unsigned code, std::string_view text) {
  return (code == kDuplicateKeyName || code == kNoSuchIndex) && text.find("/*M!100100 IF ") != text.npos;
}

}  // namespace

Link::Link(asio::any_io_executor executor, ConnectionHandle connection, std::size_t statements,
           std::shared_ptr<const SchemaVersion> schema)
    : connection_(std::move(connection)),
      socket_(executor),
      cache_(statements),
      schema_(std::move(schema)),
      schema_seen_(schema_ ? schema_->number : 0) {
  const int duplicate = dup(mysql_get_socket(connection_.get()));
  if (duplicate < 0)
    close("no file descriptor is free");
  else
    socket_.assign(duplicate);
}

Link::~Link() {
  // Without it every statement would be closed with a packet of its own.
  connection_.reset();
}

Link::Clock::duration Link::silent_for(Clock::time_point now) const {
  return asked_at_ ? now - *asked_at_ : Clock::duration{};
}

bool Link::alive() {
  if (broken_) return false;
  // A server says nothing unasked but that it goes.
  pollfd look{socket_.native_handle(), POLLIN | POLLRDHUP, 0};
  if (poll(&look, 1, 0) != 0) close("the server closed it");
  return !broken_;
}

void Link::close(std::string_view why) {
  if (std::exchange(broken_, true)) return;
  last_words_ = std::string(why);
  // Whoever waits for the socket finds it ended.
  if (socket_.is_open()) ::shutdown(socket_.native_handle(), SHUT_RDWR);
}

Task<int> Link::ready(int asked) {
  const bool to_write = asked & MYSQL_WAIT_WRITE;
  auto [error] = co_await socket_.async_wait(to_write ? Descriptor::wait_write : Descriptor::wait_read,
                                             asio::as_tuple(asio::use_awaitable));
  co_return error ? MYSQL_WAIT_TIMEOUT : to_write ? MYSQL_WAIT_WRITE : MYSQL_WAIT_READ;
}

Task<Answer> Link::run(const data::Fragment& sql, bool reading) {
  check_values(sql);
  parameters_.set(sql.params);
  Answer answer;
  if (broken_) {
    fail(answer, 0, "", sql, reading);
    co_return answer;
  }
  asked_at_ = Clock::now();
  patient_ = changes_schema(sql.text);
  if (comes_again(sql))
    co_await run_prepared(sql, answer, reading);
  else
    co_await run_plain(sql, answer, reading);
  asked_at_.reset();
  if (answer.error && is_there_already(answer.code, sql.text)) answer = {};
  co_return answer;
}

void Link::fail(Answer& answer, unsigned code, std::string_view message, const data::Fragment& sql,
                bool reading) {
  answer.code = code;
  if (!broken_ && !is_connection_lost(code)) {
    answer.error = sql_error(code, message, sql.text, reading);
    return;
  }
  if (!broken_) close(message);
  answer.lost = true;
  answer.error.emplace(SqlError::Kind::unavailable, "the connection to MariaDB was lost: " + last_words_);
}

Task<void> Link::run_plain(const data::Fragment& sql, Answer& answer, bool reading) {
  MYSQL* connection = connection_.get();
  auto wait = [this](int asked) { return ready(asked); };
  int failed = 0;
  const std::string text = finished_text(sql.text);
  auto send = [&] { return mysql_real_query_start(&failed, connection, text.data(), text.size()); };
  auto go_on = [&](int happened) { return mysql_real_query_cont(&failed, connection, happened); };
  co_await drive(send, go_on, wait);
  MYSQL_RES* stored = nullptr;
  if (!failed) {
    auto store = [&] { return mysql_store_result_start(&stored, connection); };
    auto store_on = [&](int happened) { return mysql_store_result_cont(&stored, connection, happened); };
    co_await drive(store, store_on, wait);
  }
  const ResultHandle result(stored);
  if (failed || (!result && mysql_field_count(connection) > 0))
    co_return fail(answer, mysql_errno(connection), mysql_error(connection), sql, reading);
  answer.has_rows = result != nullptr;
  if (result)
    answer.rows = rows_of(result.get());
  else
    answer.touched = static_cast<std::int64_t>(mysql_affected_rows(connection));
}

Task<void> Link::run_prepared(const data::Fragment& sql, Answer& answer, bool reading) {
  co_await forget_if_schema_changed();
  for (bool again = false;; again = true) {
    answer = {};
    MYSQL_STMT* statement = co_await prepared(sql, answer, reading);
    if (statement) co_await execute(statement, sql, answer, reading);
    if (once_) co_await give_up(std::move(once_));
    if (!answer.error || broken_ || again) co_return;
    if (answer.code == kTooManyStatements)
      co_await forget_all();  // its own share of what the server keeps for everybody
    else if (answer.code == kPrepareAgain || answer.code == kOtherColumns)
      co_await give_up(cache_.remove(sql.text));
    else
      co_return;
  }
}

/// The prepared statement, or null and an error.
Task<MYSQL_STMT*> Link::prepared(const data::Fragment& sql, Answer& answer, bool reading) {
  const bool kept = cache_.keeps(sql.text);
  if (kept)
    if (MYSQL_STMT* known = cache_.find(sql.text)) co_return known;
  StatementHandle fresh(mysql_stmt_init(connection_.get()));
  if (!fresh) throw std::bad_alloc();
  const my_bool measure = 1;  // the longest value of each column, while the result is stored
  mysql_stmt_attr_set(fresh.get(), STMT_ATTR_UPDATE_MAX_LENGTH, &measure);
  const std::string text = finished_text(sql.text);
  int failed = 0;
  auto prepare = [&] { return mysql_stmt_prepare_start(&failed, fresh.get(), text.data(), text.size()); };
  auto go_on = [&](int happened) { return mysql_stmt_prepare_cont(&failed, fresh.get(), happened); };
  co_await drive(prepare, go_on, [this](int asked) { return ready(asked); });
  if (failed) {
    fail(answer, mysql_stmt_errno(fresh.get()), mysql_stmt_error(fresh.get()), sql, reading);
    co_return nullptr;
  }
  MYSQL_STMT* out = fresh.get();
  if (!kept)
    once_ = std::move(fresh);
  else
    co_await give_up(cache_.add(sql.text, std::move(fresh)));
  co_return out;
}

Task<void> Link::execute(MYSQL_STMT* statement, const data::Fragment& sql, Answer& answer, bool reading) {
  auto wait = [this](int asked) { return ready(asked); };
  auto failed_because = [&] {
    fail(answer, mysql_stmt_errno(statement), mysql_stmt_error(statement), sql, reading);
  };
  if (!sql.params.empty() && mysql_stmt_bind_param(statement, parameters_.binds()))
    co_return failed_because();
  int failed = 0;
  auto send = [&] { return mysql_stmt_execute_start(&failed, statement); };
  auto go_on = [&](int happened) { return mysql_stmt_execute_cont(&failed, statement, happened); };
  co_await drive(send, go_on, wait);
  if (failed) co_return failed_because();
  answer.has_rows = mysql_stmt_field_count(statement) > 0;
  if (!answer.has_rows) {
    answer.touched = static_cast<std::int64_t>(mysql_stmt_affected_rows(statement));
    answer.number = mysql_stmt_insert_id(statement);
    co_return;
  }
  auto store = [&] { return mysql_stmt_store_result_start(&failed, statement); };
  auto store_on = [&](int happened) { return mysql_stmt_store_result_cont(&failed, statement, happened); };
  co_await drive(store, store_on, wait);
  if (failed) co_return failed_because();
  answer.rows = rows_of(statement);
  mysql_stmt_free_result(statement);  // all of it was read: nothing is sent
}

/// Closes it on the server as well.
Task<void> Link::give_up(StatementHandle statement) {
  if (!statement || broken_) co_return;
  MYSQL_STMT* closing = statement.release();
  my_bool failed = 0;
  auto close = [&] { return mysql_stmt_close_start(&failed, closing); };
  auto go_on = [&](int happened) { return mysql_stmt_close_cont(&failed, closing, happened); };
  co_await drive(close, go_on, [this](int asked) { return ready(asked); });
}

Task<void> Link::forget_if_schema_changed() {
  if (!schema_ || schema_seen_ == schema_->number) co_return;
  schema_seen_ = schema_->number;
  co_await forget_all();
}

Task<void> Link::forget_all() {
  for (StatementHandle& statement : cache_.clear()) co_await give_up(std::move(statement));
}

}  // namespace flotilla::mysql

#include "adapters/postgres/link.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/postgres/cells.hpp"
#include "adapters/postgres/postgres_error.hpp"
#include "base/log.hpp"
#include "base/strings.hpp"

namespace flotilla::postgres {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using data::SqlError;
using Descriptor = asio::posix::stream_descriptor;

constexpr int kTextResult = 0;
constexpr std::string_view kNoSuchStatement = "26000";

bool is_ready(PGconn* connection) { return PQstatus(connection) == CONNECTION_OK; }

/// libpq adds lines of advice.
std::string_view reason(PGconn* connection) {
  const std::string_view text = trim(PQerrorMessage(connection));
  return text.substr(0, text.find('\n'));
}

}  // namespace

Link::Link(asio::any_io_executor executor, ConnectionHandle connection, Settings settings)
    : executor_(std::move(executor)),
      connection_(std::move(connection)),
      settings_(std::move(settings)),
      socket_(executor_),
      names_(settings_.statements),
      schema_seen_(settings_.schema ? settings_.schema->number : 0) {}

Link::~Link() = default;

void Link::start(std::function<void()> on_lost,
                 std::function<void(const std::string&, const std::string&)> on_notify) {
  on_lost_ = std::move(on_lost);
  on_notify_ = std::move(on_notify);
  PQsetNoticeReceiver(connection_.get(), &Link::on_notice, this);
  const int duplicate = dup(PQsocket(connection_.get()));
  if (duplicate < 0) return close("no file descriptor is free");
  socket_.assign(duplicate);
  if (PQsetnonblocking(connection_.get(), 1) != 0 || !PQenterPipelineMode(connection_.get()))
    return close(reason(connection_.get()));
  watch_readable();
}

Clock::duration Link::silent_for(Clock::time_point now) const {
  if (pending_.empty()) return {};
  return now - std::max(pending_.front()->sent_at, answered_at_);
}

bool Link::alive() {
  if (broken_ || !pending_.empty()) return !broken_;
  const bool read = PQconsumeInput(connection_.get()) == 1;
  hear();
  if (!last_words_.empty())
    close(last_words_);
  else if (!read || !is_ready(connection_.get()))
    close(reason(connection_.get()));
  return !broken_;
}

Task<void> Link::run(Call& call) {
  send(call);
  if (call.done) co_return;
  auto wait = [&call](auto handler) { call.resume = std::move(handler); };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(wait, asio::use_awaitable);
}

void Link::send(Call& call) {
  check_values(*call.statement);
  parameters_.set(call.statement->params);
  call.sent_at = Clock::now();
  pending_.push_back(&call);
  if (broken_) {
    pending_.pop_back();
    call.error.emplace(SqlError::Kind::unavailable, "the connection to PostgreSQL was lost: " + last_words_);
    call.lost = call.done = true;
    return;
  }
  bool sent = true;
  try {
    for (const std::string& text : call.before) sent = sent && send_plain(call, text.c_str());
    sent = sent && send_statement(call);
  } catch (...) {
    // Half a call is on its way: nothing can be told from its answers.
    close("a statement could not be sent");
    return;
  }
  if (!sent || !PQpipelineSync(connection_.get())) return close(reason(connection_.get()));
  flush();
}

bool Link::send_plain(Call& call, const char* text) {
  ++call.commands;
  return PQsendQueryParams(connection_.get(), text, 0, nullptr, nullptr, nullptr, nullptr, kTextResult) == 1;
}

bool Link::send_statement(Call& call) {
  if (call.prepare && names_.keeps(call.statement->text)) return send_prepared(call);
  const std::string text = finished_text(call.statement->text);
  call.main = call.commands++;
  return PQsendQueryParams(connection_.get(), text.c_str(), parameters_.count(), nullptr,
                           parameters_.values(), parameters_.lengths(), parameters_.formats(),
                           kTextResult) == 1;
}

bool Link::send_prepared(Call& call) {
  PGconn* connection = connection_.get();
  if (forget_ || (settings_.schema && schema_seen_ != settings_.schema->number)) {
    forget_ = false;
    if (settings_.schema) schema_seen_ = settings_.schema->number;
    names_.clear();
    dropped_.clear();
    if (!send_plain(call, "DEALLOCATE ALL")) return false;
  }
  for (const std::string& name : std::exchange(dropped_, {}))
    if (!send_plain(call, ("DEALLOCATE " + name).c_str())) return false;
  const StatementNames::Entry* entry = names_.find(call.statement->text);
  if (!entry) {
    const std::string text = finished_text(call.statement->text);
    std::string evicted;
    entry = &names_.add(call.statement->text, evicted);
    if (!evicted.empty() && !send_plain(call, ("DEALLOCATE " + evicted).c_str())) return false;
    call.preparing = call.commands++;
    if (!PQsendPrepare(connection, entry->name.c_str(), text.c_str(), 0, nullptr)) return false;
  } else if (entry->state == StatementNames::State::preparing) {
    // It is not known yet whether the call before succeeds in preparing it.
    const std::string text = finished_text(call.statement->text);
    call.main = call.commands++;
    return PQsendQueryParams(connection, text.c_str(), parameters_.count(), nullptr, parameters_.values(),
                             parameters_.lengths(), parameters_.formats(), kTextResult) == 1;
  }
  call.name = entry->name;
  call.main = call.commands++;
  return PQsendQueryPrepared(connection, call.name.c_str(), parameters_.count(), parameters_.values(),
                             parameters_.lengths(), parameters_.formats(), kTextResult) == 1;
}

void Link::flush() {
  if (writing_ || broken_) return;
  const int left = PQflush(connection_.get());
  if (left < 0) return close(reason(connection_.get()));
  if (left == 0) return;
  writing_ = true;
  socket_.async_wait(Descriptor::wait_write, [self = shared_from_this()](boost::system::error_code error) {
    self->writing_ = false;
    if (!error) self->flush();
  });
}

void Link::watch_readable() {
  socket_.async_wait(Descriptor::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->broken_) self->on_readable();
  });
}

void Link::on_readable() {
  const bool read = PQconsumeInput(connection_.get()) == 1;
  std::vector<Call*> done;
  collect(done);
  if (!done.empty()) answered_at_ = Clock::now();
  hear();
  if (!read || !is_ready(connection_.get()))
    close(last_words_.empty() ? reason(connection_.get()) : std::string_view(last_words_));
  if (!broken_) {
    flush();
    watch_readable();
  }
  // Last: they send more, and may let go of this link.
  for (Call* call : done) {
    auto resume = std::move(call->resume);
    resume();
  }
}

/// Takes from libpq what it has read; calls whose answer is whole go to `done`.
void Link::collect(std::vector<Call*>& done) {
  while (!broken_ && !pending_.empty() && !PQisBusy(connection_.get())) {
    ResultHandle result(PQgetResult(connection_.get()));
    Call& call = *pending_.front();
    if (result && PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
      pending_.pop_front();
      settle(call);
      done.push_back(&call);
    } else if (result) {
      take(call, std::move(result));
      if (!is_ready(connection_.get())) return;
    } else if (++call.answered > call.commands) {
      return close("its answers do not belong to what was asked");
    }
  }
}

void Link::take(Call& call, ResultHandle result) {
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_ABORTED:
      return;
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
      if (call.answered == call.preparing) {
        names_.prepared(call.name);
        call.preparing = -1;
        call.fresh = true;
      }
      if (call.answered == call.main) call.result = std::move(result);
      return;
    case PGRES_EMPTY_QUERY:
      if (!call.error) call.error.emplace(SqlError::Kind::syntax, "empty SQL statement");
      return;
    case PGRES_FATAL_ERROR:
      return take_error(call, result.get());
    default:
      if (!call.error)
        call.error.emplace(SqlError::Kind::other,
                           fmt::format("a statement answered {}, which is not supported",
                                       PQresStatus(PQresultStatus(result.get()))));
      close("a statement wanted to copy");
  }
}

void Link::take_error(Call& call, const PGresult* result) {
  const ErrorFields fields = error_fields(result);
  if (fields.state.empty()) return;  // libpq's own words for a lost connection
  if (const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
      severity && std::string_view(severity) != "ERROR")
    last_words_ = fields.message;
  if (call.error) return;
  call.error = sql_error(fields, call.reading);
  const bool prepared_before = !call.name.empty() && call.preparing < 0 && !call.fresh;
  call.stale = prepared_before && call.answered == call.main && may_be_stale(fields);
  // What the server does not know must not be dropped there: that would fail the next call.
  if (call.stale && names_.forget(call.name) && fields.state != kNoSuchStatement)
    dropped_.push_back(call.name);
}

/// The answer is whole.
void Link::settle(Call& call) {
  call.done = true;
  if (call.error && call.preparing >= 0) names_.forget(call.name);  // it never came to be
}

void Link::hear() {
  while (PGnotify* told = PQnotifies(connection_.get())) {
    const std::unique_ptr<PGnotify, decltype(&PQfreemem)> owner(told, &PQfreemem);
    if (on_notify_) on_notify_(told->relname, told->extra);
  }
}

void Link::on_notice(void* self, const PGresult* notice) {
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const ErrorFields fields = error_fields(notice);
  // An idle connection is told as a notice why it ends.
  if (severity && (std::string_view(severity) == "FATAL" || std::string_view(severity) == "PANIC"))
    static_cast<Link*>(self)->last_words_ = fields.message;
  else
    log::debug("PostgreSQL says", {{"text", fields.message}});
}

void Link::close(std::string_view why) {
  if (broken_) return;
  broken_ = true;
  last_words_ = std::string(why);
  boost::system::error_code ignored;
  socket_.close(ignored);
  std::vector<Call*> waiting;
  for (Call* call : pending_) {
    call->lost = call->done = true;
    if (!call->error)
      call->error.emplace(SqlError::Kind::unavailable,
                          "the connection to PostgreSQL was lost: " + last_words_);
    if (call->resume) waiting.push_back(call);  // else it is being sent: its coroutine has not begun to wait
  }
  pending_.clear();
  // Not from here: who calls this may be in the middle of a coroutine, or of libpq.
  asio::post(executor_, [self = shared_from_this(), waiting = std::move(waiting)] {
    for (Call* call : waiting) {
      auto resume = std::move(call->resume);
      resume();
    }
    self->connection_.reset();
    if (auto told = std::move(self->on_lost_)) told();
  });
}

}  // namespace flotilla::postgres

#include "adapters/mysql/mysql_database.hpp"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "adapters/mysql/dial.hpp"
#include "adapters/mysql/mysql_dialect.hpp"
#include "adapters/mysql/sessions.hpp"
#include "adapters/server/backoff.hpp"
#include "adapters/server/dial_patiently.hpp"
#include "adapters/server/exclusive_pool.hpp"
#include "base/log.hpp"
#include "runtime/task_group.hpp"
#include "runtime/wakeup.hpp"

namespace flotilla::mysql {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using data::SqlError;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto kSweep = 200ms;
constexpr auto kLookAgain = 60s;

using Pool = server::ExclusivePool<Link>;

server::PoolLimits limits(const MysqlOptions& options, Role role) {
  const bool reading = role == Role::read;
  return {.max = reading ? options.read_connections : options.write_connections,
          .min = reading ? options.read_connections : options.write_connections_min,
          .max_waiting = options.max_waiting,
          .acquire_timeout = milliseconds(options.acquire_timeout_ms),
          .reply_timeout = milliseconds(options.reply_timeout_ms),
          .idle_timeout = milliseconds(options.idle_timeout_ms)};
}

/// A connection out of a pool, given back when it ends.
class Lent {
 public:
  Lent(Pool& pool, std::shared_ptr<Link> link) : pool_(pool), link_(std::move(link)) {}
  ~Lent() { pool_.release(link_); }
  Lent(const Lent&) = delete;
  Lent& operator=(const Lent&) = delete;
  Link& operator*() const { return *link_; }

 private:
  Pool& pool_;
  std::shared_ptr<Link> link_;
};

class MysqlDatabase final : public data::Database {
 public:
  explicit MysqlDatabase(const MysqlOptions& options)
      : options_(options),
        dialect_(mysql_dialect(options.product)),
        guard_(io_.get_executor()),
        tasks_(io_.get_executor()),
        reads_(limits(options, Role::read), health_, [this] { return open(Role::read); }),
        writes_(limits(options, Role::write), health_, [this] { return open(Role::write); }) {
    tasks_.spawn("MariaDB deadlines", sweep(tasks_.stopping()));
    tasks_.spawn("MariaDB reconnecting", come_back(tasks_.stopping()));
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "mariadb");
      mysql_thread_init();
      io_.run();
      mysql_thread_end();
    });
  }
  ~MysqlDatabase() override {
    asio::post(io_, [this] { begin_to_close(); });
    thread_.join();
  }

  Task<void> read(data::Work work) override {
    co_await asio::co_spawn(io_, run_read(std::move(work)), asio::use_awaitable);
  }
  Task<void> write(data::Work work) override {
    co_await asio::co_spawn(io_, run_write(std::move(work)), asio::use_awaitable);
  }
  Task<std::vector<data::PoolState>> pools() override {
    co_return co_await asio::co_spawn(io_, look_at_pools(), asio::use_awaitable);
  }
  const data::Dialect& dialect() const override { return dialect_; }

 private:
  /// Counts the works that run, so that closing waits for them.
  class Running {
   public:
    explicit Running(MysqlDatabase& database) : database_(database) {
      if (database.closing_) throw SqlError(SqlError::Kind::unavailable, "the database is closing");
      ++database.running_;
    }
    ~Running() {
      if (--database_.running_ == 0 && database_.closing_) database_.close();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    MysqlDatabase& database_;
  };

  Task<std::vector<data::PoolState>> look_at_pools() {
    std::vector<data::PoolState> states{reads_.state("read"), writes_.state("write")};
    co_return states;
  }

  Task<void> run_read(data::Work work) {
    const Running running(*this);
    const Lent link(reads_, co_await reads_.acquire());
    ReadSession session(*link, dialect_);
    co_await work(session);
  }

  Task<void> run_write(data::Work work) {
    const Running running(*this);
    const Lent link(writes_, co_await writes_.acquire());
    WriteSession session(*link, dialect_);
    std::exception_ptr error;
    try {
      co_await work(session);
      co_await session.commit();
    } catch (...) {
      error = std::current_exception();
    }
    if (session.changed_schema()) ++schema_->number;
    if (!error) co_return;
    co_await session.rollback();
    std::rethrow_exception(error);
  }

  Task<std::shared_ptr<Link>> open(Role role) {
    std::optional<SqlError> away;
    const std::function once = [this, role] { return dial(options_, role, schema_); };
    const std::function given_up = [this] { return closing_; };
    try {
      co_return co_await server::dial_patiently<Link>(once, given_up);
    } catch (const SqlError& why) {
      if (why.kind != SqlError::Kind::unavailable) throw;
      away = why;
    }
    went(*away);
    throw *away;
  }

  void went(const SqlError& why) {
    if (!health_.why_down()) log::warn("MariaDB is not there", {{"reason", why.what()}});
    health_.down(why);
    down_.notify();
  }

  /// While the server is away calls end at once; this tries until it is back.
  Task<void> come_back(Cancellation stopping) {
    server::Backoff backoff;
    for (Wakeup::Version seen = down_.version(); !stopping.cancelled(); seen = down_.version()) {
      if (!health_.why_down()) {
        backoff.reset();
        co_await down_.wait(seen, kLookAgain);
        continue;
      }
      if (co_await stopping.wait(backoff.pause())) break;
      try {
        const std::shared_ptr<Link> link = co_await dial(options_, Role::read, schema_);
        log::info("MariaDB is back", {{"host", options_.host}});
        health_.up();
        link->close("it was made to look whether the server is there");
      } catch (const SqlError& why) {
        health_.down(why);
      }
    }
  }

  Task<void> sweep(Cancellation stopping) {
    while (!co_await stopping.wait(kSweep)) {
      const Clock::time_point now = Clock::now();
      reads_.sweep(now);
      writes_.sweep(now);
      if (closing_ && now > close_deadline_) close();
    }
  }

  void begin_to_close() {
    closing_ = true;
    close_deadline_ = Clock::now() + milliseconds(options_.close_timeout_ms);
    if (running_ == 0) close();
  }
  /// The loop ends once nothing is left on it.
  void close() {
    if (std::exchange(closed_, true)) return;
    tasks_.stop();
    down_.notify();
    reads_.close();
    writes_.close();
    guard_.reset();
  }

  const MysqlOptions options_;
  const data::Dialect& dialect_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  TaskGroup tasks_;
  server::Health health_;
  Wakeup down_;
  std::shared_ptr<SchemaVersion> schema_ = std::make_shared<SchemaVersion>();
  Pool reads_;
  Pool writes_;
  std::size_t running_ = 0;
  bool closing_ = false;
  bool closed_ = false;
  Clock::time_point close_deadline_{};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<data::Database> open_mysql(const MysqlOptions& options) {
  check(options);
  static std::once_flag initialised;
  std::call_once(initialised, [] { mysql_library_init(0, nullptr, nullptr); });
  return std::make_unique<MysqlDatabase>(options);
}

}  // namespace flotilla::mysql

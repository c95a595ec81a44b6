#include "adapters/postgres/postgres_database.hpp"

#include <pthread.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <thread>

#include "adapters/postgres/dial.hpp"
#include "adapters/postgres/postgres_dialect.hpp"
#include "adapters/postgres/sessions.hpp"
#include "adapters/server/dial_patiently.hpp"
#include "adapters/server/exclusive_pool.hpp"

namespace flotilla::postgres {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using WritePool = server::ExclusivePool<Link>;
using data::SqlError;
using namespace std::chrono_literals;

constexpr auto kSweep = 200ms;

server::PoolLimits write_limits(const PostgresOptions& options) {
  using std::chrono::milliseconds;
  return {.max = options.write_connections,
          .min = options.write_connections_min,
          .max_waiting = options.max_waiting,
          .acquire_timeout = milliseconds(options.acquire_timeout_ms),
          .reply_timeout = milliseconds(options.reply_timeout_ms),
          .idle_timeout = milliseconds(options.idle_timeout_ms)};
}

class PostgresDatabase final : public data::Database {
 public:
  explicit PostgresDatabase(const PostgresOptions& options)
      : options_(options),
        read_opening_(opening_statements(options, Role::read)),
        write_opening_(opening_statements(options, Role::write)),
        guard_(io_.get_executor()),
        tasks_(io_.get_executor()),
        reads_(options_, health_, schema_),
        writes_(write_limits(options_), health_, [this] { return open_for_writing(); }) {
    reads_.start(tasks_);
    tasks_.spawn("PostgreSQL deadlines", sweep(tasks_.stopping()));
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "postgres");
      io_.run();
    });
  }
  ~PostgresDatabase() override {
    asio::post(io_, [this] { begin_to_close(); });
    thread_.join();
  }

  Task<void> read(data::Work work) override {
    co_await asio::co_spawn(io_, run_read(std::move(work)), asio::use_awaitable);
  }
  Task<void> write(data::Work work) override {
    co_await asio::co_spawn(io_, run_write(std::move(work)), asio::use_awaitable);
  }
  Task<void> write_alone(data::Work work) override {
    co_await asio::co_spawn(io_, run_alone(std::move(work)), asio::use_awaitable);
  }
  Task<std::vector<data::PoolState>> pools() override {
    co_return co_await asio::co_spawn(io_, look_at_pools(), asio::use_awaitable);
  }
  const data::Dialect& dialect() const override { return postgres_dialect(); }

 private:
  /// Counts the works that run, so that closing waits for them.
  class Running {
   public:
    explicit Running(PostgresDatabase& database) : database_(database) {
      if (database.closing_) throw SqlError(SqlError::Kind::unavailable, "the database is closing");
      ++database.running_;
    }
    ~Running() {
      if (--database_.running_ == 0 && database_.closing_) database_.close();
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    PostgresDatabase& database_;
  };

  Task<std::vector<data::PoolState>> look_at_pools() {
    std::vector<data::PoolState> states{reads_.state(), writes_.state("write")};
    co_return states;
  }

  Task<void> run_read(data::Work work) {
    const Running running(*this);
    ReadSession session(reads_, read_opening_);
    co_await work(session);
  }

  Task<void> run_write(data::Work work) {
    const Running running(*this);
    const std::shared_ptr<Link> link = co_await writes_.acquire();
    WriteSession session(*link, write_opening_);
    std::exception_ptr error;
    try {
      co_await work(session);
      co_await session.commit();
      if (session.changed_schema()) ++schema_->number;
    } catch (...) {
      error = std::current_exception();
    }
    if (error) co_await session.rollback();
    writes_.release(link);
    if (error) std::rethrow_exception(error);
  }

  Task<void> run_alone(data::Work work) {
    const Running running(*this);
    if (!options_.prepared && !options_.schema.empty())
      throw SqlError(
          SqlError::Kind::other,
          "behind a pooler of connections, statements outside of a transaction cannot be told which "
          "schema they are for: DB_SCHEMA and FLOTILLA_DB_POOLER do not go together here");
    const std::shared_ptr<Link> link = co_await writes_.acquire();
    LoneSession session(*link);
    std::exception_ptr error;
    try {
      co_await work(session);
    } catch (...) {
      error = std::current_exception();
    }
    if (session.changed_schema()) ++schema_->number;
    writes_.release(link);
    if (error) std::rethrow_exception(error);
  }

  Task<std::shared_ptr<Link>> open_for_writing() {
    const std::function once = [this] { return dial(options_, Role::write, schema_); };
    const std::function given_up = [this] { return closing_; };
    std::shared_ptr<Link> link = co_await server::dial_patiently<Link>(once, given_up);
    link->start([this, lost = link.get()] { writes_.forget(lost); });
    co_return link;
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
    close_deadline_ = Clock::now() + std::chrono::milliseconds(options_.close_timeout_ms);
    if (running_ == 0) close();
  }
  /// The loop ends once nothing is left on it.
  void close() {
    if (std::exchange(closed_, true)) return;
    tasks_.stop();
    reads_.close();
    writes_.close();
    guard_.reset();
  }

  const PostgresOptions options_;
  const std::vector<std::string> read_opening_;
  const std::vector<std::string> write_opening_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  TaskGroup tasks_;
  server::Health health_;
  std::shared_ptr<SchemaVersion> schema_ = std::make_shared<SchemaVersion>();
  ReadPool reads_;
  WritePool writes_;
  std::size_t running_ = 0;
  bool closing_ = false;
  bool closed_ = false;
  Clock::time_point close_deadline_{};
  std::thread thread_;
};

}  // namespace

std::unique_ptr<data::Database> open_postgres(const PostgresOptions& options) {
  check(options);
  return std::make_unique<PostgresDatabase>(options);
}

}  // namespace flotilla::postgres

#include <libpq-fe.h>
#include <poll.h>

#include <memory>
#include <stdexcept>

#include "measure.hpp"
#include "queue_run.hpp"
#include "raw_sql.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

struct End {
  void operator()(PGconn* connection) const { PQfinish(connection); }
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, End>;
using Result = std::unique_ptr<PGresult, End>;

Connection connect(const std::string& url) {
  Connection connection(PQconnectdb(url.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection.get()));
  return connection;
}

Result good(const Connection& connection, PGresult* result) {
  Result owned(result);
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  return owned;
}

Result run(const Connection& connection, const std::string& sql) {
  return good(connection, PQexec(connection.get(), sql.c_str()));
}

void prepare(const Connection& connection, const char* name, const std::string& sql) {
  good(connection, PQprepare(connection.get(), name, sql.c_str(), 0, nullptr));
}

Result run_prepared(const Connection& connection, const char* name, const std::string& parameter) {
  const char* values[] = {parameter.c_str()};
  return good(connection, PQexecPrepared(connection.get(), name, 1, values, nullptr, nullptr, 0));
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string make_table(const Connection& connection) {
  const std::string table = "raw_" + fresh_name();
  run(connection,
      "CREATE TABLE " + table +
          " (seq bigserial PRIMARY KEY, channel text NOT NULL, place int NOT NULL, body text NOT NULL)");
  run(connection, "CREATE INDEX ON " + table + " (channel, place, seq)");
  return table;
}

}  // namespace

double raw_postgres_queue(const std::string& url, std::size_t count, std::size_t batch) {
  const Connection connection = connect(url);
  const std::string table = make_table(connection);
  prepare(connection, "add",
          "INSERT INTO " + table +
              " (channel, place, body) SELECT 'raw', 1, body FROM unnest($1::text[]) AS body");
  prepare(connection, "take",
          "DELETE FROM " + table + " WHERE seq IN (SELECT seq FROM " + table +
              " WHERE channel = 'raw' AND place = 1 ORDER BY seq LIMIT $1::bigint FOR UPDATE SKIP LOCKED) "
              "RETURNING body");
  std::size_t taken = 0, sent = 0;
  const Stopwatch watch;
  while (sent < count) {
    std::string bodies = "{";
    for (std::size_t n = 0; n < batch && sent < count; ++n) {
      if (n > 0) bodies += ',';
      bodies += quoted(body_of(sent++));
    }
    // Each statement is a transaction.
    run_prepared(connection, "add", bodies + "}");
    taken +=
        static_cast<std::size_t>(PQntuples(run_prepared(connection, "take", std::to_string(batch)).get()));
  }
  const double seconds = watch.seconds();
  run(connection, "DROP TABLE " + table);
  if (taken != count) throw std::runtime_error("PostgreSQL: rows are missing");
  return static_cast<double>(count) / seconds;
}

std::vector<double> raw_postgres_signals(const std::string& url, std::size_t count) {
  const Connection sender = connect(url), listener = connect(url);
  const std::string table = make_table(sender);
  run(listener, "LISTEN " + table);
  prepare(sender, "add",
          "WITH added AS (INSERT INTO " + table +
              " (channel, place, body) VALUES ('raw', 1, $1) RETURNING seq) SELECT pg_notify('" + table +
              "', seq::text) FROM added");
  std::vector<double> out;
  for (std::size_t n = 0; n < count; ++n) {
    const Stopwatch watch;
    run_prepared(sender, "add", body_of(n));
    for (;;) {
      PQconsumeInput(listener.get());
      if (PGnotify* told = PQnotifies(listener.get())) {
        PQfreemem(told);
        break;
      }
      pollfd ready{PQsocket(listener.get()), POLLIN, 0};
      if (::poll(&ready, 1, 20'000) != 1) throw std::runtime_error("PostgreSQL: a notification did not come");
    }
    out.push_back(watch.seconds() * 1e3);
  }
  run(sender, "DROP TABLE " + table);
  return out;
}

}  // namespace flotilla::bench

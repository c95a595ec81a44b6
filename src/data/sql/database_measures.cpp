#include "data/sql/database_measures.hpp"

#include "base/metrics/counter.hpp"
#include "data/sql/database.hpp"

namespace flotilla::data {
namespace {

constexpr std::string_view kErrors = "flotilla_database_errors_total";
constexpr std::string_view kErrorsHelp = "Statements and transactions that the database refused, by reason.";

std::string_view name_of(SqlError::Kind kind) {
  using enum SqlError::Kind;
  switch (kind) {
    case unique:
      return "unique";
    case not_null:
      return "not_null";
    case unknown_name:
      return "unknown_name";
    case syntax:
      return "syntax";
    case invalid_value:
      return "invalid_value";
    case in_use:
      return "in_use";
    case busy:
      return "busy";
    case unavailable:
      return "unavailable";
    case other:
      break;
  }
  return "other";
}

DatabaseMeasures::Works works(metrics::Registry& registry, std::string_view kind) {
  return {registry.level("flotilla_database_works_waiting",
                         "Reads and transactions that wait for a connection or for the database's thread.",
                         {{"kind", kind}}),
          registry.level("flotilla_database_works_running", "Reads and transactions under way.",
                         {{"kind", kind}}),
          registry.histogram("flotilla_database_wait_seconds",
                             "From asking for a connection until the first statement may run.",
                             {{"kind", kind}})};
}

metrics::Histogram& statements(metrics::Registry& registry, std::string_view kind) {
  return registry.histogram("flotilla_database_statement_seconds",
                            "Statements, from being sent to their answer.", {{"kind", kind}});
}

metrics::Counter& transactions(metrics::Registry& registry, std::string_view outcome) {
  return registry.counter("flotilla_database_transactions_total", "Transactions that ended.",
                          {{"outcome", outcome}});
}

}  // namespace

DatabaseMeasures::DatabaseMeasures(metrics::Registry& registry)
    : reads(works(registry, "read")),
      writes(works(registry, "write")),
      query(statements(registry, "query")),
      execute(statements(registry, "execute")),
      committed(transactions(registry, "committed")),
      rolled_back(transactions(registry, "rolled_back")),
      registry_(registry) {
  registry.describe(metrics::Kind::counter, kErrors, kErrorsHelp);
}

DatabaseMeasures& DatabaseMeasures::process() {
  static DatabaseMeasures* const measures = new DatabaseMeasures(metrics::Registry::process());
  return *measures;
}

void DatabaseMeasures::count(const SqlError& error) {
  registry_.counter(kErrors, kErrorsHelp, {{"kind", name_of(error.kind)}}).add();
}

}  // namespace flotilla::data

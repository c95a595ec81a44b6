#pragma once

#include <vector>

#include "adapters/sql/flavour.hpp"
#include "runtime/task.hpp"

namespace flotilla::sql {

/// The statements that make the tables of this folder, in order. Each does nothing when it was done before.
std::vector<data::Fragment> cluster_tables(const data::Dialect& dialect);

/// Creates what is missing of the tables of this folder, all called flotilla_…. Any number of processes may
/// do so at once. Throws cluster::Unavailable.
Task<void> create_cluster_tables(data::Database& database);

// What each part needs, as statements that do nothing when it is there already: CREATE TABLE IF NOT EXISTS,
// CREATE INDEX IF NOT EXISTS, INSERT of a first row unless it exists. The parts declare theirs in their own
// headers; tables.cpp lists them.
using Tables = std::vector<data::Fragment> (*)(const Flavour&);

}  // namespace flotilla::sql

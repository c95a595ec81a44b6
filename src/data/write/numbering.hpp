#pragma once

#include "data/write/fill.hpp"

namespace flotilla::data {

/// Keeps the numbering of auto-increment keys the same on every database: an id that a caller chose does not
/// move it, as on PostgreSQL. Unlike there, a chosen id that the numbering would meet is never given twice:
/// from there on it goes on behind the largest. Where chosen ids move the numbering by themselves (SQLite,
/// MySQL), the gap they would leave is remembered in the table flotillaNumbering. Sets the key in `row`, or
/// leaves it to the database.
Task<void> settle_number(Session& session, const Schema& schema, const Collection& collection,
                         const Field& key, RowValues& row);

}  // namespace flotilla::data

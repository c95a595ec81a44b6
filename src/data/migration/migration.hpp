#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "data/write/write_scope.hpp"

namespace flotilla::data {

/// What a migration does to versions that run beside it. Expand first, contract later: a release adds what it
/// needs, and what nobody needs any more is taken away by the release after the one that stopped using it.
enum class Phase {
  expand,   ///< adds tables, columns, indexes and rows: the release before works on with them
  contract  ///< takes away what the release before still used
};

/// One numbered step of Flotilla's own tables and rows. What users made is not touched by migrations.
struct Migration {
  int number = 0;       ///< from 1; its place for ever
  std::string name;     ///< short_and_telling
  std::string version;  ///< the release that brings it
  std::string needs;    ///< the oldest release that works on a database with it
  Phase phase = Phase::expand;
  bool needs_ids = false;  ///< writes rows whose ids are given out: the node must hold its worker id
  std::string content;     ///< what it is made of; its checksum must never change after a release

  /// Runs in one transaction, which also writes down that it is done. Must do no harm when a part of it is
  /// done already: databases whose DDL ends the transaction (MariaDB) run it again after a crash, and tables
  /// may have come from NocoBase. `scope.schema` has the built-in collections.
  std::function<Task<void>(Session&, const WriteScope& scope)> run;
};

/// SHA-256 of the content, in hexadecimal.
std::string checksum(const Migration& migration);

/// The migrations of the files in assets/migrations, in order. Throws Error 500 naming the file that is none.
std::vector<Migration> declared_migrations();

/// One file: its name is `NNNN_name.json`, its members
///   version, needs    as above; `needs` is left out when it is `version`
///   phase             "expand" (default) or "contract"
///   collections       names: their tables, columns and indexes are added where they are missing
///   fields            {"collection": [names]}: columns added where missing, and the indexes they are part of
///   rows              {"collection": [rows]}: added unless a row of the same key is there
///   first_rows        "file": rows of an empty database, by collection; added unless `unless` has a row
///   drop_columns      {"table": [columns]}; contract only
///   drop_tables       [tables]; contract only
/// Collections and fields are defined in system_collections.json and own_collections.json. Tables and columns
/// that are dropped are physical names before prefix and underscoring.
Migration declared_migration(std::string_view file, std::string_view text);

}  // namespace flotilla::data

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "data/schema/collection.hpp"

namespace flotilla::auth {

using Names = std::vector<std::string>;

/// The filter of rows that the current user created; the placeholder is replaced for each request.
const JsonObject& own_filter();

/// What a role may do with the rows of a resource by one action. Nothing in it: everything.
struct Grant {
  std::optional<Names> fields;     ///< that may be read (view, export); absent: all. Empty: none
  std::optional<Names> appends;    ///< associations that may be shown; absent: all
  std::optional<Names> whitelist;  ///< that may be written (create, update); absent: all. Empty: none
  Json filter = nullptr;           ///< rows it is about, with placeholders; null: all
  std::optional<bool> own;         ///< the scope is `own`; absent when no scope was chosen

  /// Nothing is held back.
  bool unrestricted() const;
};

/// A grant as it is configured, before the kind of action and the collection are looked at.
struct ConfiguredGrant {
  std::string action;
  Names fields;
  bool scoped = false;  ///< a scope was chosen; its filter may be null
  bool own = false;
  Json filter = nullptr;
};

/// What a configured grant means: `fields` become the whitelist of create and update; of view and export,
/// associations move to `appends`; who views also sees the primary key, createdAt and updatedAt. `collection`
/// is null for a resource that is none.
Grant compile_grant(const ConfiguredGrant& configured, const data::Collection* collection);

/// The parameters as `roles:check` shows them.
JsonObject shown(const Grant& grant);

/// True when any condition of the filter is about the field.
bool mentions(const Json& filter, std::string_view field);

}  // namespace flotilla::auth

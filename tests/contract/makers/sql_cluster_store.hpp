#pragma once

#include <memory>
#include <utility>

#include "data/sql/database.hpp"

namespace flotilla::contract {

/// A store together with the database that it is in.
template <class Store, class... Arguments>
std::shared_ptr<Store> store_in(std::shared_ptr<data::Database> database, Arguments&&... arguments) {
  struct Both {
    Both(std::shared_ptr<data::Database> shared, Arguments&&... arguments)
        : database(std::move(shared)), store(*database, std::forward<Arguments>(arguments)...) {}
    std::shared_ptr<data::Database> database;
    Store store;
  };
  auto both = std::make_shared<Both>(std::move(database), std::forward<Arguments>(arguments)...);
  return {both, &both->store};
}

}  // namespace flotilla::contract

#pragma once

#include <memory>
#include <utility>

#include "data/sql/database.hpp"

namespace flotilla::contract {

/// A store with the database that it is in.
template <class Store>
struct WithDatabase {
  template <class... Arguments>
  explicit WithDatabase(std::unique_ptr<data::Database> database, Arguments&&... arguments)
      : database(std::move(database)), store(*this->database, std::forward<Arguments>(arguments)...) {}

  std::unique_ptr<data::Database> database;
  Store store;
};

template <class Store, class... Arguments>
std::shared_ptr<Store> store_in(std::unique_ptr<data::Database> database, Arguments&&... arguments) {
  auto both =
      std::make_shared<WithDatabase<Store>>(std::move(database), std::forward<Arguments>(arguments)...);
  return {both, &both->store};
}

}  // namespace flotilla::contract

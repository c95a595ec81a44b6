#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "contract/makers/servers.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// A row of a contract's table: an adapter's name, and how one node of an application opens it.
template <class Store>
struct Adapter {
  std::string name;
  std::function<std::shared_ptr<Store>(test::Loop& loop, const std::string& app)> make;
};

template <class Store>
void PrintTo(const Adapter<Store>& adapter, std::ostream* out) {
  *out << adapter.name;
}

inline constexpr auto adapter_name = [](const auto& info) { return info.param.name; };

/// A maker that takes the address of a server.
template <class Store, class Make>
Adapter<Store> at_server(std::string name, Make make) {
  return {name,
          [name, make](test::Loop& loop, const std::string& app) { return make(loop, server(name), app); }};
}

/// What the tests of one contract share: a loop, an application's name, and nodes of it.
template <class Store>
class Contract : public testing::TestWithParam<Adapter<Store>> {
 protected:
  std::shared_ptr<Store> node() { return this->GetParam().make(loop, app); }

  test::Loop loop;
  std::string app = fresh_app();
};

}  // namespace flotilla::contract

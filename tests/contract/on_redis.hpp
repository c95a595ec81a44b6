#pragma once

#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <string>

#include "contract/makers/redis.hpp"
#include "contract/makers/servers.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

inline void pause(test::Loop& loop, redis::Millis time) {
  auto sleep = [&]() -> Task<void> {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
  };
  loop.run(sleep);
}

/// A client and a fresh application on the server that the parameter names.
class OnServers : public testing::TestWithParam<const char*> {
 protected:
  std::string url() const { return server(GetParam()); }
  redis::Reply ask(redis::Command command) { return loop.run(client->command(std::move(command))); }

  test::Loop loop;
  const std::string app = fresh_app();
  std::shared_ptr<redis::RedisClient> client = redis_client(loop, url());
};

inline const auto redis_servers = testing::Values("redis7", "redis8");
inline constexpr auto redis_server_name = [](const auto& info) { return std::string(info.param); };

}  // namespace flotilla::contract

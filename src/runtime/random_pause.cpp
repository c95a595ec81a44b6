#include "runtime/random_pause.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>

#include "base/random.hpp"

namespace flotilla {

Task<void> random_pause(std::chrono::milliseconds shortest, std::chrono::milliseconds longest) {
  std::uint8_t byte = 0;
  Random::system().fill({&byte, 1});
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor,
                                  shortest + (longest - shortest) * byte / 255);
  co_await timer.async_wait(boost::asio::use_awaitable);
}

}  // namespace flotilla
